"""``bundle.json``: what a bundle says about itself, and the digest that is its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nbforge.environments import bytecode
from nbforge.errors import ProofError, UsageError
from nbforge.runtime.protocol import PROTOCOL
from nbforge.values import Bundle, Json

COVERED: Final = ("contract.json", "artifacts", "service", "requirements.lock", "Dockerfile")
"""What ``version`` covers, files and whole directories."""

_DECIDES: Final = ("protocol", "form", "rowwise", "entry", "validate", "artifacts", "private", "tracing", "compiled")
"""The keys of bundle.json that change what the service answers or what is proven of it, so that ``version`` covers them
as well; an earlier bundle has not all of them.
"""


def canonical(value: Json) -> bytes:
    """One JSON value, one sequence of bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def covered_files(root: Path) -> list[str]:
    """Relative paths of every file that ``version`` covers, sorted; what an interpreter cached in a run is no part of
    it.
    """
    found: list[str] = []
    for name in COVERED:
        path = root / name
        files: Iterable[Path] = path.rglob("*") if path.is_dir() else (path,)
        found += [
            file.relative_to(root).as_posix()
            for file in files
            if (file.is_file() or file.is_symlink()) and not _cached(file)
        ]
    return sorted(found)


def _cached(file: Path) -> bool:
    return "__pycache__" in file.parts and (file.is_symlink() or bytecode.is_dated(file))


def version_of(manifest: Mapping[str, Json]) -> str:
    """``sha256:`` over the digests of the covered files and over the keys that decide what the service answers."""
    said = {key: manifest[key] for key in (*_DECIDES, "files") if key in manifest}
    return "sha256:" + hashlib.sha256(canonical(said)).hexdigest()


def make(root: Path, name: str, capture: Mapping[str, Json], notebooks: list[Json], lock: Json) -> dict[str, Json]:
    """The manifest of the files that lie in ``root``.

    Args:
        root: the bundle; everything that ``version`` covers is there.
        name: the service's name.
        capture: capture.json.
        notebooks: ``[{"file", "sha256"}]`` in order.
        lock: ``{"python", "sha256", "distributions": [{"name", "version"}]}``.
    """
    manifest: dict[str, Json] = {
        "protocol": PROTOCOL,
        "name": name,
        "form": capture["form"],
        "rowwise": capture["rowwise"],
        "entry": capture["entry"],
        "validate": capture.get("validate"),
        "private": capture.get("private", []),
        "tracing": capture.get("tracing", False),
        "compiled": capture.get("compiled"),
        "artifacts": [_artifact(record, notebooks) for record in capture["artifacts"]],
        "files": {path: sha256_of(root / path) for path in covered_files(root)},
        "metrics": capture.get("metrics", {}),
        "notebooks": notebooks,
        "lock": lock,
    }
    return {**manifest, "version": version_of(manifest)}


def write(root: Path, manifest: Mapping[str, Json]) -> None:
    """Write ``bundle.json`` for people and programs."""
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (root / "bundle.json").write_text(text, "utf-8")


def load(root: Path) -> Bundle:
    """The bundle at ``root``, its digests not yet checked.

    Raises:
        UsageError: there is no bundle.
        ProofError: ``bundle.json`` is damaged or written by a later nbforge.
    """
    file = root / "bundle.json"
    if not file.is_file():
        raise UsageError(
            f"`{root}` is not a bundle",
            remedy="Give the directory that `nbforge build` wrote; it holds bundle.json.",
            code="not-a-bundle",
            name=str(root),
        )
    try:
        manifest = json.loads(file.read_text("utf-8"))
        protocol, name, version = manifest["protocol"], manifest["name"], manifest["version"]
        manifest["files"].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProofError(
            f"`{file.name}` of this bundle is damaged", remedy="Build the bundle again.", code="damaged", name=file.name
        ) from error
    if not isinstance(protocol, int) or protocol > PROTOCOL:
        raise ProofError(
            f"this bundle has protocol {protocol}; this nbforge reads up to {PROTOCOL}",
            remedy="Upgrade nbforge: pip install --upgrade nbforge",
            code="protocol",
        )
    return Bundle(root.resolve(), name, version, manifest)


def check_digests(bundle: Bundle) -> None:
    """Every covered file is there, unchanged, and nothing was added.

    Raises:
        ProofError: names the first file that is not as it was built.
    """
    expected: Mapping[str, str] = bundle.manifest["files"]
    present = set(covered_files(bundle.directory))
    for path in sorted(present | set(expected)):
        if path not in present:
            _tampered(path, "is missing")
        if path not in expected:
            _tampered(path, "is not part of the bundle that was built")
        if (bundle.directory / path).is_symlink() or sha256_of(bundle.directory / path) != expected[path]:
            _tampered(path, "has changed since the bundle was built")
    if version_of(bundle.manifest) != bundle.version:
        _tampered("bundle.json", "does not match its version")


def _tampered(path: str, what: str) -> None:
    raise ProofError(f"`{path}` {what}", remedy="Build the bundle again.", code="digest", name=path)


def _artifact(record: Mapping[str, Json], notebooks: list[Json]) -> dict[str, Json]:
    index = record.get("notebook")
    named = notebooks[index]["file"] if isinstance(index, int) and index < len(notebooks) else index
    return {**record, "notebook": named}
