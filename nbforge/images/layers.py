"""The layers that come from wheels and from this machine: laid out on the host, stripped, compiled, and kept by their
lock.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbforge.environments import bytecode, cache, installer, proof
from nbforge.images import libraries
from nbforge.images.base import Base
from nbforge.values import Environment, Json

_TABLE: Final = Path(__file__).with_name("stripped.toml")
_LAYOUT: Final = 2
"""Raise it when what a layer holds for the same lock changes."""


@dataclass(frozen=True, slots=True)
class Made:
    """Two directories of the cache, and the shared libraries that were brought along."""

    packages: Path
    libraries: Path
    brought: tuple[Mapping[str, str], ...]


def make(lock: Path, base: Base, environment: Environment, used: Collection[str]) -> Made:
    """The site directory of a lock for a base, without what scoring never needs, and the libraries that it lacks there.

    Args:
        lock: ``requirements.lock``.
        base: what the image is built on.
        environment: an environment of the lock on this machine; its Python compiles.
        used: the files that scoring was seen to use, relative to the site directory.

    Raises:
        EnvironmentFailure: the wheels cannot be fetched.
        ImageError: a shared library is nowhere to be found, or the base is too old.
    """
    table = _TABLE.read_text("utf-8")
    identity = [base.python, base.machine, base.glibc, sorted(base.libraries), sorted(base.versions)]
    key = cache.key(_LAYOUT, lock.read_text("utf-8"), table, sorted(used), identity)

    def fill(folder: Path) -> None:
        packages, brought = folder / "packages", folder / "libraries"
        packages.mkdir()
        brought.mkdir()
        installer.lay_out(lock, packages, installer.Target.linux(base.python, base.machine, base.glibc))
        _strip(packages, table, used)
        lacks = libraries.lacking(libraries.loaded(packages, used), packages, base)
        found = libraries.bring(lacks, packages, base, brought, _machine())
        (folder / "brought.json").write_text(json.dumps(libraries.as_json(found)), "utf-8")
        bytecode.compile_modules(environment.python, packages, proof.needed_modules(packages, used))

    made = cache.directory("layers", key, fill)
    return Made(made / "packages", made / "libraries", tuple(_read(made / "brought.json")))


def empty() -> Path:
    """A directory with nothing in it, for a layer that a base does not need."""
    return cache.directory("layers", "empty", lambda _folder: None)


def _strip(packages: Path, table: str, used: Collection[str]) -> None:
    """Remove what the table names and nothing uses; what the RECORDs list stays true."""
    for entry in tomllib.loads(table)["strip"]:
        for pattern in entry["files"]:
            # A trailing ** means folders alone to pathlib before Python 3.13.
            for file in list(packages.glob(pattern + "/*" if pattern.endswith("**") else pattern)):
                if file.is_file() and file.relative_to(packages).as_posix() not in used:
                    file.unlink()
    for folder in sorted((path for path in packages.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for record in packages.glob("*.dist-info/RECORD"):
        _rewrite(record, packages)


def _rewrite(record: Path, packages: Path) -> None:
    """A RECORD without the files that are gone. It is a new file: the old one may be a link into uv's cache."""
    rows = [row for row in csv.reader(record.read_text("utf-8").splitlines()) if row and (packages / row[0]).is_file()]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    record.unlink()
    record.write_text(text.getvalue(), "utf-8")


def _machine() -> str:
    import platform
    import sys

    return platform.machine() if sys.platform == "linux" else f"{platform.machine()} {sys.platform}"


def _read(file: Path) -> list[Json]:
    return json.loads(file.read_bytes())  # type: ignore[no-any-return]
