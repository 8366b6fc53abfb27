"""Fitted objects of a bundle: never loaded before their digest matches."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbforge.runtime import formats
from nbforge.runtime.errors import ArtifactError, FormatError

_REBUILD = "Restore the bundle as it was built, or build it again."
_loaded: dict[tuple[Path, str], Any] = {}


def artifact(name: str) -> Any:
    """The fitted object ``name``, for the ``scoring.py`` that calls this; a second call gives the same object.

    Raises:
        ArtifactError: its file is missing, changed, or cannot be loaded; the message names the file.
    """
    caller = sys._getframe(1).f_globals["__file__"]  # noqa: SLF001 - scoring.py says where the bundle is by calling
    return load(Path(caller).resolve().parent.parent, name)


def load(root: Path, name: str) -> Any:
    """The fitted object ``name`` of the bundle at ``root``."""
    for record in read_manifest(root)["artifacts"]:
        if record["name"] == name:
            key = (root, record["sha256"])
            if key not in _loaded:
                _loaded[key] = _load(root, record)
            return _loaded[key]
    raise ArtifactError(f"bundle.json lists no artifact {name!r}.", _REBUILD)


def read_manifest(root: Path) -> dict[str, Any]:
    """``bundle.json``.

    Raises:
        ArtifactError: it is missing or no JSON object.
    """
    path = root / "bundle.json"
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} cannot be read: {error}.", _REBUILD) from error
    if not isinstance(manifest, dict):
        raise ArtifactError(f"{path} holds no object.", _REBUILD)
    return manifest


def verify_files(root: Path, manifest: Mapping[str, Any]) -> None:
    """Checks every file of ``manifest["files"]`` against its sha256.

    Raises:
        ArtifactError: one is missing or changed; the message names it.
    """
    for file, digest in manifest["files"].items():
        check(root / file, digest, file)


def check(path: Path, digest: str, file: str) -> None:
    """Raises :class:`ArtifactError` unless the file's sha256 is ``digest`` (``sha256:`` before it or not)."""
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactError(f"{file} cannot be read: {error.strerror or error}.", _REBUILD) from error
    if found != digest.removeprefix("sha256:"):
        raise ArtifactError(f"{file} has changed since it was built: its sha256 is not the recorded one.", _REBUILD)


def _load(root: Path, record: Mapping[str, Any]) -> Any:
    file = f"artifacts/{record['file']}"
    check(root / file, record["sha256"], file)
    try:
        return formats.load(record, root / "artifacts")
    except FormatError as error:
        raise ArtifactError(f"{file} cannot be loaded: {error.message}", error.remedy or _REBUILD) from error
    except ModuleNotFoundError as error:
        raise ArtifactError(
            f"{file} cannot be loaded: {error}.", "The environment lacks a distribution of the lock; install it."
        ) from error
