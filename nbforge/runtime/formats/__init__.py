"""One artifact format a file: adding one touches no second file.

A format is a module of this package with

``PRIORITY``
    an integer; :func:`save` asks the formats in ascending order, the safest first.
``SUFFIX``
    of its files.
``UNSAFE``
    whether loading a file can run code that the file brings.
``can_save(value) -> bool``
    whether it is meant for this value; a quick look at the type.
``save(value, path) -> dict``
    writes the file canonically (same object, same bytes, in any process) and returns what the record has to say
    beyond the common keys. It raises anything when it turns out that it cannot.
``load(path, record) -> value``
    the inverse.

A file counts only after it was loaded back and, saved once more, gave the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from nbforge.runtime.errors import FormatError
from nbforge.runtime.formats._handles import HandleError, refusal

_REMEDY = "Make it inside the code that uses it, or keep it out of the prediction."


class Format(Protocol):
    """What a module of this package provides."""

    __name__: str
    PRIORITY: int
    SUFFIX: str
    UNSAFE: bool

    def can_save(self, value: Any) -> bool:
        """Whether it is meant for this value."""

    def save(self, value: Any, path: Path) -> dict[str, Any]:
        """Write the file."""

    def load(self, path: Path, record: Mapping[str, Any]) -> Any:
        """Read it back."""


def save(value: Any, directory: Path, name: str) -> dict[str, Any]:
    """Saves a value in the safest format that brings it back.

    Returns:
        The artifact's record: ``name``, ``file`` (in ``directory``), ``format``, ``sha256``, ``size`` in bytes,
        ``type``, ``trusted`` (the types that its loading constructs beyond those known to be safe) and ``unsafe``.

    Raises:
        FormatError: no format can hold it; the message says why.
    """
    reason = refusal(value)
    if reason:
        raise FormatError(reason, _REMEDY)
    reasons = []
    for name_of_format in names():
        module = get(name_of_format)
        if not module.can_save(value):
            continue
        path = directory / f"{name}{module.SUFFIX}"
        try:
            extra = module.save(value, path)
            _check(module, path, extra)
        except HandleError as error:
            path.unlink(missing_ok=True)
            raise FormatError(f"It holds a handle. {error.message}", _REMEDY) from error
        except Exception as error:  # noqa: BLE001 - a format may fail in any way; the next one is asked
            path.unlink(missing_ok=True)
            reasons.append(f"{name_of_format}: {type(error).__name__}: {error}")
            continue
        return {
            "name": name,
            "file": path.name,
            "format": name_of_format,
            "sha256": _digest(path),
            "size": path.stat().st_size,
            "type": _type_name(value),
            "trusted": [],
            "unsafe": module.UNSAFE,
            **extra,
        }
    raise FormatError(
        f"A value of type {_type_name(value)} cannot be saved ({'; '.join(reasons) or 'no format takes it'}).",
        _REMEDY,
    )


def load(record: Mapping[str, Any], directory: Path) -> Any:
    """Loads what :func:`save` wrote. The caller has checked the digest.

    Raises:
        FormatError: the format is unknown, or the file does not hold what the record says.
    """
    if record["format"] not in _found():
        raise FormatError(
            f"Format {record['format']!r} is unknown.", "Use the nbforge that built the bundle, or a newer one."
        )
    try:
        return get(record["format"]).load(directory / record["file"], record)
    except ImportError:
        raise
    except Exception as error:  # Whatever a library raises on a file it cannot read.
        raise FormatError(f"{type(error).__name__}: {error}", "Build the bundle again.") from error


@cache
def names() -> tuple[str, ...]:
    """The formats of this folder, safest first."""
    return tuple(sorted(_found(), key=lambda name: (get(name).PRIORITY, name)))


@cache
def _found() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


@cache
def get(name: str) -> Format:
    """The format of that name."""
    module: Any = importlib.import_module(f"{__name__}.{name}")
    return module  # type: ignore[no-any-return]


def _check(module: Format, path: Path, extra: Mapping[str, Any]) -> None:
    again = module.load(path, extra)
    if module.UNSAFE:
        return
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / path.name
        module.save(again, copy)
        if _digest(copy) != _digest(path):
            raise FormatError("it comes back as something else")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
