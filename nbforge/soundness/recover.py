"""Training with a slice that a run may widen: what it shows to be missing is added, and it runs again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbforge.errors import NbforgeError
from nbforge.notebook.beside import LeftOut, left_out
from nbforge.notebook.slicing import Place, slice_notebooks
from nbforge.soundness.runner import Outcome, Runner, seen
from nbforge.soundness.supply import Lack, lack, stale, suppliers
from nbforge.values import Json, Run, Slice

RETRIES = 3


@dataclass(slots=True)
class _Widening:
    """The statements added so far, and what is said about them."""

    parameters: Mapping[str, Json]
    asked: Slice
    tried: Counter[Lack] = field(default_factory=Counter)
    added: set[Place] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def cells(self, slice_: Slice) -> set[tuple[str, int]]:
        """The cells of what was added, as errors name them."""
        return {(slice_.notebooks[notebook].path.name, cell) for notebook, cell, _ in self.added}

    def more(self, slice_: Slice, outcome: Outcome) -> Slice | None:
        """The slice with what ``outcome`` shows to be missing; ``None`` where it shows nothing."""
        chosen = self._missing(slice_, outcome)
        if not chosen:
            return None
        try:
            wider = slice_notebooks(
                slice_.notebooks, self.parameters, self.added | {statement.place for statement, _ in chosen}
            )
        except NbforgeError:  # the statements need what no cell defines
            return None
        self.added |= {statement.place for statement, _ in chosen}
        self.notes += [_note(slice_, statement, why) for statement, why in chosen]
        return wider

    def _missing(self, slice_: Slice, outcome: Outcome) -> list[tuple[LeftOut, Lack]]:
        if isinstance(outcome, Run):
            return stale(left_out(slice_), seen(outcome))
        wanted = lack(slice_, outcome)
        if wanted is None:
            return []
        groups = [group for group in suppliers(slice_, left_out(self.asked), wanted) if group]
        # What was added for this very lack did not help: the next group is less likely, and all that there is.
        at = self.tried[wanted]
        self.tried[wanted] += 1
        return [(statement, wanted) for statement in groups[at]] if at < len(groups) else []


def train(slice_: Slice, parameters: Mapping[str, Json], runner: Runner) -> tuple[Slice, Outcome, tuple[str, ...]]:
    """Run a slice, and again with what turned out to be missing, at most :data:`RETRIES` times.

    Returns:
        The slice that ran last, what became of it, and notes on what was added. Where what was added fails itself, the
        failure is that of the slice as it was asked for.
    """
    asked = slice_
    widening = _Widening(parameters, slice_)
    first = outcome = _tried(slice_, runner)
    for _ in range(RETRIES):
        wider = widening.more(slice_, outcome)
        if wider is None:
            break
        slice_ = wider
        runner.progress.stage("running again, with statements that the run has shown to be needed")
        outcome = _tried(slice_, runner)
    if isinstance(outcome, NbforgeError) and (outcome.notebook, outcome.cell) in widening.cells(slice_):
        return asked, first, ()
    return slice_, outcome, tuple(widening.notes)


def _tried(slice_: Slice, runner: Runner) -> Outcome:
    try:
        return runner.run(slice_)
    except NbforgeError as error:
        return error


def _note(slice_: Slice, statement: LeftOut, why: Lack) -> str:
    notebook, cell, _ = statement.place
    book, reader = slice_.notebooks[notebook].path.name, slice_.notebooks[why.notebook].path.name
    place = f"cell {why.cell}" if why.notebook == notebook else f"{reader}, cell {why.cell}"
    if why.exception:
        return f"{book}, cell {cell}: `{statement.head}` runs as well; without it, {place} raised {why.exception}."
    return (
        f"{book}, cell {cell}: `{statement.head}` runs as well; it writes {', '.join(why.names)}, which {place} reads."
    )
