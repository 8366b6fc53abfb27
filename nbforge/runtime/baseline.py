"""The training distribution of one column, as additive counts: computed in the kernel, compared with in the service.

Counts over the same bins add up over replicas and over time. Bin ``i`` of a number holds ``edges[i-1] <= x <
edges[i]``; a category that is not listed counts as ``other``. Whatever is not a finite number, or null, counts as
``missing``.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

MAX_CATEGORIES = 50
LONGEST_CATEGORY = 64
BINS = 10
OTHER, MISSING = "_other", "_missing"

_CATEGORICAL = {"string", "category", "bool", "label", "text"}
_NUMERIC_FROM_NUMPY = 64
"""From this many values on, numpy's search is faster than a loop."""

Baseline = Mapping[str, Any]


def compute(values: Sequence[object], dtype: str) -> dict[str, Any]:
    """Count a training column.

    Args:
        values: the column as JSON values (dates as ISO text); ``None`` or NaN is missing.
        dtype: the contract's dtype; for a prediction its kind.

    Returns:
        ``{"kind": "numeric", "edges", "counts", "missing"}`` with decile edges and one count more than edges, or
        ``{"kind": "category", "categories", "counts", "other", "missing"}``: at most 50 categories, by
        frequency, and none at all of a near-unique column, whose values would name rows.
    """
    if dtype in _CATEGORICAL:
        return _categories(values)
    numbers = [number for number in map(_number, values) if number is not None]
    edges = _deciles(numbers)
    empty: dict[str, Any] = {"kind": "numeric", "edges": edges, "counts": [], "missing": 0}
    counts = bin_counts(empty, values)
    return {**empty, "counts": counts[:-1], "missing": counts[-1]}


def _categories(values: Sequence[object]) -> dict[str, Any]:
    names = [name for name in map(_name, values) if name is not None]
    frequency = Counter(names)
    listed: list[tuple[str, int]] = []
    if len(frequency) <= max(2, len(names) // 2):
        usable = [(n, c) for n, c in frequency.items() if len(n) <= LONGEST_CATEGORY and n not in (OTHER, MISSING)]
        listed = sorted(usable, key=lambda item: (-item[1], item[0]))[:MAX_CATEGORIES]
    return {
        "kind": "category",
        "categories": [name for name, _ in listed],
        "counts": [count for _, count in listed],
        "other": len(names) - sum(count for _, count in listed),
        "missing": len(values) - len(names),
    }


def _deciles(numbers: list[float]) -> list[float]:
    if not numbers:
        return []
    ordered = sorted(numbers)
    edges = sorted({ordered[i * len(ordered) // BINS] for i in range(1, BINS)})
    # A value that many rows share gets a bin of its own, so that a shift beyond it is seen.
    if edges[-1] == ordered[-1]:
        edges.append(math.nextafter(edges[-1], math.inf))
    return edges


def size(baseline: Baseline) -> int:
    """Number of bins, with ``other`` and ``missing``."""
    return len(labels(baseline))


def labels(baseline: Baseline) -> list[str]:
    """A name for each bin, in the order of :func:`bin_counts`."""
    if baseline["kind"] == "category":
        return [*baseline["categories"], OTHER, MISSING]
    edges = [-math.inf, *baseline["edges"], math.inf]
    return [f"[{_short(low)},{_short(high)})" for low, high in pairwise(edges)] + [MISSING]


def training_counts(baseline: Baseline) -> list[int]:
    """The training counts in the order of :func:`labels`."""
    counts = [int(count) for count in baseline["counts"]]
    if baseline["kind"] == "category":
        return [*counts, int(baseline["other"]), int(baseline["missing"])]
    return [*counts, int(baseline["missing"])]


def bin_of(baseline: Baseline, value: object) -> int:
    """The bin of one JSON value."""
    if baseline["kind"] == "category":
        categories = baseline["categories"]
        name = _name(value)
        if name is None:
            return len(categories) + 1
        return categories.index(name) if name in categories else len(categories)
    number = _number(value)
    edges = baseline["edges"]
    return len(edges) + 1 if number is None else bisect_right(edges, number)


def bin_counts(baseline: Baseline, values: Sequence[object]) -> list[int]:
    """How many values fall into each bin, in the order of :func:`labels`."""
    if baseline["kind"] == "category":
        return _category_counts(baseline["categories"], values)
    edges = baseline["edges"]
    counts = [0] * (len(edges) + 2)
    if len(values) < _NUMERIC_FROM_NUMPY:
        for value in values:
            counts[bin_of(baseline, value)] += 1
        return counts
    import numpy as np

    numbers = np.array([math.nan if n is None else n for n in map(_number, values)], dtype="float64")
    missing = np.isnan(numbers)
    found = np.searchsorted(np.asarray(edges, dtype="float64"), numbers[~missing], side="right")
    counts[: len(edges) + 1] = np.bincount(found, minlength=len(edges) + 1).tolist()
    counts[-1] = int(missing.sum())
    return counts


def _category_counts(categories: Sequence[str], values: Sequence[object]) -> list[int]:
    seen = Counter(map(_name, values))
    missing = seen.pop(None, 0)
    listed = [seen.pop(name, 0) for name in categories]
    return [*listed, sum(seen.values()), missing]


def _number(value: object) -> float | None:
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None  # type: ignore[arg-type,return-value]
    if kind is int or kind is bool:
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:
            return None
    if isinstance(value, str):
        return _moment(value)
    return None


def _moment(text: str) -> float | None:
    """Seconds since 1970 of an ISO date or time; without a zone it is read as UTC, so that hosts agree."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _name(value: object) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _short(edge: float) -> str:
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(edge) or repr(edge)
