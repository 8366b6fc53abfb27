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

readonly PYTHON="$root/.venv/bin/python"
[[ -x "$PYTHON" ]] || fail "the project's environment is missing" "make setup"

say "building the wheel ..."
"$PYTHON" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$stage/wheels" "$root"
# nbforge by its file, never by its name: an index may hold another project of that name.
wheel=$(basename "$stage"/wheels/nbforge-*.whl)
printf '%s\n' "./wheels/$wheel" "${extra[@]}" >"$stage/requirements.txt"

# The lock for the base's Python. Its markers are settled here, since pip would settle them for this machine's Python; its
# hashes go, since pip would then want one of our own wheel.
version=$(docker run --rm --entrypoint python3 "$base" -c 'import platform; print(platform.python_version())')
"$PYTHON" - "$version" "$root/requirements-dev.lock" >"$stage/constraints.txt" <<'SETTLE'
import re
import sys
from packaging.requirements import Requirement

version, lock = sys.argv[1:]
python = {"python_full_version": version, "python_version": version.rpartition(".")[0], "sys_platform": "linux"}
for line in re.findall(r"^([A-Za-z0-9].*?)(?: \\)?$", open(lock).read(), re.MULTILINE):
    pin = Requirement(line)
    if pin.marker is None or pin.marker.evaluate(python):
        print(f"{pin.name}{pin.specifier}")
SETTLE

say "fetching wheels for Python $version ..."
(cd "$stage" && "$PYTHON" -m pip download --quiet --disable-pip-version-check --only-binary :all: --python-version "$version" \
    --dest wheels --constraint constraints.txt --requirement requirements.txt)

cp "$root/ci/tekton/Dockerfile" "$root/ci/step.py" "$stage/"
rm "$stage/constraints.txt"
say "building $image on $base ..."
docker build --quiet --network none --build-arg "BASE=$base" --tag "$image" "$stage"
# The classic builder leaves the first stage behind, wheels and all.
docker image prune --force --filter label=nbforge.stage=install >/dev/null
