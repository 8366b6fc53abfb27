"""A build where nothing changed is answered from what the last one wrote down.

The key is everything a build is told; what it read in between (data, modules, folders) is checked by the caller.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nbforge.bundle import manifest
from nbforge.environments import cache
from nbforge.errors import NbforgeError
from nbforge.values import Bundle, Json

_KIND: Final = "builds"
_PACKAGE: Final = Path(__file__).resolve().parent.parent
_SUFFIXES: Final = frozenset({".py", ".toml", ".txt", ".json", ".html", ".css", ".js", ".svg"})


def key(*told: Json) -> str:
    """A digest of what a build is told, and of nbforge's own code."""
    return cache.key(*told, code_digest())


def code_digest() -> str:
    """One digest for nbforge's files and the templates; names, sizes and times suffice."""
    digest = hashlib.sha256()
    for root in (_PACKAGE, _PACKAGE.parent / "service_templates"):
        for file in sorted(path for path in _files(root) if path.suffix in _SUFFIXES or path.name == "Dockerfile"):
            status = file.stat()
            digest.update(f"{file.relative_to(root)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def file_digests(paths: Iterable[Path]) -> list[list[str]]:
    """Each path with its content's digest; a file that is not there has none."""
    return [[str(path.absolute()), manifest.sha256_of(path) if path.is_file() else ""] for path in paths]


def recall(name: str, output: Path) -> tuple[Bundle, Mapping[str, Json]] | None:
    """The bundle that the same build made, if it still lies untouched at ``output``, and what was written with it."""
    try:
        written = json.loads(_file(name).read_text("utf-8"))
        bundle = manifest.load(output)
        if bundle.version != written["version"] or not (output / "evidence" / "verification.json").is_file():
            return None
        manifest.check_digests(bundle)
    except (OSError, ValueError, KeyError, TypeError, NbforgeError):
        return None
    return bundle, written


def remember(name: str, bundle: Bundle, facts: Mapping[str, Json]) -> None:
    """Write down what :func:`recall` answers; a cache that cannot be written only costs the next build its time."""
    file = _file(name)
    fresh = file.with_name(f".{name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(json.dumps({**facts, "version": bundle.version}), "utf-8")
        fresh.replace(file)


def _file(name: str) -> Path:
    return cache.root() / _KIND / f"{name}.json"


def _files(root: Path) -> Iterable[Path]:
    return (
        (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        if root.is_dir()
        else ()
    )
