"""What the prediction really needs of each column, found by trying.

A column is *required* when some other value of it changes an answer; *ignored* when the frame may come without it;
*filled* when it must be there but its value does not matter. Answers are compared bit for bit.

Trying is by groups. Values are tried on copies of a sample laid below each other, a copy a column, all in one call.
Only what survives that, most often the few columns that are not needed, is tried one group after the other, on more
rows. Whatever is not settled in time counts as required, which is always safe.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nbforge.runtime.answers import Answers

from .perturb import PERTURBATIONS, order, perturbed

SECONDS, PATIENCE = 15.0, 2
SCREEN_ROWS, FEWEST_ROWS = 60, 12
SCREEN_CELLS, CHUNK_CELLS = 12_000, 2_000_000

Answer = Callable[[Any], Answers]
Label = Hashable


@dataclass(frozen=True, slots=True)
class Roles:
    """Labels of the columns; together all of the frame's. ``settled``: whether there was time to try everything.

    ``untried``: those that were to be tried first and for which not even then there was time.
    """

    required: tuple[Label, ...]
    filled: tuple[Label, ...]
    ignored: tuple[Label, ...]
    settled: bool
    untried: tuple[Label, ...] = ()


def find_roles(
    frame: Any, answer: Answer, screen: Sequence[int], seconds: float = SECONDS, first: Sequence[Label] = ()
) -> Roles:
    """Tries what each column of ``frame`` is for.

    Args:
        frame: a DataFrame of rows that cover extremes, categories and nulls; it is not modified.
        answer: answers for a frame, which it leaves as it is; it may raise.
        screen: positions of the rows that the first, widest trial uses.
        seconds: time for all of it.
        first: labels to try before all others.
    """
    trial = _Trial(frame, answer, seconds)
    labels = list(frame.columns)
    ignored, filled = trial.unneeded([label for label in labels if label in first], [])
    untried = () if trial.settled else tuple(first)
    candidates = [label for label in trial.screened(screen) if label not in first]
    more, named = trial.unneeded(candidates, ignored)
    ignored, filled = [*ignored, *more], [*filled, *named]
    required = [label for label in labels if label not in ignored and label not in filled]
    return Roles(tuple(required), tuple(filled), tuple(ignored), trial.settled, untried)


class _Trial:
    def __init__(self, frame: Any, answer: Answer, seconds: float) -> None:
        self._frame, self._answer = frame, answer
        # The processor's time, so that a busy machine finds the same contract; the clock's bounds calls that wait.
        self._cpu, self._wall = time.process_time() + seconds, time.monotonic() + PATIENCE * seconds
        self._base = self._ask(frame)
        self.settled = True

    def _ask(self, frame: Any) -> str:
        answers = self._answer(frame)
        return repr((answers.predictions, answers.probabilities))

    def _late(self) -> bool:
        if time.process_time() < self._cpu and time.monotonic() < self._wall:
            return False
        self.settled = False
        return True

    def unneeded(self, group: list[Label], removed: list[Label]) -> tuple[list[Label], list[Label]]:
        """Those of ``group`` that the frame may come without, beside ``removed``, and those that must only be there."""
        # What may be missing must not matter when it is there either.
        ignored = self.without_effect(self.removable(group, removed), removed)
        filled = self.without_effect([label for label in group if label not in ignored], [*removed, *ignored])
        return ignored, filled

    def screened(self, screen: Sequence[int]) -> list[Label]:
        """The columns whose values made no difference on copies of a sample; each copy has one column permuted."""
        labels = list(self._frame.columns)
        rows = max(FEWEST_ROWS, min(SCREEN_ROWS, SCREEN_CELLS // len(labels)))
        small = self._frame.iloc[list(screen)[:rows]].reset_index(drop=True)
        if not self._stacks(small):
            return labels
        size = max(1, CHUNK_CELLS // (len(small) * len(labels)))
        return [
            label
            for start in range(0, len(labels), size)
            for label in self._surviving(small, labels[start : start + size])
        ]

    def _surviving(self, small: Any, labels: list[Label]) -> list[Label]:
        if self._late():
            return []
        rows = len(small)
        plain = np.tile(np.arange(rows), len(labels))
        base = self._rows(_taken(small, plain, {labels[0]: plain}))  # put together as the copies are: bits may tell
        sources: dict[Label, np.ndarray] = {}
        for at, label in enumerate(labels):
            sources[label] = plain.copy()
            sources[label][at * rows : (at + 1) * rows] = order(small[label], "permuted")
        stack = _taken(small, plain, sources)
        try:
            got = self._rows(stack)
        except Exception:  # noqa: BLE001 - the notebook's code may raise anything on values it never saw
            if len(labels) == 1:
                return labels
            middle = len(labels) // 2
            return [*self._surviving(small, labels[:middle]), *self._surviving(small, labels[middle:])]
        return [
            label
            for at, label in enumerate(labels)
            if got[at * rows : (at + 1) * rows] == base[at * rows : (at + 1) * rows]
        ]

    def _rows(self, frame: Any) -> list[str]:
        answers = self._answer(frame)
        probabilities = answers.probabilities or (None,) * len(answers)
        return [repr(pair) for pair in zip(answers.predictions, probabilities, strict=True)]

    def _stacks(self, small: Any) -> bool:
        """Whether a row's answer is the same wherever it stands, so that copies can be tried at once."""
        try:
            twice = self._answer(_taken(small, np.tile(np.arange(len(small)), 2), {}))
        except Exception:  # noqa: BLE001 - the same
            return False
        half = len(small)
        return repr(twice.predictions[:half]) == repr(twice.predictions[half:])

    def removable(self, group: list[Label], removed: list[Label]) -> list[Label]:
        """Those of ``group`` that may all be removed with the answers unchanged, beside ``removed``."""
        if not group or self._late():
            return []
        problem = self._without([*removed, *group])
        if problem == "":
            return group
        if len(group) == 1:
            return []
        mentioned = [label for label in group if problem and _mentions(problem, label)]
        if mentioned and len(mentioned) < len(group):
            # An error that names columns settles those at once; that they matter by name is all it takes to keep them.
            return self.removable([label for label in group if label not in mentioned], removed)
        middle = len(group) // 2
        first = self.removable(group[:middle], removed)
        return [*first, *self.removable(group[middle:], [*removed, *first])]

    def _without(self, labels: list[Label]) -> str | None:
        """Empty where the answers stay the same without the columns, ``None`` where they differ, else the error."""
        try:
            same = self._ask(self._frame.drop(columns=labels)) == self._base
        except Exception as error:  # noqa: BLE001 - the same
            return f"{type(error).__name__}: {error}"
        return "" if same else None

    def without_effect(self, group: list[Label], ignored: list[Label]) -> list[Label]:
        """Those of ``group`` whose values change nothing however they are perturbed, all together."""
        if not group or self._late():
            return []
        if self._unmoved(group, ignored):
            return group
        if len(group) == 1:
            return []
        middle = len(group) // 2
        first = self.without_effect(group[:middle], ignored)
        return [*first, *self.without_effect(group[middle:], ignored)]

    def _unmoved(self, group: list[Label], ignored: list[Label]) -> bool:
        tried = 0
        base = self._ask(self._with(group, ignored, lambda series: series.copy()))
        for kind in PERTURBATIONS:
            changed = self._with(group, ignored, partial(perturbed, kind=kind))
            try:
                if self._ask(changed) != base:
                    return False
                tried += 1
            except Exception:  # noqa: BLE001, S112 - a value that cannot be computed with says nothing about one that can
                continue
        return tried > 0

    def _with(self, group: list[Label], ignored: list[Label], change: Callable[[Any], Any]) -> Any:
        """The frame without the ``ignored`` columns, those of ``group`` changed; a model's bits depend on how a frame
        was put together.
        """
        changed = self._frame.drop(columns=ignored)
        positions = {label: position for position, label in enumerate(changed.columns)}
        for label in group:
            changed.isetitem(positions[label], change(self._frame[label]))
        return changed


