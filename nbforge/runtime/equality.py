"""Whether the service answered what the notebook answered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbforge.runtime.answers import Answers

DOUBLE = 1e-9
SINGLE = 1e-5
LAST_BITS = 0b11111


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not equal; ``pointer`` is a JSON pointer into the answers, e.g. ``/probabilities/3/yes``."""

    row: int
    pointer: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"row {self.row}, {self.pointer}: expected {self.expected!r}, got {self.got!r}"


def tolerance(answers: Answers) -> float:
    """The design's relative tolerance ``r``: 1e-9, or 1e-5 where the answers are 32-bit floats."""
    return SINGLE if answers.single or _from_singles(answers) else DOUBLE


def _from_singles(answers: Answers) -> bool:
    """Whether the floats show that they were 32-bit before ``.tolist()`` or ``float()`` made Python's own of them.

    A 64-bit result fits into 32 bits once in 2**29; a 32-bit one has all of its last five bits zero once in 2**5, which
    a short number such as 0.5 or 100001.0 has always.
    """
    floats = np.asarray(list(_floats([*answers.predictions, *(answers.probabilities or ())])), dtype=np.float64)
    floats = floats[np.isfinite(floats) & (np.abs(floats) < np.finfo(np.float32).max)]
    coarse = floats.astype(np.float32)
    if not len(floats) or not np.array_equal(coarse.astype(np.float64), floats):
        return False
    return bool(np.count_nonzero(coarse.view(np.uint32) & LAST_BITS) * 2 > len(coarse))


def _floats(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _floats(each)


def same(expected: Answers, got: Answers, exact: bool, r: float = DOUBLE) -> list[Difference]:
    """The differences; none means equal.

    Args:
        expected: the notebook's.
        got: the service's.
        exact: bit for bit (NaN equals NaN, 0.0 does not equal -0.0). Otherwise numbers are equal where
            ``|a - b| <= r * max(|a|, |b|) + r * scale``, ``scale`` being the largest finite ``|prediction|`` over the
            rows of the same output (for probabilities: 1), and a label may differ where its two top probabilities tie
            within that.
        r: relative tolerance, see :func:`tolerance`.
    """
    if len(expected) != len(got):
        return [Difference(min(len(expected), len(got)), "/predictions", len(expected), len(got))]
    if (expected.probabilities is None) != (got.probabilities is None):
        return [Difference(0, "/probabilities", expected.probabilities is not None, got.probabilities is not None)]
    scales: dict[str, float] = {}
    if not exact:
        for prediction in expected.predictions:
            _measure(prediction, "", scales)
    found = []
    for row, (a, b) in enumerate(zip(expected.predictions, got.predictions, strict=True)):
        tied = not exact and _tied(expected, got, row, r)
        for pointer, x, y in _compare(a, b, "", exact, r, scales):
            if not (tied and pointer == ""):
                found.append(Difference(row, f"/predictions/{row}{pointer}", x, y))
    for row, (p, q) in enumerate(zip(expected.probabilities or (), got.probabilities or (), strict=True)):
        ones = dict.fromkeys((_step("", name) for name in p), 1.0)
        found += [
            Difference(row, f"/probabilities/{row}{pointer}", x, y)
            for pointer, x, y in _compare(p, q, "", exact, r, ones)
        ]
    return found


def _step(pointer: str, key: object) -> str:
    """Positions in a vector share one scale, as the rows of one output do; the names of a record do not."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _measure(value: Any, pointer: str, scales: dict[str, float]) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _measure(each, _step(pointer, key), scales)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            _measure(each, _step(pointer, position), scales)
    elif _number(value) and abs(value) < float("inf"):
        scales[pointer] = max(scales.get(pointer, 0.0), abs(value))


def _compare(
    a: Any, b: Any, pointer: str, exact: bool, r: float, scales: dict[str, float]
) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(a, dict) and isinstance(b, dict):
        if list(a) != list(b):
            yield pointer, list(a), list(b)
            return
        for key in a:
            yield from _compare(a[key], b[key], _step(pointer, key), exact, r, scales)
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield pointer, len(a), len(b)
            return
        for position, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _compare(x, y, _step(pointer, position), exact, r, scales)
    elif not _equal(a, b, exact, r, scales.get(pointer, 0.0)):
        yield pointer, a, b


def _equal(a: Any, b: Any, exact: bool, r: float, scale: float) -> bool:
    if exact or not (_number(a) and _number(b)) or (isinstance(a, int) and isinstance(b, int)):
        # repr tells -0.0 from 0.0, 1 from 1.0 and True from 1, and gives every float a text of its own; NaN equals NaN.
        return type(a) is type(b) and repr(a) == repr(b)
    return bool(a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= r * max(abs(a), abs(b)) + r * scale)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _tied(expected: Answers, got: Answers, row: int, r: float) -> bool:
    """Whether the two labels are the top two of this row, closer to each other than the tolerance."""
    for probabilities in (expected.probabilities, got.probabilities):
        ranked = sorted(probabilities[row].values(), reverse=True) if probabilities is not None else []
        if len(ranked) > 1 and ranked[0] - ranked[1] <= r * ranked[0] + r:
            return True
    return False
