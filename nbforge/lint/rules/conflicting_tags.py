"""Tags that cannot mean anything together, or where they are.

* `nbforge:predict` on two cells, or on a cell with no code: the build cannot know where scoring starts (`error`);
* a cell with an `nbforge:` tag that is also tagged `skip` does not run (`warning`);
* an `nbforge:` tag on a Markdown or raw cell does nothing (`warning`).

**Example**: last year's model is still tagged `nbforge:predict`, beside this year's.

**Fix**: remove the tag from all cells but the one that is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.tags import TAGGED

CODE = "NBF102"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Two predict cells, empty ones, skipped ones, and tags on text."""
    running = [cell for cell in subject.code if "skip" not in cell.cell.roles]
    predicting = [cell.index for cell in running if "predict" in cell.cell.roles]
    for index in predicting[1:]:
        yield Problem(
            f"cell {predicting[0]} is tagged `nbforge:predict` as well.",
            "Remove the tag from all but one of them.",
            index,
        )
    for index in predicting:
        if _empty(subject, index):
            remedy = "End it with a function, an estimator, or an expression that predicts."
            yield Problem("the cell tagged `nbforge:predict` has no code.", remedy, index)
    for cell in subject.cells:
        ours = [tag for tag in cell.cell.tags if tag.startswith("nbforge:") and tag[8:] in TAGGED]
        if cell.cell.kind != "code" and ours:
            message = f"`{ours[0]}` on a {cell.cell.kind} cell does nothing."
            yield Problem(message, "Tag the code cell that is meant.", cell.index, severity="warning")
        elif cell.cell.roles & TAGGED and "skip" in cell.cell.roles:
            role = min(cell.cell.roles & TAGGED)
            message = f"the cell is tagged `nbforge:{role}` and to be skipped, so it does not run."
            yield Problem(message, "Remove one of the tags.", cell.index, severity="warning")


def _empty(subject: Subject, index: int) -> bool:
    source = subject.flow.cells.get(index)
    return source is not None and not source.pieces