def _taken(frame: Any, rows: np.ndarray, others: Mapping[Label, np.ndarray]) -> Any:
    """The frame with these rows of each column, or, for a column that ``others`` names, those."""
    if not others:
        return frame.take(rows).reset_index(drop=True)
    dtypes = set(frame.dtypes)
    if len(dtypes) == 1 and isinstance(dtype := dtypes.pop(), np.dtype) and not dtype.hasobject:
        values = frame.to_numpy()
        block = values[rows]
        for at, label in enumerate(frame.columns):
            if label in others:
                block[:, at] = values[others[label], at]
        return type(frame)(block, columns=frame.columns, copy=True)
    columns = {at: frame.iloc[:, at].array.take(others.get(label, rows)) for at, label in enumerate(frame.columns)}
    taken = type(frame)({at: _series(frame, array) for at, array in columns.items()})
    taken.columns = frame.columns
    return taken


def _series(frame: Any, array: Any) -> Any:
    """A Series of just the array's dtype: pandas would infer another one for an array of objects."""
    return type(frame.iloc[:, 0])(array, dtype=array.dtype) if array.dtype == np.dtype(object) else array


def _mentions(text: str, label: Label) -> bool:
    """Whether an error's text quotes the label, or lists it on a line of its own, as scikit-learn does."""
    quoted = repr(label) in text or f'"{label}"' in text
    return isinstance(label, str) and (quoted or re.search(rf"(?m)^- {re.escape(label)}$", text) is not None)
