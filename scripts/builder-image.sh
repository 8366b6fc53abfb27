#!/usr/bin/env bash
# Makes the image that the Tekton Task runs in (ci/tekton/Dockerfile).
#
#   scripts/builder-image.sh -t IMAGE [--base IMAGE] [--with REQUIREMENT]...
#
# --base: an image with python3 and venv, default python:3.11-slim. --with: a distribution for notebooks that bring no
# requirements of their own, such as pandas. Wheels are fetched here, with this machine's own settings of pip, at the versions of
# requirements-dev.lock; `docker build` then needs no network.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/common.sh
source "$root/scripts/common.sh"

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

image="" base="python:3.11-slim" extra=()
while (($#)); do
    [[ $# -ge 2 ]] || usage
    case "$1" in
        -t) image=$2 ;;
        --base) base=$2 ;;
        --with) extra+=("$2") ;;
        *) usage ;;
    esac
    shift 2
done
[[ -n "$image" ]] || usage

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/wheels"

say "building the wheel ..."
python3 -m pip wheel --quiet --no-deps --wheel-dir "$stage/wheels" "$root"

# The lock's versions without its hashes, which pip would then want for our own wheel too.
sed -e '/^ *--hash/d' -e '/^ *#/d' -e 's/ *\\$//' "$root/requirements-dev.lock" >"$stage/constraints.txt"
printf '%s\n' nbforge "${extra[@]}" >"$stage/requirements.txt"

python=$(docker run --rm --entrypoint python3 "$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
say "fetching wheels for Python $python ..."
python3 -m pip download --quiet --disable-pip-version-check --only-binary :all: --python-version "$python" --dest "$stage/wheels" \
    --find-links "$stage/wheels" --constraint "$stage/constraints.txt" --requirement "$stage/requirements.txt"

cp "$root/ci/tekton/Dockerfile" "$root/ci/step.py" "$stage/"
rm "$stage/constraints.txt"
say "building $image on $base ..."
docker build --quiet --network none --build-arg "BASE=$base" --tag "$image" "$stage"
