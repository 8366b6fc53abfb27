"""The build context: a tar stream that is the same bytes for the same plan, whoever builds it and when."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from nbforge.environments import bytecode
from nbforge.images import dockerfile
from nbforge.values import ImagePlan

_FILE_MODE: Final = 0o644
_DIRECTORY_MODE: Final = 0o755


def write(plan: ImagePlan, stream: IO[bytes]) -> None:
    """Write the context of a plan: its Dockerfile, and each layer under its name.

    Everything belongs to root, can be read by all and written by root alone, and is of the epoch. Links are followed:
    what a wheel
    or a bundle holds as a link becomes the file.
    """
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, "Dockerfile.nbforge", dockerfile.render(plan).encode())
        for layer in plan.layers:
            for name, path in _entries(layer.name, layer.source):
                if path.is_dir():
                    tar.addfile(_header(name, _DIRECTORY_MODE, tarfile.DIRTYPE))
                else:
                    with path.open("rb") as content:
                        header = _header(name, _FILE_MODE)
                        header.size = path.stat().st_size
                        tar.addfile(header, content)


def _entries(name: str, source: Path) -> Iterator[tuple[str, Path]]:
    yield name, source
    if source.is_dir():
        for path in sorted(source.iterdir()):
            if not _left_over(path):
                yield from _entries(f"{name}/{path.name}", path)


def _left_over(path: Path) -> bool:
    """Bytecode beside the bundle's code that is not the build's own, but from running it here."""
    if path.name == "__pycache__":
        return all(map(_left_over, path.iterdir()))
    return path.parent.name == "__pycache__" and bytecode.is_dated(path)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    header = _header(name, _FILE_MODE)
    header.size = len(content)
    tar.addfile(header, io.BytesIO(content))


def _header(name: str, mode: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.type, header.mode, header.mtime = kind, mode, 0
    header.uname = header.gname = "root"
    return header
