# shellcheck shell=bash
# What the set-up scripts share; sourced, not run.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "ERROR  $1"
    say "TIP    $2"
    exit 1
}

# Whether this run was asked to change the machine.
asked() { [[ "${CI:-}" == "true" || "${ENGINE:-}" == "setup" ]]; }

on_debian_as_root() { [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; }

# Installs the Debian packages that are not there yet, and nothing else.
debian_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    on_debian_as_root || fail "these Debian packages are missing: ${missing[*]}" "run this as root on Debian, or install them yourself"
    say "installing ${missing[*]} ..."
    local log
    log=$(mktemp)
    if ! { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install ${missing[*]}" "the end of its output is above; a full one is in $log"
    fi
    rm -f "$log"
}
