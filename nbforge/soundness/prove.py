"""The proof of a slice: the whole notebook runs as well, and must make the same service."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbforge.errors import ProofError, TrainingError
from nbforge.notebook.beside import LeftOut, left_out, needs, with_beside
from nbforge.soundness import search
from nbforge.soundness.compare import compared, differences
from nbforge.soundness.runner import Outcome, Runner, done, seen
from nbforge.values import Json, Slice
from nbforge.views import words

PROTOCOL = 1
PATIENCE = 1200.0
"""Seconds that the search for a lost statement may take before it names what is left."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Proven:
    """``report`` is ``evidence/slice-proof.json``; ``notes`` are for people."""

    report: Mapping[str, Json]
    notes: tuple[str, ...]


def prove(slice_: Slice, outcome: Outcome, runner: Runner) -> Proven:
    """Run the whole notebook and compare.

    Args:
        slice_: what was run.
        outcome: what became of it; a failure is proven as well: that the whole notebook does not fail in the same way.
        runner: as the slice was run.

    Raises:
        ProofError: the whole notebook makes another service; names the statement that the slice lost, or says that
            training is random.
        NbforgeError: ``outcome``, where it is no fault of the slice.
    """
    began = time.monotonic()
    runner.progress.stage("running the whole notebook")
    whole, others, halted = _run_whole(slice_, runner)
    _check_ran(slice_, whole)
    found = differences(whole, outcome)
    if found:
        _check_repeats(slice_, outcome, runner)
        lost = _Search(slice_, others, whole, runner)
        if not lost.enough(frozenset()):
            raise lost.error(found)
    ran = done(outcome)
    tolerated = [*halted, *(cell for cell in seen(whole) if cell.get("raised"))]
    return Proven(
        report={
            "protocol": PROTOCOL,
            "statements": {"slice": slice_.statements_in, "beside": len(others)},
            "compared": compared(ran),
            "raised": [
                {
                    "notebook": slice_.notebooks[cell["notebook"]].path.name,
                    "cell": cell["cell"],
                    "exception": cell["raised"],
                }
                for cell in tolerated
            ],
            "seconds": round(time.monotonic() - began, 3),
        },
        notes=(_said(compared(ran), len(others), found), *(_raised(slice_, cell) for cell in tolerated)),
    )


def _run_whole(slice_: Slice, runner: Runner) -> tuple[Outcome, list[LeftOut], list[Mapping[str, Json]]]:
    """The whole notebook's run, what ran beside the slice, and the cells that raised where it was left out inside of a
    statement which the slice has in part: such a cell ran again without it.
    """
    others, halted = list(left_out(slice_)), list[Mapping[str, Json]]()
    while True:
        whole = runner.outcome(with_beside(slice_, [each.place for each in others]))
        if not isinstance(whole, TrainingError) or whole.cell is None:
            return whole, others, halted
        numbers = {book.path.name: number for number, book in enumerate(slice_.notebooks)}
        place = numbers.get(whole.notebook or ""), whole.cell
        running = [each for each in others if not (each.partly and each.place[:2] == place)]
        if len(running) == len(others):
            return whole, others, halted
        halted.append({"notebook": place[0], "cell": whole.cell, "raised": whole.message.partition(":")[0]})
        others = running


def _said(amount: Mapping[str, int], beside: int, varying: Sequence[str]) -> str:
    artifacts, answers = words.count(amount["artifacts"], "artifact"), words.count(amount["rows"], "answer")
    left = (
        f"with the {words.count(beside, 'statement')} that it leaves out"
        if beside
        else "with nothing left out that runs"
    )
    runs = f" Not in every run: in one of the slice alone, {_shortened(varying)}." if varying else ""
    return f"the slice is proven: {left}, the notebook makes the same {artifacts} and gives the same {answers}.{runs}"


def _raised(slice_: Slice, cell: Mapping[str, Json]) -> str:
    name = slice_.notebooks[cell["notebook"]].path.name
    return (
        f"{name}, cell {cell['cell']} raised {cell['raised']} in the run of the whole notebook; what comes after it in "
        "that cell and is not in the slice did not run."
    )


def _check_ran(slice_: Slice, whole: Outcome) -> None:
    """A kernel that ends in a cell which is not in the slice proves nothing."""
    if not isinstance(whole, TrainingError) or whole.cell is None:
        return
    kept = {(slice_.notebooks[cell.notebook].path.name, cell.index) for cell in slice_.cells if cell.kept}
    if (whole.notebook, whole.cell) not in kept:
        raise TrainingError(
            f"the whole notebook does not run to its end: {whole.message}",
            remedy=f"Tag cell {whole.cell} `skip`: the slice does not need it, and its proof will leave it out.",
            code="whole-notebook-failed",
            notebook=whole.notebook,
            cell=whole.cell,
            detail=whole.detail,
        )


