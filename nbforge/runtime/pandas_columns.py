"""Columns that only pandas has: its text, nullable, categorical, zoned, period, sparse and Arrow dtypes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nbforge.runtime import instants, labels


def decoder(kind: str) -> Callable[[Sequence[Any]], Any]:
    """What makes an extension array of dtype ``kind`` of JSON values."""
    dtype = parse(kind)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return lambda values: (
            pd.DatetimeIndex(instants.instants(values, dtype.unit), tz="UTC").tz_convert(dtype.tz).array
        )
    if isinstance(dtype, pd.SparseDtype):
        return lambda values: pd.arrays.SparseArray(np.array(values, dtype=dtype.subtype), dtype=dtype)
    return lambda values: pd.array(list(values), dtype=dtype)


def values(column: Any) -> list[Any]:
    """JSON values of an extension column."""
    series = column if isinstance(column, pd.Series) else pd.Series(column)
    dtype = series.dtype
    if isinstance(dtype, pd.SparseDtype):
        series = pd.Series(np.asarray(series))
    null = series.isna()
    if isinstance(dtype, pd.DatetimeTZDtype):
        return [None if missing else value.isoformat() for value, missing in zip(series, null, strict=True)]
    if isinstance(dtype, pd.PeriodDtype):
        return [None if missing else str(value) for value, missing in zip(series, null, strict=True)]
    cells = series.astype(object).tolist()
    return [None if missing else plain(value) for value, missing in zip(cells, null, strict=True)]


def plain(value: Any) -> Any:
    """A cell as a JSON value: instants, durations and intervals as text."""
    if isinstance(value, pd.Timedelta):
        return instants.duration_text(value.to_timedelta64())
    if isinstance(value, (pd.Interval, pd.Period)):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def parse(kind: str) -> Any:
    """The pandas dtype of that name; ``string[NA]`` style names are those of :func:`name`."""
    if kind.startswith("string["):
        storage, missing = kind[len("string[") : -1].split(",")
        if missing == "nan":
            return pd.StringDtype(storage, na_value=np.nan)
        return pd.StringDtype(storage)
    return pd.api.types.pandas_dtype(kind)


def name(dtype: Any) -> str:
    """A name that :func:`parse` turns into an equal dtype; a text dtype's carries its storage and null."""
    if isinstance(dtype, pd.StringDtype):
        missing = "nan" if getattr(dtype, "na_value", pd.NA) is not pd.NA else "NA"
        return f"string[{dtype.storage},{missing}]"
    return str(dtype)


def category_decoder(kind: Mapping[str, Any], categories: tuple[Any, ...] | None) -> Callable[[Sequence[Any]], Any]:
    """What makes a categorical of JSON values; a value that is no category becomes null, as it does in pandas."""
    if categories is None:
        return lambda values: pd.Categorical(list(values), ordered=kind["ordered"])
    own = [labels.decode(label) for label in kind["labels"]] if "labels" in kind else list(categories)
    dtype = pd.CategoricalDtype(_index(own, kind["values"]), ordered=kind["ordered"])
    codes = {(type(value) is bool, value): code for code, value in enumerate(categories)}

    def decode(values: Sequence[Any]) -> Any:
        found = [codes.get((type(value) is bool, value), -1) for value in values]
        return pd.Categorical.from_codes(found, dtype=dtype)

    return decode


def category_values(column: Any, categories: tuple[Any, ...] | None) -> list[Any]:
    """JSON values of a categorical: each category as the contract lists it."""
    categorical: Any = column.array if isinstance(column, pd.Series) else column
    if categories is None:
        return values(pd.Series(np.asarray(categorical)))
    return [None if code < 0 else categories[code] for code in categorical.codes]


def _index(values: list[Any], kind: str) -> Any:
    if kind.startswith("interval"):
        return pd.IntervalIndex(values, dtype=parse(kind))
    return pd.Index(values, dtype=parse(kind))
