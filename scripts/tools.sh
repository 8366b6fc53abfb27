#!/usr/bin/env bash
# Other people's programs that some tests run: linters of CI files from npm, a registry from Debian.
#
#   scripts/tools.sh setup       install what is missing; npm packages go to .tools/
#   scripts/tools.sh when-asked  the same under CI=true or ENGINE=setup; else nothing, and the tests that need them are left out
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/common.sh
source "$here/common.sh"

readonly MANIFESTS="$here/npm"
readonly TARGET="$here/../.tools"

npm_packages() {
    cmp --silent "$MANIFESTS/package-lock.json" "$TARGET/.installed" && return 0
    command -v npm >/dev/null || fail "npm is not installed" "install Node.js 18 or later"
    say "installing npm packages into .tools ..."
    mkdir -p "$TARGET"
    cp "$MANIFESTS/package.json" "$MANIFESTS/package-lock.json" "$TARGET/"
    npm ci --prefix "$TARGET" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$MANIFESTS/package-lock.json" "$TARGET/.installed"
}

setup() {
    npm_packages
    # docker-registry: what --push is tested against. git: the workflow's checkout. chromium: looks at the service's pages.
    debian_packages docker-registry git chromium
}

case "${1:-}" in
    setup) setup ;;
    when-asked) if asked; then setup; fi ;;
    *)
        sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
