"""Whether two pickles hold equal objects, without loading either: no class is imported, no code of theirs runs.

The bytes of a pickle also tell which of its parts are one object and which are equal objects. A service cannot tell
these apart, so they are no difference. Nor is what a library's own object notes when it is looked at, as a summary of
statsmodels leaves its figures in the result: an attribute that only the left one has.
"""

from __future__ import annotations

import io
import pickle
from functools import cache
from pathlib import Path
from typing import Any, Self


class _Stub:
    """An object of a class that is not imported: how it was made, and what was put into it."""

    label = ""

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        self = object.__new__(cls)
        self.__dict__["made"] = [arguments, keywords]
        self.__dict__["put"] = []
        return self

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Everything was taken by ``__new__``."""

    def __setstate__(self, state: Any) -> None:
        self.__dict__["put"].append(state)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__dict__["put"].append((key, value))

    def append(self, value: Any) -> None:
        """What a pickle does to a list."""
        self.__dict__["put"].append(value)

    def extend(self, values: Any) -> None:
        """What a pickle does to a list."""
        self.__dict__["put"].extend(values)

    def add(self, value: Any) -> None:
        """What a pickle does to a set."""
        self.__dict__["put"].append(value)

    def fits(self, other: _Stub, met: set[tuple[int, int]]) -> bool:
        """Whether ``other`` is the same, but for attributes that only ``self`` has."""
        if not _same(self.__dict__["made"], other.__dict__["made"], met):
            return False
        ours, theirs = self.__dict__["put"], other.__dict__["put"]
        if self.label.startswith(_OF_THE_NOTEBOOK) or not (_is_state(ours) and _is_state(theirs)):
            return _same(ours, theirs, met)
        return theirs[0].keys() <= ours[0].keys() and all(_same(ours[0][key], theirs[0][key], met) for key in theirs[0])


_OF_THE_NOTEBOOK = ("scoring.", "__main__.")


def _is_state(put: list[Any]) -> bool:
    return len(put) == 1 and isinstance(put[0], dict) and all(isinstance(key, str) for key in put[0])


@cache
def _stub(module: str, name: str) -> type[_Stub]:
    return type("Stub", (_Stub,), {"label": f"{module}.{name}"})


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _stub(module, name)


def equal(left: Path, right: Path) -> bool:
    """Whether two files hold equal objects, but for attributes that only ``left`` has.

    Files that cannot be read this way are equal if their bytes are.
    """
    ours, theirs = left.read_bytes(), right.read_bytes()
    if ours == theirs:
        return True
    try:
        return _same(_Reader(io.BytesIO(ours)).load(), _Reader(io.BytesIO(theirs)).load(), set())
    except Exception:  # noqa: BLE001  # a pickle may do what no stub stands in for
        return False


def _same(left: Any, right: Any, met: set[tuple[int, int]]) -> bool:
    """Whether two objects are equal; the first difference anywhere ends it all, so each pair is looked at once."""
    if type(left) is not type(right):
        return False
    pair = (id(left), id(right))
    if pair in met:
        return True
    if isinstance(left, type):
        return left is right
    if isinstance(left, _Stub):
        met.add(pair)
        return left.fits(right, met)
    ours, theirs = _parts(left), _parts(right)
    if ours is None or theirs is None:
        return bool(repr(left) == repr(right))  # tells -0.0 from 0.0 and lets NaN be itself
    met.add(pair)
    return len(ours) == len(theirs) and all(_same(a, b, met) for a, b in zip(ours, theirs, strict=True))


def _parts(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        return [part for item in value.items() for part in item]
    if isinstance(value, list | tuple):
        return list(value)
    return None
