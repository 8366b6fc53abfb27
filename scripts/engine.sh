#!/usr/bin/env bash
# The container engine and the base image that images are built on.
#
#   scripts/engine.sh status      say what is there; exit 1 when an image cannot be built here
#   scripts/engine.sh setup       install docker.io, start dockerd, make nbforge-base:bookworm; what is there is kept
#   scripts/engine.sh when-asked  setup under CI=true or ENGINE=setup, else status that never fails
#
# DOCKER_HOST: an engine elsewhere; it is used, never started. NBFORGE_BASE: a base of your own, which must be in the engine.
set -euo pipefail

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly BASE="${NBFORGE_BASE:-nbforge-base:bookworm}"
readonly LOG="${TMPDIR:-/tmp}/nbforge-dockerd.log"
readonly START_SECONDS=90

answers() { command -v docker >/dev/null && timeout 20 docker version >/dev/null 2>&1; }

has_base() { docker image inspect "$BASE" >/dev/null 2>&1; }

status() {
    if ! answers; then
        say "no container engine answers here"
        return 1
    fi
    if ! has_base; then
        say "the base image $BASE is not in the container engine"
        return 1
    fi
    say "container engine $(docker version --format '{{.Server.Version}}'), base $BASE"
}

# In a session of its own and with nothing of ours open, so that it outlives the make that started it.
launch() {
    setsid dockerd "$@" >"$LOG" 2>&1 </dev/null &
    local engine=$! waited
    for ((waited = 0; waited < START_SECONDS; waited++)); do
        if answers; then
            disown "$engine"
            return 0
        fi
        sleep 1
        # Installing the package may have started another one, which then answers in its place.
        kill -0 "$engine" 2>/dev/null || answers || return 1
    done
    kill "$engine" 2>/dev/null || true
    return 1
}

start() {
    answers && return 0
    [[ -z "${DOCKER_HOST:-}" ]] || fail "the engine at DOCKER_HOST=$DOCKER_HOST does not answer" "start it, or unset DOCKER_HOST"
    debian_packages docker.io
    answers && return 0
    on_debian_as_root || fail "no container engine answers" "start Docker, or run this as root on Debian"
    say "starting dockerd (log: $LOG) ..."
    # A machine that was put away while one ran has its pid files still, and other processes under those pids.
    pgrep -x dockerd >/dev/null || rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
    # A kernel without overlayfs on this file system (containers in containers) still has vfs, slower and larger.
    launch || launch --storage-driver=vfs || {
        tail -n 20 "$LOG" >&2
        fail "dockerd did not start" "the end of its log is above; the whole is in $LOG"
    }
}

make_base() {
    has_base && return 0
    [[ -z "${NBFORGE_BASE:-}" ]] || fail "NBFORGE_BASE=$BASE is not in the container engine" "docker pull $BASE"
    debian_packages mmdebstrap
    say "making the base image $BASE ..."
    local archive
    archive=$(mktemp --suffix=.tar)
    if ! mmdebstrap --quiet --variant=minbase --include=python3,python3-venv bookworm "$archive" >&2; then
        rm -f "$archive"
        fail "mmdebstrap could not make $BASE" "its messages are above; or name a base of your own by NBFORGE_BASE"
    fi
    docker import --change 'CMD ["python3"]' "$archive" "$BASE" >/dev/null
    rm -f "$archive"
}

case "${1:-}" in
    status | --status) status ;;
    setup)
        start
        make_base
        status
        ;;
    when-asked)
        if asked; then
            exec "${BASH_SOURCE[0]}" setup
        elif ! status; then
            say "WITHOUT IT NO IMAGE IS BUILT AND NO IMAGE IS TESTED; as root on Debian, ENGINE=setup installs and starts what is needed."
        fi
        ;;
    *)
        sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
