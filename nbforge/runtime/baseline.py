"""The training distribution of one column, as additive counts: computed in the kernel, compared with in the service.

Counts over the same bins add up over replicas and over time. Bin ``i`` of a number holds ``edges[i-1] <= x <
edges[i]``; the first and the last hold what lies below and above all of training. A category that is not listed counts
as ``other``. Whatever is not a finite number, or null, counts as ``missing``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nbforge.runtime.bins import bins, category, number

MAX_CATEGORIES = 50
LONGEST_CATEGORY = 64
QUANTILES = 10
FEW_VALUES = 20
"""Numbers of at most so many different values have a bin for each."""
OTHER, MISSING = "_other", "_missing"
PREDICTION = "prediction"
"""The field that the model's answers are."""
PROBABILITY = "prediction:probability"
"""The field that the highest probability of each answer is."""
FEATURE = "feature:"
"""What an engineered feature's field begins with."""
LIVE = "live"
"""``reference`` of a field whose first live windows are what later ones are compared with."""

_CATEGORICAL = {"string", "category", "bool", "label", "text"}

Baseline = Mapping[str, Any]


def compute(values: Sequence[object], dtype: str, noise: float = 0.0) -> dict[str, Any]:
    """Count a training column.

    Args:
        values: the column as JSON values (dates as ISO text); ``None`` or NaN is missing.
        dtype: the contract's dtype; for a prediction its kind.
        noise: how far the same number may be off where the service computes it, in parts of the largest: it is counted
            in the same bin then, too.

    Returns:
        ``{"kind": "numeric", "edges", "counts", "missing"}`` with one count more than edges, or ``{"kind": "category",
        "categories", "counts", "other", "missing"}``: at most 50 categories, by frequency, and none at all of a
        near-unique column, whose values would name rows.
    """
    if dtype in _CATEGORICAL:
        return _categories(values)
    numbers = sorted(found for found in map(number, values) if found is not None)
    empty: dict[str, Any] = {"kind": "numeric", "edges": _edges(numbers, noise), "counts": [], "missing": 0}
    counts = bin_counts(empty, values)
    return {**empty, "counts": counts[:-1], "missing": counts[-1]}


def _categories(values: Sequence[object]) -> dict[str, Any]:
    names = [name for name in map(category, values) if name is not None]
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


def _edges(ordered: list[float], noise: float) -> list[float]:
    """Deciles between the least and the greatest value; a value that many rows share gets a bin of its own."""
    if not ordered:
        return []
    off = noise * max(abs(ordered[0]), abs(ordered[-1]))
    frequency = Counter(ordered)
    if len(frequency) <= FEW_VALUES:
        first = set(frequency)
        after = set()
    else:
        first = {ordered[i * len(ordered) // QUANTILES] for i in range(QUANTILES)}
        after = {edge for edge in first if frequency[edge] * QUANTILES >= len(ordered)}
    ends = {math.nextafter(value + off, math.inf) for value in after | {ordered[-1]}}
    return sorted(edge for edge in {value - off for value in first} | ends if edge < math.inf)


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


def bin_counts(baseline: Baseline, values: Sequence[object]) -> list[int]:
    """How many values fall into each bin, in the order of :func:`labels`."""
    own = bins(baseline)
    counts: list[int] = np.bincount(np.asarray(own.many(values), dtype=np.intp), minlength=own.size).tolist()
    return counts


def _short(edge: float) -> str:
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(edge) or repr(edge)
