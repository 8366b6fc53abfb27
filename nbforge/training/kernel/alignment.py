"""Which values hold one entry for each row of the raw frame, and how such values are compared and cut by rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

SUBSET_SHARE = 0.15
"""A frame whose index lies within the raw frame's counts as rows of it from this share of the rows on.

What a random mask leaves for a test, ``df[np.random.rand(len(df)) >= 0.8]``, is a fifth of them, more or less.
"""

MINIMUM_ROWS = 2
MOST_ITEMS = 50
"""Longer collections are data of their own, not a handful of frames."""


def is_pandas(value: object, *kinds: str) -> bool:
    """Whether ``value`` is a pandas object of one of these class names, without importing pandas."""
    return any(cls.__module__.split(".")[0] == "pandas" and cls.__name__ in kinds for cls in type(value).__mro__)


def is_polars(value: object) -> bool:
    """Whether ``value`` is a table or a column of polars, without importing polars."""
    return type(value).__module__.startswith("polars.") and type(value).__name__ in {"DataFrame", "Series"}


def is_sparse(value: object) -> bool:
    """Whether ``value`` is a scipy sparse matrix or array, without importing scipy."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


class Rows:
    """The rows of a raw frame (DataFrame, Series, 1-D or 2-D array, list), as the measure of others.

    ``whole``: the frame with the rows that training left out on the way, where it did; ``known``: the raw frame's rows
    as the run knew them, with what it stacked on them and split them into.
    """

    def __init__(self, raw: Any, whole: Any = None, known: Rows | None = None) -> None:
        self.raw = raw
        self.count = len(raw)
        self.index = raw.index if is_pandas(raw, "DataFrame", "Series") else None
        self._counts = {self.count, self.count if whole is None else len(whole)}
        self._labels = self.index if whole is None else whole.index
        self.stacks: list[Any] = []
        self.columns: list[Any] = list(known.columns) if known is not None else []
        self.parts: set[int] = set(known.parts) if known is not None else set()
        self.left: set[int] = set(known.left) if known is not None else set()
        for labels in known.stacks if known is not None else ():
            self._add(labels)

    def _add(self, labels: Any) -> None:
        self.stacks.append(labels)
        self._counts.add(len(labels))

    def stacked(self, value: Any) -> bool:
        """Whether it is a table or column of more rows than the raw frame has; from now on such ones count as rows."""
        if not is_pandas(value, "DataFrame", "Series") or self.index is None or len(value) <= self.count:
            return False
        if not any(value.index is labels for labels in self.stacks):
            self._add(value.index)
        return True

    def split(self, value: Any) -> None:
        """A split made this of the rows: from now on values of its length count as a part of them, however small."""
        array = isinstance(value, np.ndarray) and value.ndim >= 1
        if array or isinstance(value, list) or is_pandas(value, "DataFrame", "Series") or is_sparse(value):
            length = len(value) if isinstance(value, list) else int(value.shape[0])
            if MINIMUM_ROWS <= length < self.count:
                self.parts.add(length)

    def aligned(self, value: Any) -> bool:
        """One entry a row, in whatever container."""
        enough = self.count >= MINIMUM_ROWS
        if is_pandas(value, "Index"):
            return enough and len(value) in self._counts and not value.equals(getattr(self.raw, "columns", None))
        if is_pandas(value, "DataFrame", "Series"):
            if len(value) == self.count:
                self._relabelled(value.index)
            return len(value) in self._counts
        if is_pandas(value, "ExtensionArray", "Categorical"):
            return len(value) in self._counts
        if isinstance(value, np.ndarray) or is_sparse(value):
            return bool(enough and value.ndim >= 1 and value.shape[0] in self._counts)
        if isinstance(value, list | tuple):
            return enough and len(value) in self._counts
        return False

    def part(self, value: Any) -> bool:
        """A good part of the rows, though not all: what dropping or sampling rows leaves."""
        if self.aligned(value):
            return False
        if is_pandas(value, "DataFrame", "Series"):
            return self._left_of_them(value)
        if is_pandas(value, "Index") and not self._of_column(value):  # the labels of what a split made
            return len(value) in self.parts and any(_labelled(value, within) for within in self._known())
        extension = is_pandas(value, "ExtensionArray", "Categorical") or self._of_column(value)
        if extension or (isinstance(value, np.ndarray) and value.ndim >= 1 and not self.stacks_rows(value)):
            enough = self._many(value.shape[0]) or value.shape[0] in self.parts
            return enough and value.shape[0] < self.count
        if isinstance(value, list | tuple):
            records = bool(value) and all(isinstance(item, dict) for item in value[:MOST_ITEMS])
            return len(value) in self.parts or (records and self._many(len(value)) and len(value) < self.count)
        if not is_sparse(value):
            return False
        return (self._many(value.shape[0]) or value.shape[0] in self.parts) and value.shape[0] < self.count

    def _left_of_them(self, value: Any) -> bool:
        """Whether a table or column has labels of a good part of the rows; or labels that a column gave it since, with
        as many rows as such a part had.
        """
        if not self._many(len(value)) and len(value) not in self.parts:
            return False
        if self.labelled(value):
            self.left.add(len(value))
            return True
        return len(value) in self.left and self._relabelled(value.index)

    def _relabelled(self, labels: Any) -> bool:
        """Whether a column gave rows these labels; where they tell rows apart, others may be known by them."""
        if any(name is None for name in labels.names):
            return False
        known = any(labels is each for each in self.columns)
        if labels is not self.index and labels.is_unique and not known and len(self.columns) < MOST_ITEMS:
            self.columns.append(labels)
        return True

    def stacks_rows(self, value: Any) -> bool:
        """Whether an array holds a few such as have an entry a row, one after the other: what several models answer."""
        if not isinstance(value, np.ndarray) or value.ndim < 2 or not MINIMUM_ROWS <= len(value) <= MOST_ITEMS:
            return False
        return value.shape[0] not in self._counts and value.shape[1] in self._counts | self.parts

    def labelled(self, value: Any) -> bool:
        """Whether a table or column has labels of the rows, as a few rows taken as they are have."""
        found = is_pandas(value, "DataFrame", "Series")
        return found and any(_labelled(value.index, within) for within in self._known())

    def of_rows(self, value: Any) -> bool:
        """All of the rows, a good part of them, or a collection that holds such values."""
        if self.aligned(value) or self.part(value) or self.stacks_rows(value):
            return True
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return len(items) <= MOST_ITEMS and any(self.of_rows(item) for item in items)

    def _of_column(self, value: Any) -> bool:
        """Whether an index was made of a column: ``pd.DatetimeIndex(df["date"]).month`` has its name."""
        return is_pandas(value, "Index") and value.name is not None and value.name in getattr(self.raw, "columns", ())

    def _known(self) -> list[Any]:
        return [*([] if self._labels is None else [self._labels]), *self.stacks, *self.columns]

    def _many(self, length: int) -> bool:
        return length >= max(MINIMUM_ROWS, SUBSET_SHARE * self.count)