def _check_repeats(slice_: Slice, first: Outcome, runner: Runner) -> None:
    """A slice that gives something else each time differs from the whole notebook for no fault of its own."""
    runner.progress.stage("running the slice again, to see whether it repeats itself")
    second = runner.outcome(slice_, fresh=True)
    found = differences(first, second)
    if not found:
        return
    where, cell, notebook = "", None, None
    if place := _parted(first, second):
        notebook, cell = slice_.notebooks[place[0]].path.name, place[1]
        where = f"; the first to differ {'is' if len(place[2]) == 1 else 'are'} {_listed(place[2])}"
    raise ProofError(
        f"training is random: two runs of the same slice differ ({_shortened(found)}){where}",
        remedy="Seed what draws, with `random_state=` or `np.random.seed(0)` in a cell above; until then the slice "
        "cannot be compared.",
        code="random-training",
        notebook=notebook,
        cell=cell,
        detail="\n".join(found),
    )


def _parted(first: Outcome, second: Outcome) -> tuple[int, int, list[str]] | None:
    """The first cell after which names hold something else in the two runs: notebook, cell, names."""
    for ours, theirs in zip(seen(first), seen(second), strict=False):
        both = ours["prints"].keys() & theirs["prints"].keys()
        names = sorted(name for name in both if ours["prints"][name] != theirs["prints"][name])
        if names:
            return ours["notebook"], ours["cell"], names
    return None


class _Search:
    """Finds the lost statement by running the slice with some of the others beside it."""

    def __init__(self, slice_: Slice, others: Sequence[LeftOut], whole: Outcome, runner: Runner) -> None:
        self.slice, self.others, self.whole, self.runner = slice_, others, whole, runner
        self.deadline = time.monotonic() + PATIENCE
        self.tried: dict[frozenset[int], bool] = {}

    def error(self, found: Sequence[str]) -> ProofError:
        """The error that names it."""
        pools = [self._suspects(), range(len(self.others))]
        result = search.lost(pools, self.enough, lambda: time.monotonic() < self.deadline)
        named = [self.others[at] for at in result.statements] or [self.others[at] for at in result.among]
        if not named:
            return ProofError(
                f"the whole notebook makes another service than the slice ({_shortened(found)}), and no statement that "
                "was left out accounts for it",
                remedy="Something in the notebook may be random or depend on the time, or on cells after the predict "
                "cell; please report it.",
                code="slice-differs",
                detail="\n".join(found),
            )
        first = named[0]
        notebook, cell, _ = first.place
        one = "one of " if not result.statements else ""
        what = " and ".join(f"`{each.head}` (cell {each.place[1]}, line {each.line})" for each in named[:_NAMED])
        what += f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return ProofError(
            f"the slice lost {one}{what}: {_shortened(found)}",
            remedy=f"Tag cell {cell} `nbforge:train`, or `nbforge:features` if requests need it too, so that it always "
            "runs; and please report the statement, which the slicer should have seen.",
            code="slice-lost-statement",
            notebook=self.slice.notebooks[notebook].path.name,
            cell=cell,
            detail="\n".join(found),
        )

    def enough(self, numbers: frozenset[int]) -> bool:
        """Whether the slice with these, and what they need, beside it makes what the whole notebook makes."""
        running = needs(self.others, numbers)
        if running not in self.tried:
            self.runner.progress.stage(f"looking for the statement that the slice lost (run {len(self.tried) + 1})")
            outcome = self.runner.outcome(with_beside(self.slice, [self.others[at].place for at in sorted(running)]))
            self.tried[running] = not differences(self.whole, outcome)
        return self.tried[running]

    def _suspects(self) -> list[int]:
        """Those that were seen to change something that the slice has, draw random numbers or write what it reads."""
        cells = seen(self.whole)
        statements = [s for cell in self.slice.cells for s in cell.statements]
        names = {name for s in statements for name in (*s.uses, *s.updates, *s.defines, *s.may_define)}
        kept = {(cell.notebook, cell.index) for cell in self.slice.cells if cell.kept}
        files = {path for cell in cells if (cell["notebook"], cell["cell"]) in kept for path in cell.get("read", ())}
        suspected = set()
        for cell in cells:
            writes = not files.isdisjoint(cell.get("written", ()))
            for at, did in cell.get("beside", {}).items():
                if writes or did["drew"] or not names.isdisjoint(did["names"]):
                    suspected.add((cell["notebook"], cell["cell"], int(at)))
        return [number for number, each in enumerate(self.others) if each.place in suspected]


def _shortened(found: Sequence[str]) -> str:
    return ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:_NAMED])
