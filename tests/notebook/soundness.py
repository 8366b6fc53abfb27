"""Tries generated programs: the slice of each has to end with the value that the whole program ends with."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nbforge.errors import NotebookError
from nbforge.notebook.slicing import slice_notebooks
from nbforge.values import Notebook, Slice
from tests.notebook.build import notebook
from tests.notebook.programs import INPUTS, Program
from tests.notebook.running import PROJECT, Outcome, Sandbox

Verdict = Literal["same", "other", "refused", "incomparable"]
"""``incomparable``: the program fails, or ends elsewhere when the random generators start elsewhere."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One program tried. ``kept``: the statements of its slice; ``unseen``: it has code that cannot be seen through."""

    program: Program
    verdict: Verdict
    message: str = ""
    kept: tuple[str, ...] = ()
    unseen: bool = False


def sliced(program: Program) -> Slice:
    """The slice of a program, its target being the predict cell."""
    made = notebook(*program.sources())
    placed = Notebook(PROJECT / "made.ipynb", made.sha256, made.name, made.cells)
    return slice_notebooks((placed,), {})


def attempt(program: Program, sandbox: Sandbox, variants: Sequence[int] = (0,)) -> Trial:
    """Compare the slice with the whole, on each of the inputs ``variants`` on which the whole can be compared."""
    whole = [text for cell in program.cells for text in cell]
    expected = {variant: _expected(program, whole, sandbox, variant) for variant in variants}
    comparable = {variant: outcome for variant, outcome in expected.items() if outcome is not None}
    if not comparable:
        return Trial(program, "incomparable")
    try:
        found = sliced(program)
    except NotebookError as error:
        return Trial(program, "refused", error.message)
    kept = statements(found)
    unseen = program.unseen or any("everything that it may touch" in said for said in found.caveats)
    for variant, outcome in comparable.items():
        got = sandbox.run(kept, program, variant)
        if got != outcome:
            return Trial(program, "other", f"whole: {outcome}\nslice: {got}", kept, unseen)
    return Trial(program, "same", "", kept, unseen)


def _expected(program: Program, whole: Sequence[str], sandbox: Sandbox, variant: int) -> Outcome | None:
    outcome = sandbox.run(whole, program, variant)
    seeded = any("seed" in text for text in whole)  # what has drawn may end where it began
    seeds = range(2, 8) if outcome.drew or seeded else ()
    same = all(sandbox.run(whole, program, variant, seed) == outcome for seed in seeds)
    return outcome if same and not outcome.error else None


def statements(found: Slice) -> tuple[str, ...]:
    """The statements of a slice but for the target."""
    kept = []
    for cell in found.cells:
        if cell.included and "predict" not in cell.roles:
            kept += [ast.unparse(node) for node in ast.parse(cell.code).body]
    return tuple(kept)


def shrunk(program: Program, sandbox: Sandbox, verdict: Verdict) -> Program:
    """The program without all that ``verdict`` does not need: cells first, then statements."""

    def still(cells: Sequence[tuple[str, ...]]) -> bool:
        return attempt(_with(program, cells), sandbox).verdict == verdict

    cells = _fewer(list(program.cells), still)
    singles: list[tuple[str, ...]] = [(text,) for cell in cells for text in cell]
    if still(singles):
        cells = _fewer(singles, still)
    return _with(program, cells)


def _with(program: Program, cells: Sequence[tuple[str, ...]]) -> Program:
    return Program(tuple(cells), program.target, program.answer, program.unseen)


def _fewer(cells: list[tuple[str, ...]], still: Callable[[Sequence[tuple[str, ...]]], bool]) -> list[tuple[str, ...]]:
    size = max(1, len(cells) // 2)
    while True:
        position, before = 0, len(cells)
        while position < len(cells):
            shorter = cells[:position] + cells[position + size :]
            if still(shorter):
                cells = shorter
            else:
                position += size
        if size == 1 and len(cells) == before:
            return cells
        size = max(1, size // 2)


def needed(trial: Trial, sandbox: Sandbox) -> tuple[str, ...]:
    """The statements of a right slice that cannot be left out one after the other, last ones first.

    A statement stays where any of the inputs needs it: a branch that one of them does not take, another one does.
    """
    program = trial.program
    expected = {variant: sandbox.run(trial.kept, program, variant) for variant in range(len(INPUTS))}
    usable = {variant: outcome for variant, outcome in expected.items() if not outcome.error}
    kept = list(trial.kept)
    before = -1
    while before != len(kept):
        before = len(kept)
        for position in reversed(range(len(kept))):
            shorter = kept[:position] + kept[position + 1 :]
            if all(sandbox.run(shorter, program, variant) == outcome for variant, outcome in usable.items()):
                kept = shorter
    return tuple(kept)


def case(program: Program, found: Slice | None) -> str:
    """The program as a block of ``cases/*.txt``, the slice as it is now; all of it without a slice."""
    lines = []
    for position, source in enumerate(program.sources()):
        cell = found.cells[position] if found else None
        lines.append("---")
        lines += [
            f"{'+' if cell is None or number in cell.lines else '-'} {text}"
            for number, text in enumerate(source.split("\n"), 1)
        ]
    return "\n".join(lines)


def sandbox(folder: Path) -> Sandbox:
    """A sandbox below ``folder``."""
    import statsmodels.formula.api  # noqa: F401 - importing it takes longer than a program may

    return Sandbox(folder / "work")
