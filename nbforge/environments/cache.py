"""Directories that are made once and kept: ``NBFORGE_CACHE_DIR``, else the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from nbforge.errors import EnvironmentFailure
from nbforge.values import Json


def root() -> Path:
    """The cache's directory; it need not exist yet."""
    given = os.environ.get("NBFORGE_CACHE_DIR")
    if given:
        return Path(given).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("nbforge", appauthor=False)


def key(*parts: object) -> str:
    """A digest of JSON values, short enough for a directory's name."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def directory(kind: str, name: str, make: Callable[[Path], None]) -> Path:
    """The directory ``kind/name`` of the cache; if it is not there, ``make`` fills a fresh one that is then renamed
    into place.

    A kill at any moment leaves no half-made entry, and of two builds at once the first one wins.

    Args:
        kind: what the entries are, such as ``"proofs"``.
        name: the entry's key, see :func:`key`.
        make: fills the empty directory it is given.

    Raises:
        EnvironmentFailure: the cache cannot be written, such as on a full disk.
    """
    final = root() / kind / name
    if final.is_dir():
        return final
    fresh = final.with_name(f".{name}.{uuid.uuid4().hex}")
    try:
        fresh.mkdir(parents=True, mode=0o700)
        make(fresh)
        _publish(fresh, final)
    except OSError as error:
        raise unwritable(error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return final


def value(kind: str, name: str, make: Callable[[], Json]) -> Json:
    """Like :func:`directory` for one JSON value; a damaged entry is made again."""
    found = find(kind, name)
    if found is not None:
        return found
    made = make()
    file = root() / kind / f"{name}.json"
    fresh = file.with_name(f".{name}.{uuid.uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(json.dumps(made), "utf-8")
        fresh.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise unwritable(error) from error
    return made


def find(kind: str, name: str) -> Json:
    """The JSON value that is kept there, ``None`` where there is none."""
    try:
        return json.loads((root() / kind / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None


def unwritable(error: OSError) -> EnvironmentFailure:
    """The failure that says that the cache could not be written, and why."""
    return EnvironmentFailure(
        f"nbforge's cache cannot be written: {error.strerror or error}",
        remedy="Free some space, or set NBFORGE_CACHE_DIR to a directory that can be written.",
        code="cache-unwritable",
    )


def _publish(fresh: Path, final: Path) -> None:
    try:
        fresh.rename(final)
    except OSError:
        if not final.is_dir():  # another build has made the same entry meanwhile: its is as good
            raise
