"""What a training column was: the field of the contract that brings exactly such a column back."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbforge.runtime import columns, labels
from nbforge.runtime.contract import Input

MAX_CATEGORIES = 200
MIN_ROWS = 10
"""Fewer rows say nothing about what is usual: no range, no categories."""

LONGEST_CATEGORY = 64
_PRIVATE = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+|\d(?:[ .-]?\d){8,}|://[^/\s]*:[^/\s]*@|(?=\S*\d)(?=\S*[A-Za-z])[\w+/=.-]{20,}"
)
"""Mail addresses, long numbers, passwords in URLs, tokens: no category is worth publishing one."""


class UnusableError(Exception):
    """A column's cells are nothing that JSON can bring back; the text says what they are."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A field, and its values as JSON, one a row."""

    field: Input
    values: list[Any]


def facts(name: str, label: Hashable, column: Any) -> Facts:
    """Describes one column.

    Args:
        name: the field's name.
        label: the column's name in the frame.
        column: a Series, or a one-dimensional array or list.

    Raises:
        UnusableError: its cells are nothing that JSON can bring back.
    """
    field = Input(name=name, dtype="", label=label)
    dtype = getattr(column, "dtype", None)
    if dtype is not None and type(dtype).__name__ == "CategoricalDtype":
        field = _category(field, column, dtype)
    elif isinstance(dtype, np.dtype) and not dtype.hasobject:
        field = _numpy(field, dtype)
    elif dtype is None or isinstance(dtype, np.dtype):
        field = _objects(field, column)
    else:
        field = _extension(field, dtype)
    values = columns.encode(field, column)
    field = replace(field, nullable=any(value is None for value in values))
    return Facts(_usual(field, values), values)


def _numpy(field: Input, dtype: np.dtype[Any]) -> Input:
    if dtype.kind in "iub" or dtype.name in ("float64", "float32"):
        return replace(field, dtype=dtype.name, frame_dtype=dtype.name)
    if dtype.name == "float16":
        return replace(field, dtype="float32", frame_dtype=dtype.name)
    if dtype.kind in "Mm" and np.datetime_data(dtype)[0] in ("s", "ms", "us", "ns"):
        return replace(field, dtype="datetime" if dtype.kind == "M" else "timedelta", frame_dtype=dtype.name)
    if dtype.kind == "U":
        return replace(field, dtype="string", frame_dtype="U")
    raise UnusableError(f"values of dtype {dtype}")


def _extension(field: Input, dtype: Any) -> Input:
    from nbforge.runtime import pandas_columns

    name = pandas_columns.name(dtype)
    kind = type(dtype).__name__
    if kind in ("StringDtype", "PeriodDtype") or (kind == "ArrowDtype" and dtype.kind == "O"):
        return replace(field, dtype="string", frame_dtype=name)
    if kind == "DatetimeTZDtype":
        return replace(field, dtype="datetime", frame_dtype=name)
    plain = getattr(dtype, "subtype", None) if kind == "SparseDtype" else getattr(dtype, "numpy_dtype", None)
    if isinstance(plain, np.dtype) and plain.kind in "iufb":
        return replace(field, dtype=plain.name, frame_dtype=name)
    raise UnusableError(f"values of dtype {dtype}")