def _labelled(labels: Any, within: Any) -> bool:
    if labels.names != within.names:
        return False
    try:
        return bool(labels.isin(within).all())
    except (TypeError, ValueError):
        return False


def take(value: Any, positions: Sequence[int]) -> Any:
    """The rows at these positions, in the same kind of container; a pandas index keeps its labels."""
    chosen = np.asarray(positions, dtype=np.intp)
    if is_pandas(value, "DataFrame", "Series"):
        return value.iloc[chosen].copy()
    if is_pandas(value, "ExtensionArray", "Categorical", "Index"):
        return value.take(chosen)
    if isinstance(value, list | tuple):
        return type(value)(value[int(position)] for position in chosen)
    if is_sparse(value):
        return value.tocsr()[chosen]
    return value[chosen] if is_polars(value) else value[chosen].copy()


def numbered(value: Any) -> Any:
    """The same rows, labelled from 0 on, as the rows of a request are."""
    return value.reset_index(drop=True) if is_pandas(value, "DataFrame", "Series") else value


def snapshot(value: Any) -> Any:
    """A copy that later changes in place cannot reach."""
    if is_pandas(value, "DataFrame", "Series"):
        return value.copy(deep=True)
    if isinstance(value, np.ndarray):
        return value.copy()
    return list(value) if isinstance(value, list) else value


