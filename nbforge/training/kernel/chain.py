"""The statements that lead from the raw frame to a target, found backwards with what the kernel showed of each value.

A name whose value holds one entry a row is recomputed in scoring, by the statement that made it. Any other name is
fitted state: it stays as training left it. That is the whole rule; which of the two a name is, only the running kernel
knows.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .alignment import Rows
from .errors import CaptureError
from .handing_on import handed_on
from .kinds import is_state
from .observations import Seen, equal
from .program import DEFINING, Step, summarises
from .recorder import Recorder
from .selections import labels


@dataclass(frozen=True, slots=True)
class Chain:
    """``steps`` to run on a request's rows, in order, and the names ``needed`` before them.

    ``held``: by step, values of names as it read them, where they differ from what the name is bound to at the end.
    """

    steps: tuple[Step, ...]
    needed: frozenset[str]
    held: Mapping[tuple[int, int], Mapping[str, Any]]


class MadeInTrainingError(CaptureError):
    """Scoring would need rows that a cell tagged ``nbforge:train`` makes; without the tag it would make them too."""

    def __init__(self, name: str, step: Step) -> None:
        super().__init__(
            exit=3,
            code="training-data",
            message=f"scoring needs `{name}`, rows that this cell makes, which is tagged `nbforge:train`.",
            remedy=f"Take the tag off the cell, or tag the cell of `{first_line(step.text)}` `nbforge:features`.",
            cell=step.cell,
            name=name,
        )


def trace(steps: Sequence[Step], target: frozenset[str], recorder: Recorder, rows: Rows) -> Chain:
    """Walk back from ``target`` over ``steps`` (those after the raw frame was bound).

    Raises:
        MadeInTrainingError: scoring would need rows that a cell tagged ``nbforge:train`` makes.
    """
    needed, chosen = set(target), []
    held: dict[tuple[int, int], Mapping[str, Any]] = {}
    grown: set[str] = set()  # names that chosen steps only update: what bound them first has to run again too
    counted: set[str] = set()  # names that they read and then bind anew, such as a loop's own counter
    for at, step in reversed(list(enumerate(steps))):
        if step.kind in DEFINING:
            if step.defines & needed & _bound_before(at, steps):
                chosen.append(step)
                needed -= step.defines
            continue
        if handed_on(step.tree):  # a request's rows are not for the notebook's files
            continue
        touched = (step.binds & needed) - recorder.unchanged.get(step.place, frozenset())
        hits = {name for name in touched if _recomputed(name, step, recorder, rows)} | (step.defines & grown)
        if not hits and ("train" in step.roles or not step.defines & counted & needed):
            continue
        if "train" in step.roles:
            raise MadeInTrainingError(min(hits), step)
        chosen.append(replace(step, updates=step.updates & hits))
        needed -= step.defines
        grown = (grown | (step.updates & hits)) - step.defines
        counted = (counted - step.defines) | (step.uses & (step.defines | step.may_define))
        needed |= step.uses
        held[step.place] = differing(step, recorder)
    return Chain(tuple(reversed(chosen)), frozenset(needed), held)


def _bound_before(at: int, steps: Sequence[Step]) -> set[str]:
    """Names that statements bind before an import or a definition takes them over."""
    return {name for step in steps[:at] if step.kind not in DEFINING for name in step.binds}


def _recomputed(name: str, step: Step, recorder: Recorder, rows: Rows) -> bool:
    bound = recorder.bound.get(step.place, {})
    if name in bound and summarises(step.tree) and is_state(bound[name]):
        return rows.aligned(bound[name])
    if isinstance(step.tree, ast.Assign) and labels(step.tree.value):
        return any(value is Seen.OF_ROWS for value in recorder.read.get(step.place, {}).values())
    return name in bound and (rows.of_rows(bound[name]) or not is_state(bound[name]))


def differing(step: Step, recorder: Recorder) -> dict[str, Any]:
    """What a step read of names that hold another value at the end."""
    read = recorder.read.get(step.place, {})
    return {
        name: value
        for name, value in read.items()
        if name in recorder.namespace and is_state(value) and not equal(recorder.namespace[name], value)
    }


def first_line(text: str, limit: int = 100) -> str:
    """The first line of a statement, for messages; cut where it is longer than ``limit`` characters."""
    line = text.strip().splitlines()[0]
    return line if len(line) <= limit and "\n" not in text.strip() else line[:limit] + " ..."