def _category(field: Input, column: Any, dtype: Any) -> Input:
    """The categories belong to the dtype, whatever the rows hold; what is private or too many stays behind."""
    from nbforge.runtime import pandas_columns

    own = dtype.categories
    plain = [pandas_columns.plain(value) for value in own.tolist()]
    kinds = {type(value) for value in plain}
    if not kinds <= {str, bool, int, float}:
        raise UnusableError(f"categories of dtype {own.dtype}")
    spec: dict[str, Any] = {
        "dtype": "category",
        "ordered": bool(dtype.ordered),
        "values": pandas_columns.name(own.dtype),
    }
    rows = len(column)
    if len(plain) > MAX_CATEGORIES or (rows >= MIN_ROWS and len(plain) > max(2, rows // 2)) or _private(plain):
        return replace(field, dtype=_plain_dtype(kinds), frame_dtype=spec)
    encoded = [labels.encode(value) for value in own.tolist()]
    if encoded != plain:
        spec["labels"] = encoded
    return replace(field, dtype="category", frame_dtype=spec, categories=tuple(plain))


def _plain_dtype(kinds: set[type]) -> str:
    if kinds == {bool}:
        return "bool"
    if kinds <= {int, float} and kinds:
        return "int64" if kinds == {int} else "float64"
    return "string"


def _objects(field: Input, column: Any) -> Input:
    cells = [value for value in column if not columns.is_null(value)]
    spec: dict[str, Any] = {"dtype": "object", "null": _null_of(column)}
    if not cells:
        return replace(field, dtype="string", frame_dtype={**spec, "of": "text"})
    kinds = {_kind(value) for value in cells}
    if kinds == {"int", "float"}:
        kinds = {"float"}
    if len(kinds) > 1:
        raise UnusableError(f"cells of several types ({', '.join(sorted(kinds))})")
    (kind,) = kinds
    if kind in ("list", "tuple", "array"):
        return _vectors(field, cells, kind, spec)
    if kind not in _DTYPES:
        raise UnusableError(f"cells of type {kind}")
    if kind in ("datetime", "timestamp") and len({value.tzinfo is None for value in cells}) == 1:
        spec["zoned"] = cells[0].tzinfo is not None
    return replace(field, dtype=_DTYPES[kind], frame_dtype={**spec, "of": kind})


def _vectors(field: Input, cells: Sequence[Any], kind: str, spec: dict[str, Any]) -> Input:
    arrays = [np.asarray(cell) for cell in cells]
    if any(array.ndim != 1 or array.dtype.kind not in "iuf" for array in arrays):
        raise UnusableError("cells that are no plain lists of numbers")
    if kind == "array":
        spec["element"] = arrays[0].dtype.name
    lengths = {len(array) for array in arrays}
    length = lengths.pop() if len(lengths) == 1 else None
    return replace(field, dtype="vector", frame_dtype={**spec, "of": kind}, length=length)


_DTYPES = {
    "text": "string",
    "bool": "bool",
    "int": "int64",
    "float": "float64",
    "date": "date",
    "datetime": "datetime",
    "timestamp": "datetime",
}
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    ((bool, np.bool_), "bool"),
    ((int, np.integer), "int"),
    ((float, np.floating), "float"),
    (dt.datetime, "datetime"),
    (dt.date, "date"),
    (list, "list"),
    (tuple, "tuple"),
    (np.ndarray, "array"),
)


def _kind(value: Any) -> str:
    if type(value).__name__ == "Timestamp":
        return "timestamp"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), type(value).__name__)


def _null_of(column: Any) -> str:
    """How this column writes null; where it never did, as pandas' readers do."""
    for value in column:
        if columns.is_null(value):
            return {"NoneType": "none", "NAType": "NA", "NaTType": "NaT"}.get(type(value).__name__, "nan")
    return "nan"


def _usual(field: Input, values: list[Any]) -> Input:
    """What training shows to be usual: range, categories, whole numbers."""
    present = [value for value in values if value is not None]
    if len(values) < MIN_ROWS or not present or field.dtype == "category":
        return field
    if field.dtype == "string":
        categories = _categories(present)
        return replace(field, categories=categories, longest=None if categories else max(map(len, present)))
    if field.dtype in ("datetime", "timedelta", "date"):
        low, high = _extremes_of_text(field, present)
        return replace(field, minimum=low, maximum=high)
    if field.dtype in ("bool", "vector"):
        return field
    numbers = [value for value in present if math.isfinite(value)]
    if not numbers:
        return field
    whole = field.dtype.startswith("float") and all(float(value).is_integer() for value in numbers)
    return replace(field, minimum=min(numbers), maximum=max(numbers), integer_like=whole)


def _extremes_of_text(field: Input, present: Sequence[str]) -> tuple[str, str]:
    from nbforge.runtime import instants

    read = instants.duration if field.dtype == "timedelta" else instants.instant
    ordered = sorted(present, key=lambda value: read(value, "us").astype(np.int64))
    return ordered[0], ordered[-1]


def _categories(present: Sequence[str]) -> tuple[str, ...] | None:
    """The texts of a column that tells kinds apart; none where they tell rows apart, are prose, or look private."""
    found = sorted(set(present))
    if len(found) > min(MAX_CATEGORIES, len(present) // 2) or _private(found):
        return None
    if any(len(text) > LONGEST_CATEGORY or len(text.split()) > 8 for text in found):
        return None
    return tuple(found)


def _private(values: Sequence[Any]) -> bool:
    return any(isinstance(value, str) and is_private(value) for value in values)


def is_private(text: str) -> bool:
    """Whether a text looks like a mail address, a long number, a password in a URL or a token."""
    return _PRIVATE.search(text) is not None
