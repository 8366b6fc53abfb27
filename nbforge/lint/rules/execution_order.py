"""Outputs that were made in another order than the cells stand in.

A cell was run again after cells below it, and one of the two reads what the other one makes: the outputs that are
shown do not belong together, and running from top to bottom may give others. Cells that have nothing to do with each
other may be run in any order.

As `info`: executions that left no cell behind (the counts jump, so a cell was deleted or run several times), and a
first count above 1, so the kernel was not fresh.

**Example**: `frame = frame.dropna()` has count 12, and the cell above it that shows `frame.shape` has count 15.

**Fix**: restart the kernel, run all cells, and save.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.document import RawCell
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF204"
SEVERITY: Severity = "warning"

_REMEDY = "Restart the kernel, run all cells, and save."


def check(subject: Subject) -> Iterator[Problem]:
    """Pairs of cells in the wrong order, and executions without a cell."""
    ran = [(cell, cell.execution_count) for cell in subject.code if cell.execution_count is not None]
    disordered = False
    for at, (above, count) in enumerate(ran):
        for below, earlier in ran[at + 1 :]:
            if earlier > count:
                continue
            disordered = True
            if problem := _between(subject, above, below, count, earlier):
                yield problem
                break
    counts = sorted({count for _, count in ran})
    if counts and not disordered:
        yield from _gaps(subject, counts)


def _between(subject: Subject, above: RawCell, below: RawCell, count: int, earlier: int) -> Problem | None:
    """What is wrong about a cell that was run after one that stands below it."""
    if not (above.outputs or below.outputs):
        return None
    made, read = _made(subject, above.index), _read(subject, above.index)
    later_made, later_read = _made(subject, below.index), _read(subject, below.index)
    order = f"was run after cell {below.index}, which stands below it (counts {count} and {earlier})"
    if above.outputs and (names := (read - made) & later_made):
        said = f"the cell {order} and makes `{min(names)}`, so the output shown here is of its later value."
        return Problem(said.replace("and makes", "and which makes"), _REMEDY, above.index)
    if below.outputs and (names := made & later_read):
        said = f"the cell {order} and reads `{min(names)}`, so the output shown there may be of another value."
        return Problem(said.replace("and reads", "and which reads"), _REMEDY, above.index)
    return None


def _made(subject: Subject, cell: int) -> set[str]:
    """Names that the cell binds or changes; imports and definitions give the same when they are run again."""
    effects = [step.effects for step in (subject.flow.steps[at] for at in subject.flow.of_cell(cell))]
    plain = [each for each in effects if each.kind not in {"import", "function", "class"}]
    return {n for each in plain for n in each.defines | each.may_define | each.updates if not n.startswith("<")}


def _read(subject: Subject, cell: int) -> set[str]:
    found: set[str] = set()
    bound: set[str] = set()
    for at in subject.flow.of_cell(cell):
        effects = subject.flow.steps[at].effects
        found |= {name for name in effects.uses if not name.startswith("<")} - bound
        bound |= effects.defines
    return found


def _gaps(subject: Subject, counts: list[int]) -> Iterator[Problem]:
    lost = counts[-1] - counts[0] + 1 - len(counts)
    unmarked = sum(cell.execution_count is None and bool(cell.cell.source.strip()) for cell in subject.code)
    if counts[0] > 1:
        message = f"the first execution has count {counts[0]}: the kernel was not fresh."
        yield Problem(message, _REMEDY, severity="info")
    elif lost > unmarked:
        what = "1 execution has" if lost == 1 else f"{lost} executions have"
        yield Problem(f"{what} left no cell: what they did may be missing.", _REMEDY, severity="info")
