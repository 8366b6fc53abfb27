"""Finished work on disk: found by key, stored whole by one rename, bounded in size.

::

    <root>/training/<key>/<id>/   what a training left behind, with its checkpoint
    <root>/captures/<key>/<id>/   a whole run
    <root>/tmp/<pid>-<id>/        work in progress; a dead process's is swept away

Several entries may share a key: the same notebook on other data. Nothing is ever changed in place, so that builds at
the same time need no lock. Entries hold pickles and what the notebook printed: the folder is the user's alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nbforge.environments.processes import alive
from nbforge.errors import EnvironmentFailure, UsageError

Kind = Literal["training", "captures"]

DEFAULT_LIMIT = 5 * 10**9  # bytes
RECENT = 600.0
"""Seconds during which an entry that was used is not pruned: another build may still be reading it."""


@dataclass(frozen=True, slots=True)
class RunCache:
    """A folder of finished runs. ``limit`` is its size in bytes beyond which the least recently used are dropped."""

    root: Path
    limit: int = DEFAULT_LIMIT

    @classmethod
    def default(cls) -> RunCache:
        """The user's: ``NBFORGE_CACHE_DIR`` (else the platform's cache folder), ``NBFORGE_CACHE_MAX_BYTES``."""
        limit = os.environ.get("NBFORGE_CACHE_MAX_BYTES", str(DEFAULT_LIMIT))
        if not limit.isdigit():
            raise UsageError(
                f"NBFORGE_CACHE_MAX_BYTES is {limit!r}",
                remedy="Set it to a number of bytes, such as 5000000000.",
                code="bad-setting",
                name="NBFORGE_CACHE_MAX_BYTES",
            )
        root = os.environ.get("NBFORGE_CACHE_DIR")
        if not root:
            import platformdirs

            root = platformdirs.user_cache_dir("nbforge", appauthor=False)
        return cls(Path(root).absolute() / "runs", int(limit))

    def find(self, kind: Kind, key: str, accept: Callable[[Path], bool]) -> Path | None:
        """The entry of ``key`` used last that ``accept`` agrees to; one that cannot be read counts as refused."""
        for entry in sorted(_folders(self.root / kind / key), key=_used, reverse=True):
            try:
                accepted = accept(entry)
            except (OSError, ValueError, KeyError, TypeError):  # written by a broken disk or an old nbforge
                accepted = False
            if accepted:
                _touch(entry)
                return entry
        return None

    def store(self, kind: Kind, key: str, directory: Path) -> Path:
        """Move ``directory``, which must be below a :meth:`workspace`, to its place; returns the place."""
        place = self.root / kind / key / uuid.uuid4().hex
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.rename(place)
        _touch(place)
        self._prune(place)
        return place

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A private folder on the cache's own file system; gone afterwards, also after a failure."""
        folder = self.root / "tmp" / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.root.chmod(0o700)
            self._sweep()
            folder.mkdir(parents=True)
        except OSError as error:
            raise EnvironmentFailure(
                f"the cache folder {self.root} cannot be used: {error.strerror}",
                remedy="Set NBFORGE_CACHE_DIR to a folder that you can write to, with room.",
                code="cache",
                name="NBFORGE_CACHE_DIR",
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _sweep(self) -> None:
        for folder in _folders(self.root / "tmp"):
            pid = folder.name.partition("-")[0]
            if pid.isdigit() and not alive(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)

    def _prune(self, newest: Path) -> None:
        entries = [e for kind in ("training", "captures") for key in _folders(self.root / kind) for e in _folders(key)]
        sizes = {entry: _size(entry) for entry in entries}
        total = sum(sizes.values())
        for entry in sorted(entries, key=_used):
            if total <= self.limit:
                return
            if entry != newest and time.time() - _used(entry) > RECENT:
                total -= sizes[entry]
                self._drop(entry)

    def _drop(self, entry: Path) -> None:
        # Renamed first: a look-up finds a whole entry or none.
        doomed = self.root / "tmp" / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        with contextlib.suppress(OSError):  # another build dropped it, or the key has more entries
            entry.rename(doomed)
            entry.parent.rmdir()
        shutil.rmtree(doomed, ignore_errors=True)


def _folders(path: Path) -> list[Path]:
    try:
        return [child for child in path.iterdir() if child.is_dir()]
    except OSError:
        return []


def _used(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:
        return 0.0


def _touch(entry: Path) -> None:
    with contextlib.suppress(OSError):  # a read-only cache still answers
        now = time.time_ns()  # finer than the file system's own clock, which orders entries
        os.utime(entry, ns=(now, now))


def _size(entry: Path) -> int:
    total = 0
    for folder, _, files in os.walk(entry):
        for name in files:
            try:
                total += (Path(folder) / name).lstat().st_size
            except OSError:
                continue
    return total
