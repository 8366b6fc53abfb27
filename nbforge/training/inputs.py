"""What a run depended on besides its own text, and whether that is still so.

An entry of the cache is good only while every file that it read has the bytes it had, every folder it listed the same
names, every environment variable it asked for the same value. Size, time and inode spare most of the hashing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbforge.values import Json

NETWORK_PROGRAMS = frozenset(
    {
        "curl",
        "wget",
        "pip",
        "pip3",
        "uv",
        "conda",
        "mamba",
        "aws",
        "gsutil",
        "gcloud",
        "az",
        "kaggle",
        "huggingface-cli",
    }
    | {"hf", "dvc", "ssh", "scp", "rsync", "psql", "mysql"}
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file as a run read it; ``path`` is absolute, ``mtime_ns`` in nanoseconds."""

    path: str
    sha256: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Observed:
    """All that the kernels of a run were seen to read and write. Paths are absolute: for the cache, never for a bundle.

    ``environ`` gives digests of values (``None``: not set); ``unstable`` names inputs that the run itself changed.
    """

    files: tuple[Input, ...] = ()
    modules: tuple[Input, ...] = ()
    written: tuple[str, ...] = ()
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    environ: Mapping[str, str | None] = field(default_factory=dict)
    unstable: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """The inverse of :meth:`from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Json) -> Observed:
        """Raises ``KeyError`` or ``TypeError`` for what :meth:`to_json` did not write."""
        return cls(
            files=tuple(Input(**item) for item in value["files"]),
            modules=tuple(Input(**item) for item in value["modules"]),
            written=tuple(value["written"]),
            listed={folder: tuple(names) for folder, names in value["listed"].items()},
            hosts=tuple(value["hosts"]),
            programs=tuple(value["programs"]),
            environ=dict(value["environ"]),
            unstable=tuple(value["unstable"]),
        )

    def used_network(self) -> bool:
        """Whether the run contacted hosts, or started a program that is there to do so."""
        return bool(self.hosts) or any(program in NETWORK_PROGRAMS for program in self.programs)


def add(before: Observed, report: Mapping[str, Json], variables: Mapping[str, str]) -> Observed:
    """Add a kernel's report (see ``kernel/lineage.py``) to what earlier kernels were seen to do; hashes what is new.

    What an earlier kernel wrote is no input: it is made again by running again.
    """
    known = {item.path for item in before.files} | set(before.written)
    files, unstable = list(before.files), set(before.unstable)
    for path, seen in report["read"].items():
        if path in known:
            continue
        now = _look(path)
        if now is not None:
            files.append(now)
        same = now is not None and [now.size, now.mtime_ns, now.inode] == seen
        if not same and not _is_temporary(path):
            unstable.add(path)
    modules = {item.path: item for item in before.modules}
    for path in report["modules"].values():
        if path not in modules and (item := _look(path)):
            modules[path] = item
    return Observed(
        files=tuple(files),
        modules=tuple(modules.values()),
        written=tuple(sorted({*before.written, *report["written"]})),
        listed={**{folder: tuple(names) for folder, names in report["listed"].items()}, **before.listed},
        hosts=tuple(sorted({*before.hosts, *report["hosts"]})),
        programs=tuple(sorted({*before.programs, *report["programs"]})),
        environ={**{name: _value_digest(variables.get(name)) for name in report["environ"]}, **before.environ},
        unstable=tuple(sorted(unstable)),
    )


def changed(observed: Observed, variables: Mapping[str, str], products: tuple[Path, ...] = ()) -> str | None:
    """What has changed since, in a few words for people; ``None`` when a new run would read the same.

    ``variables`` are what a new kernel would get. ``products`` are paths that builds make, such as the bundle: their
    appearance in a listed folder means nothing.
    """
    if observed.unstable:
        return f"the run changed its own input {os.path.basename(observed.unstable[0])}"
    for name, digest in observed.environ.items():
        if _value_digest(variables.get(name)) != digest:
            return f"the environment variable {name} changed"
    for item in (*observed.modules, *observed.files):
        if not _is_same(item):
            return f"{os.path.basename(item.path)} changed"
    made = {*observed.written, *(str(part) for product in products for part in (product, *product.parents))}
    for folder, names in observed.listed.items():
        if _names(folder, names, made) != _names(folder, _list(folder), made):
            return f"files came or went in {os.path.basename(folder)}"
    return None


def sha256(path: str | Path) -> str:
    """Hex digest of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _look(path: str) -> Input | None:
    try:
        status = os.stat(path)
        return Input(path, sha256(path), status.st_size, status.st_mtime_ns, status.st_ino)
    except OSError:
        return None


def _is_same(item: Input) -> bool:
    try:
        status = os.stat(item.path)
    except OSError:
        return False
    if status.st_size != item.size:
        return False
    return (status.st_mtime_ns, status.st_ino) == (item.mtime_ns, item.inode) or sha256(item.path) == item.sha256


def _is_temporary(path: str) -> bool:
    return path.startswith(os.path.realpath(tempfile.gettempdir()) + os.sep) and not os.path.exists(path)


def _names(folder: str, names: tuple[str, ...], made: set[str]) -> list[str]:
    """Names that count: hidden ones and caches come and go, and what builds make is no data."""
    return [n for n in sorted(names) if not n.startswith((".", "__pycache__")) and os.path.join(folder, n) not in made]


def _list(folder: str) -> tuple[str, ...]:
    try:
        return tuple(os.listdir(folder))
    except OSError:
        return ()


def _value_digest(value: str | None) -> str | None:
    return None if value is None else hashlib.sha256(value.encode(errors="surrogateescape")).hexdigest()
