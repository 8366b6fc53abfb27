"""A needed name that is defined only further down.

The notebook was run in another order than it is written in. Run from top to bottom, as a build does, it fails with
exit code 3.

**Example**

    # cell 3
    X_train, X_test = split(X)
    # cell 5
    X = frame.drop(columns="label")

**Fix**: move the cell that defines the name above its first use.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.missing_names import elsewhere, first_uses
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF202"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Names that are read for certain and bound only below."""
    for use in first_uses(subject):
        if not use.later or not use.certain or elsewhere(subject, use.name):
            continue
        here = use.later[0] == use.cell
        where = "below its first use in the same cell" if here else f"in cell {use.later[0]}, which comes later"
        ran = (
            " The cell has output, so it was run after that one."
            if not here and subject.cells[use.cell].outputs
            else ""
        )
        yield Problem(
            f"`{use.name}` is defined only {where}.{ran}",
            f"Define `{use.name}` above its first use." if here else f"Move cell {use.later[0]} above cell {use.cell}.",
            use.cell,
            use.line,
            use.column,
            use.end_line,
        )
