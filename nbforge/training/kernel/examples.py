"""Example records: made of what is typical of each column alone, so that none is a row of the training data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbforge.runtime import instants

from . import written
from .facts import Facts

COUNT = 3
_QUANTILES = (0.5, 0.25, 0.75)
_TEXTS = ("Some text", "Another text", "A third text")


def synthetic(fields: Mapping[str, Facts]) -> list[dict[str, Any]]:
    """Three records of the required fields: medians, quartiles, frequent categories, of each column by itself."""
    return [{name: _typical(each, at) for name, each in fields.items()} for at in range(COUNT)]


def fill(each: Facts) -> list[Any]:
    """What may stand in for a column whose value does not matter, the most neutral first; never one row's own."""
    field = each.field
    found: list[Any] = [None] if field.nullable else []
    if field.categories:
        return [*found, _typical(each, 0)]
    if field.dtype == "string":
        return [*found, "", _typical(each, 0)]
    if field.dtype == "bool":
        return [*found, False, True]
    return [*found, _typical(each, 0)]


def _typical(each: Facts, at: int) -> Any:
    field, present = each.field, [value for value in each.values if value is not None]
    if field.categories is not None:
        counted = Counter(value for value in present if value in field.categories)
        frequent = [value for value, _ in counted.most_common(COUNT)] or list(field.categories)
        return frequent[at % len(frequent)]
    if field.dtype == "bool":
        return at % 2 == 0 if not present else sorted(set(present))[at % len(set(present))]
    if field.dtype == "vector":
        return _vector(field.length, present, at)
    if field.dtype in ("datetime", "date", "timedelta"):
        return _moment(field.dtype, field.minimum, field.maximum, at)
    if field.dtype == "string":
        return written.alike(present, _QUANTILES[at]) or _TEXTS[at]
    return _number(field.dtype, present, at)


def _number(dtype: str, present: Sequence[Any], at: int) -> Any:
    finite = np.array([value for value in present if abs(value) < float("inf")], dtype=float)
    value = float(np.quantile(finite, _QUANTILES[at])) if len(finite) else float(at)
    if dtype.startswith("float"):
        if len(finite) and all(number.is_integer() for number in finite[:1000].tolist()):
            return float(round(value))
        return float(f"{value:.3g}") if not len(finite) else _within(float(f"{value:.3g}"), finite)
    return round(value)


def _within(value: float, finite: Any) -> float:
    """Rounding must not leave training's range."""
    return float(min(max(value, finite.min()), finite.max()))


def _vector(length: int | None, present: Sequence[Any], at: int) -> list[float]:
    if length is None or not present:
        return [0.0] * (length or 3)
    return [float(f"{value:.3g}") for value in np.quantile(np.array(present, dtype=float), _QUANTILES[at], axis=0)]


def _moment(dtype: str, low: Any, high: Any, at: int) -> str:
    """A whole day, or second, between the first and the last of training."""
    if dtype == "timedelta":
        first, last = (instants.duration(value or "PT0S", "s").astype(np.int64) for value in (low, high))
        return str(instants.duration_text(np.timedelta64(int(first + (last - first) * _QUANTILES[at]), "s")))
    first, last = (instants.instant(value or "2026-01-01", "s").astype(np.int64) for value in (low, high))
    second = np.datetime64(int(first + (last - first) * _QUANTILES[at]), "s").astype("datetime64[D]")
    return str(second) if dtype == "date" else str(instants.instant_text(second.astype("datetime64[s]")))
