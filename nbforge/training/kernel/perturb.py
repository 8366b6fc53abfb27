"""Other values for a column, of the same dtype, to see whether its values matter."""

from __future__ import annotations

from typing import Any

import numpy as np

PERTURBATIONS = ("permuted", "permuted again", "extremes", "swapped extremes", "beyond", "null")

UNSEEN = "nbforge-unseen"
"""A text that no training column is likely to hold."""


def perturbed(series: Any, kind: str) -> Any:
    """The column with other values; the dtype, the index and the length stay.

    Args:
        series: a Series.
        kind: one of :data:`PERTURBATIONS`. ``null`` is for columns that have nulls; others get another permutation.
    """
    if kind == "beyond":
        return _beyond(series)
    return series.take(order(series, kind)).set_axis(series.index)


def order(series: Any, kind: str) -> np.ndarray:
    """For the kinds that need no new values: which row each row takes its value from."""
    if kind == "extremes":
        return _extremes(series, swap=False)
    if kind == "swapped extremes":
        return _extremes(series, swap=True)
    if kind == "null" and series.isna().any():
        return np.full(len(series), int(np.flatnonzero(series.isna().to_numpy())[0]))
    return _permutation(len(series), PERTURBATIONS.index(kind))


def _permutation(n: int, seed: int) -> np.ndarray:
    """A cyclic shift of a random order: no row keeps its own place."""
    shuffled = np.random.default_rng(seed).permutation(n)
    other = np.empty_like(shuffled)
    other[shuffled] = np.roll(shuffled, 1)
    return other


def _extremes(series: Any, *, swap: bool) -> np.ndarray:
    """Every other row gets the least value, the rest the greatest; ``swap`` the other way round."""
    places = np.flatnonzero(series.notna().to_numpy())
    if not len(places):
        return np.arange(len(series))
    present = series.take(places)
    try:
        ranks = np.argsort(present.to_numpy(), kind="stable")
    except TypeError:
        ranks = np.array(sorted(range(len(present)), key=lambda at: str(present.iloc[at])))
    odd = np.arange(len(series)) % 2 == (1 if swap else 0)
    return np.asarray(np.where(odd, places[ranks[0]], places[ranks[-1]]))


def _beyond(series: Any) -> Any:
    """Numbers outside of training's range that the dtype holds; a text that training never saw; others reversed."""
    dtype = series.dtype
    if str(dtype) in ("object", "str", "string"):
        texts = series.map(lambda value: UNSEEN if isinstance(value, str) else value)
        return texts.astype(dtype)
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iuf":
        return series.iloc[::-1].set_axis(series.index)
    values = series.to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    span = high - low + 1.0
    outside = np.where(np.arange(len(values)) % 2, low - span, high + span)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        outside = np.clip(outside, max(limits.min, -(2.0**53)), min(limits.max, 2.0**53))
    return type(series)(outside.astype(dtype), index=series.index, name=series.name)
