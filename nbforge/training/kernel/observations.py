"""The values that one expression had while one statement ran, and whether they say anything."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cloudpickle

from .alignment import same
from .contexts import OF_ROWS, Parts
from .replaying import Called, Learned, Replay

MOST_EVALUATIONS = 10_000
"""An expression with more different values than these is about single rows."""


class Seen(enum.Enum):
    """Stands for a value that need not be kept.

    One that holds an entry a row, which scoring recomputes, or one that no service could hold, such as a figure.
    """

    OF_ROWS = "rows"
    OTHER = "other"


@dataclass(slots=True)
class Observation:
    """What one expression showed, by what its evaluations can be told apart by.

    ``settled``: its value is of no use as state. ``of_rows``: a function that it stands in was given rows.
    """

    values: dict[Parts, Any] = field(default_factory=dict)
    fitted: dict[Parts, Any] = field(default_factory=dict)
    learned: dict[Parts, tuple[Replay, Learned]] = field(default_factory=dict)
    settled: bool = False
    of_rows: bool = False
    varied: bool = False

    def add(self, parts: Parts, value: Any) -> None:
        """One more evaluation."""
        self.of_rows = self.of_rows or any(item.kind in OF_ROWS for item in parts)
        if self.settled:
            return
        first = next(iter(self.values.values()), value)
        self.varied = self.varied or not equal(first, value)
        full = len(self.values) >= MOST_EVALUATIONS
        if full and not self.varied:
            return
        if full or isinstance(value, Seen) or value is None or not equal(self.values.setdefault(parts, value), value):
            self.settled = True
            self.values.clear()

    def add_fitted(self, parts: Parts, fitted: Any) -> None:
        """What a ``fit`` left."""
        if not alike(self.fitted.setdefault(parts, fitted), fitted):
            self.fitted[parts] = None  # fitted twice with nothing to tell one from the other

    def add_learned(self, parts: Parts, replays: Iterable[Replay], called: Called) -> None:
        """What the first replay that knows the call learned."""
        for replay in replays:
            learned = replay.learn(called)
            if learned is not None:
                known = self.learned.setdefault(parts, (replay, learned))
                if not equal(known[1].state, learned.state):
                    self.give_up()
                return

    def give_up(self) -> None:
        """Nothing of this expression is of use."""
        self.settled = True
        self.values.clear()
        self.learned.clear()


def merged(observations: Sequence[Observation]) -> Observation | None:
    """What several statements showed of an expression that they share, in a function that each of them calls."""
    if len(observations) < 2:
        return next(iter(observations), None)
    whole = Observation(of_rows=any(each.of_rows for each in observations))
    for each in observations:
        whole.settled = whole.settled or each.settled
        for parts, value in each.values.items():
            whole.add(parts, value)
        for parts, fitted in each.fitted.items():
            whole.add_fitted(parts, fitted)
        for parts, learned in each.learned.items():
            if not equal(whole.learned.setdefault(parts, learned)[1].state, learned[1].state):
                whole.give_up()
                return whole
    if whole.settled:
        whole.values.clear()
    return whole


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same to scoring."""
    if left is right:
        return True
    try:
        if isinstance(left, dict) and isinstance(right, dict):
            return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
        if hasattr(left, "__len__") and not isinstance(left, str):
            return bool(same(left, right))
        return bool(left == right) or (left != left and right != right)  # noqa: PLR0124 - NaN is the same as NaN
    except Exception:  # noqa: BLE001 - values that cannot be compared count as different
        return False


def alike(left: Any, right: Any) -> bool:
    """Whether two fitted objects are the same, as far as pickling shows."""
    if left is right:
        return True
    try:
        return type(left) is type(right) and cloudpickle.dumps(left) == cloudpickle.dumps(right)
    except Exception:  # noqa: BLE001 - what cannot be pickled is kept as a state of its own, and saving it tells why it cannot be
        return False