def fingerprint(value: Any) -> bytes | None:
    """A digest of a frame, series or array that changes with its content; ``None`` where none is cheap to be had."""
    try:
        if is_pandas(value, "DataFrame", "Series"):
            import pandas as pd

            names = list(value.columns) if is_pandas(value, "DataFrame") else [value.name]
            kinds = list(map(str, value.dtypes)) if is_pandas(value, "DataFrame") else [str(value.dtype)]
            hashes = pd.util.hash_pandas_object(value).to_numpy()
            return hashlib.blake2b(repr((names, kinds)).encode() + hashes.tobytes()).digest()
        if isinstance(value, np.ndarray) and value.dtype != object:
            return hashlib.blake2b(np.ascontiguousarray(value).tobytes()).digest()
    except (TypeError, ValueError):
        return None
    return None


TOLERANCE = 1e-9
"""Relative; the proof's r for 64-bit floats."""
SINGLE_TOLERANCE = 1e-5
DOUBLE_BYTES = 8


def same(left: Any, right: Any) -> bool:
    """Whether two containers of rows hold the same, positions and columns compared, labels of rows not."""
    if is_pandas(left, "DataFrame"):
        return (
            is_pandas(right, "DataFrame")
            and left.shape == right.shape
            and bool((left.columns == right.columns).all())
            and all(same(left.iloc[:, at], right.iloc[:, at]) for at in range(left.shape[1]))
        )
    if is_sparse(left):
        return is_sparse(right) and left.shape == right.shape and same(left.toarray(), right.toarray())
    return _same_arrays(_array(left), _array(right))


def _array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value
    if is_pandas(value, "Categorical") or str(getattr(value, "dtype", "")) == "category":
        return np.asarray(value).astype(object)
    return np.asarray(value, dtype=object) if isinstance(value, list | tuple) and _ragged(value) else np.asarray(value)


def _ragged(value: Sequence[Any]) -> bool:
    return any(isinstance(item, list | tuple | dict) or item is None for item in value)


def _same_arrays(left: Any, right: Any) -> bool:
    if left.shape != right.shape:
        return False
    numeric = left.dtype.kind in "biufc" and right.dtype.kind in "biufc"
    if numeric:
        coarse = any(side.dtype.kind in "fc" and side.dtype.itemsize < DOUBLE_BYTES for side in (left, right))
        r = SINGLE_TOLERANCE if coarse else TOLERANCE
        return bool(np.allclose(left, right, rtol=r, atol=r * _scale(left), equal_nan=True))
    return all(_same_item(a, b) for a, b in zip(left.ravel(), right.ravel(), strict=True))


def _scale(values: Any) -> float:
    finite = np.abs(values[np.isfinite(values)]) if values.size else values
    return float(finite.max()) if finite.size else 0.0


def _same_item(left: Any, right: Any) -> bool:
    if left is right:
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_item(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(_same_item, left, right))
    left_missing, right_missing = _missing(left), _missing(right)
    if left_missing or right_missing:
        return left_missing and right_missing
    try:
        if isinstance(left, float | np.floating) or isinstance(right, float | np.floating):
            return bool(abs(left - right) <= TOLERANCE * max(abs(left), abs(right)))
        return bool(left == right)
    except (TypeError, ValueError):
        return repr(left) == repr(right)


def _missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
