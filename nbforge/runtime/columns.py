"""One column: JSON values to the exact array that the model was trained on, and back.

``frame_dtype`` in the contract says which array. A string is a dtype of numpy, or of pandas where numpy has no such.
A mapping says more than a dtype can::

    {"dtype": "object",
     "of": "text" | "int" | "float" | "bool" | "date" | "datetime" | "timestamp" | "list" | "tuple" | "array" | "json",
     "null": "none" | "nan" | "NA" | "NaT", "element": dtype of an "array",
     "zoned": whether instants have a time zone}
    {"dtype": "category", "ordered": bool, "values": dtype of the categories,
     "labels": [...] where they are no JSON values}

JSON values are text, numbers, booleans, ``null``; instants and durations are ISO 8601 text
(:mod:`nbforge.runtime.instants`).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nbforge.runtime import instants
from nbforge.runtime.contract import Input

Array = Any
"""A numpy array or a pandas extension array, one-dimensional."""


def decoder(field: Input) -> Callable[[Sequence[Any]], Array]:
    """What makes a field's array of its JSON values.

    The function raises :class:`ValueError`, :class:`TypeError` or :class:`OverflowError` for values that the dtype
    cannot hold.
    """
    kind = field.frame_dtype
    if isinstance(kind, Mapping):
        if kind["dtype"] == "object":
            return _object_decoder(kind)
        return _pandas().category_decoder(kind, field.categories)  # type: ignore[no-any-return]
    dtype = _numpy_dtype(kind)
    if dtype is None:
        return _pandas().decoder(kind)  # type: ignore[no-any-return]
    if dtype.kind in "iufb":
        return lambda values: np.array(values, dtype=dtype)
    if dtype.kind in "MmU":
        unit = np.datetime_data(dtype)[0] if dtype.kind != "U" else ""
        if dtype.kind == "U":
            return lambda values: np.array(values, dtype=np.str_)
        return lambda values: (instants.instants if dtype.kind == "M" else instants.durations)(values, unit)
    raise ValueError(f"no column of dtype {kind}")


def bare_decoder(field: Input) -> Callable[[Sequence[Any]], np.ndarray] | None:
    """:func:`decoder` without pandas: texts and categories become objects; ``None`` where pandas alone has such."""
    kind = field.frame_dtype
    if isinstance(kind, Mapping) and kind["dtype"] == "category":
        known = field.categories
        if not known or "labels" in kind or not all(isinstance(each, str) for each in known):
            return None
        words = {each: each for each in known}
        return lambda values: _objects([words.get(value, np.nan) for value in values])
    if not isinstance(kind, Mapping) and _numpy_dtype(kind) is None:
        if not re.fullmatch(r"string\[\w+,nan\]|str", kind):
            return None
        return lambda values: _objects([np.nan if value is None else value for value in values])
    return decoder(field)


def encode(field: Input, column: Array) -> list[Any]:
    """JSON values of a column (array or Series), such that :func:`decoder` gives the same array back."""
    kind = field.frame_dtype
    if isinstance(kind, Mapping):
        if kind["dtype"] == "object":
            encode_one = _ENCODERS[kind["of"]]
            return [None if is_null(value) else encode_one(value) for value in column]
        return _pandas().category_values(column, field.categories)  # type: ignore[no-any-return]
    dtype = _numpy_dtype(kind)
    if dtype is None:
        return _pandas().values(column)  # type: ignore[no-any-return]
    array = np.asarray(column)
    if dtype.kind == "M":
        return [instants.instant_text(value) for value in array]
    if dtype.kind == "m":
        return [instants.duration_text(value) for value in array]
    values: list[Any] = array.tolist()
    return [None if math.isnan(value) else value for value in values] if dtype.kind == "f" else values


def is_null(value: Any) -> bool:
    """Whether a cell holds nothing: ``None``, NaN, NaT or NA."""
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return type(value).__name__ in ("NAType", "NaTType")


def _numpy_dtype(kind: str) -> np.dtype[Any] | None:
    try:
        dtype = np.dtype(kind)
    except TypeError:
        return None
    # "str" is numpy's name for its fixed-width text and pandas' name for its own; only an array's column is numpy's.
    return dtype if kind != "str" else None


def _pandas() -> Any:
    from nbforge.runtime import pandas_columns

    return pandas_columns


def _object_decoder(kind: Mapping[str, Any]) -> Callable[[Sequence[Any]], np.ndarray]:
    convert = _decode_array(kind) if kind["of"] == "array" else _DECODERS[kind["of"]]
    if "zoned" in kind:
        convert = _zoned(convert, wanted=kind["zoned"])
    null = _null(kind.get("null", "none"))

    def decode(values: Sequence[Any]) -> np.ndarray:
        array = np.empty(len(values), dtype=object)
        for row, value in enumerate(values):
            array[row] = null if value is None else convert(value)
        return array

    return decode


def _objects(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _decode_array(kind: Mapping[str, Any]) -> Callable[[Any], Any]:
    element = np.dtype(kind["element"])
    return lambda value: np.array(value, dtype=element)


def _zoned(convert: Callable[[Any], Any], *, wanted: bool) -> Callable[[Any], Any]:
    """Instants as the model knows them, with a zone or without; UTC where there is a choice."""

    def read(value: Any) -> Any:
        moment = convert(value)
        if wanted == (moment.tzinfo is not None):
            return moment
        return moment.replace(tzinfo=dt.UTC) if wanted else moment.astimezone(dt.UTC).replace(tzinfo=None)

    return read


def _null(name: str) -> Any:
    if name in ("none", "nan"):
        return None if name == "none" else np.nan
    import pandas as pd

    return pd.NaT if name == "NaT" else pd.NA


def _datetime(value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def _timestamp(value: Any) -> Any:
    import pandas as pd

    return pd.Timestamp(value)


def _same(value: Any) -> Any:
    return value


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "text": _same,
    "json": _same,
    "int": int,
    "float": float,
    "bool": bool,
    "date": _date,
    "datetime": _datetime,
    "timestamp": _timestamp,
    "list": list,
    "tuple": tuple,
}

_ENCODERS: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "json": _same,
    "int": int,
    "float": float,
    "bool": bool,
    "date": dt.date.isoformat,
    "datetime": dt.datetime.isoformat,
    "timestamp": dt.datetime.isoformat,
    "list": list,
    "tuple": list,
    "array": np.ndarray.tolist,
}
