"""Where live values fall in the bins of a training baseline."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

_NUMPY_FROM = 32
"""From this many values on, numpy's search is faster than a loop."""
_PLAIN = {float, int, bool}
_PANDAS_NULLS = ("NAType", "NaTType")


class Bins(Protocol):
    """The bins of one field, numbered as :func:`nbforge.runtime.baseline.labels` names them."""

    size: int

    def one(self, value: object) -> int:
        """The bin of one JSON value."""

    def many(self, values: Sequence[object]) -> Sequence[int] | np.ndarray:
        """The bin of each JSON value."""


def bins(baseline: Mapping[str, Any], first: int = 0) -> Bins:
    """The bins of a baseline, numbered from ``first`` on."""
    if baseline["kind"] == "category":
        return Categories(baseline["categories"], first)
    return Numbers(baseline["edges"], first)


class Categories:
    """A bin for each category, one for others, one for what is missing."""

    def __init__(self, categories: Sequence[str], first: int) -> None:
        self._places = {name: place for place, name in enumerate(categories, first)}
        self._other = first + len(categories)
        self.size = len(categories) + 2

    def one(self, value: object) -> int:
        """See :class:`Bins`."""
        name = value if type(value) is str else category(value)
        return self._other + 1 if name is None else self._places.get(name, self._other)

    def many(self, values: Sequence[object]) -> Sequence[int]:
        """See :class:`Bins`."""
        if set(map(type, values)) == {str}:
            find, other = self._places.get, self._other
            return [find(value, other) for value in values]  # type: ignore[call-overload]
        return [self.one(value) for value in values]


class Numbers:
    """Bin ``i`` holds ``edges[i-1] <= x < edges[i]``; the last is for what is missing."""

    def __init__(self, edges: Sequence[float], first: int) -> None:
        self._edges = [float(edge) for edge in edges]
        self._array = np.array(self._edges)
        self._first = first
        self.size = len(self._edges) + 2
        self._missing = first + self.size - 1

    def one(self, value: object) -> int:
        """See :class:`Bins`."""
        found = number(value)
        return self._missing if found is None else self._first + bisect_right(self._edges, found)

    def many(self, values: Sequence[object]) -> Sequence[int] | np.ndarray:
        """See :class:`Bins`."""
        if len(values) < _NUMPY_FROM:
            edges, first, finite = self._edges, self._first, math.isfinite
            return [first + bisect_right(edges, x) if type(x) is float and finite(x) else self.one(x) for x in values]
        numbers = _array(values)
        places = np.searchsorted(self._array, numbers, side="right") + self._first
        places[~np.isfinite(numbers)] = self._missing
        return places


def _array(values: Sequence[object]) -> np.ndarray:
    if _PLAIN.issuperset(map(type, values)):
        try:
            return np.array(values, dtype="float64")
        except OverflowError:  # an integer that no float can hold
            pass
    return np.array([math.nan if each is None else each for each in map(number, values)], dtype="float64")


def number(value: object) -> float | None:
    """A JSON value as a finite number, dates and times as seconds since 1970; ``None`` where it is none."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None  # type: ignore[arg-type,return-value]
    if kind is int or kind is bool:
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:
            return None
    return _moment(value) if isinstance(value, str) else None


def category(value: object) -> str | None:
    """A JSON value as the name of a category; ``None`` where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in _PANDAS_NULLS:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _moment(text: str) -> float | None:
    """Without a zone it is read as UTC, so that hosts agree."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
