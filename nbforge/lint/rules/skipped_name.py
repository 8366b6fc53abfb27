"""A needed name that is defined only in a cell that does not run.

Cells tagged `skip` or `skip-execution` never run, and what a `raises-exception` cell binds counts for nothing,
because it may fail. A statement that training or scoring needs reads a name that only such a cell binds: a build ends
with exit code 3.

**Example**: the cell with `scaler = StandardScaler().fit(X)` is tagged `skip`, and `nbforge:predict` uses `scaler`.

**Fix**: remove the tag, or define the name elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.missing_names import elsewhere, first_uses
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF203"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Names that are bound only in skipped and failing cells."""
    for use in first_uses(subject):
        found = elsewhere(subject, use.name)
        if found is None:
            continue
        cell, tag = found
        yield Problem(
            f"`{use.name}` is defined only in cell {cell}, which is tagged `{tag}`.",
            f"Remove the tag from cell {cell}, or define `{use.name}` elsewhere.",
            use.cell,
            use.line,
            use.column,
            use.end_line,
        )
