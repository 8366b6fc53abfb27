"""What a prediction costs, learned from the calls themselves: seconds = fixed + each * rows.

Sizes are kept apart by powers of two, each with a running mean, so that an hour of single rows does not wash away what
a batch was seen to cost; a straight line through them, relative errors weighing alike, gives the two numbers. It has at
most a few dozen points and is drawn anew after every call: microseconds beside a call's milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

_MEMORY = 16
"""Calls of a size that its mean looks back on."""
_OUTLIER = 4.0
"""Times its mean that one call counts for at most: a paused process is no dearer model."""
_STEP, _FIRST = 4, 64
"""A merged call has at most so many times the rows of any before it, since what lies further off is not known; and the
rows that the first one may have.
"""
_WORTH = 10.0
"""Times its fixed cost that a merged call may take: by then nine tenths of the best throughput are reached."""
_SHORT, _LONG = 0.01, 1.0
"""Seconds that a merged call may always take; beyond which it takes no more than twice its fixed cost."""


@dataclass(slots=True)
class _Size:
    rows: float
    seconds: float
    seen: int = 1

    def note(self, rows: int, seconds: float) -> None:
        self.seen = min(self.seen + 1, _MEMORY)
        self.rows += (rows - self.rows) / self.seen
        self.seconds += (min(seconds, _OUTLIER * self.seconds) - self.seconds) / self.seen


class Cost:
    """The cost of a model call. One thread notes, any reads."""

    def __init__(self) -> None:
        self.fixed = 0.0
        self.each = 0.0
        self._sizes: dict[int, _Size] = {}
        self._most = _FIRST // _STEP

    def note(self, rows: int, seconds: float) -> None:
        """Learn from a call."""
        size = self._sizes.get(rows.bit_length())
        if size is None:
            self._sizes[rows.bit_length()] = _Size(float(rows), seconds)
        else:
            size.note(rows, seconds)
        self._most = max(self._most, rows)
        self._draw()

    def seconds(self, rows: int) -> float:
        """What a call of so many rows is expected to take."""
        return self.fixed + self.each * rows

    def rows(self) -> int:
        """Most rows that are worth merging into one call."""
        most = _STEP * self._most
        if not self.each:
            return most
        allowed = max(_SHORT, 2 * self.fixed, min(_WORTH * self.fixed, _LONG))
        return max(1, min(most, int((allowed - self.fixed) / self.each)))

    def _draw(self) -> None:
        weight = rows = seconds = squares = products = 0.0
        for size in self._sizes.values():
            w = size.seen / max(size.seconds, 1e-9) ** 2
            weight += w
            rows += w * size.rows
            seconds += w * size.seconds
            squares += w * size.rows * size.rows
            products += w * size.rows * size.seconds
        spread = weight * squares - rows * rows
        each = (weight * products - rows * seconds) / spread if spread > 1e-9 * weight * squares else 0.0
        fixed = (seconds - each * rows) / weight
        if fixed < 0:  # a line through the origin
            fixed, each = 0.0, products / squares
        self.fixed, self.each = (fixed, each) if each > 0 else (seconds / weight, 0.0)
