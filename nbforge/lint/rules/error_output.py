"""A needed cell that failed when it was run last.

Training or scoring needs the cell, and its saved output is an error. Perhaps it has been corrected since; the file
does not show it. Cells tagged `raises-exception`, and cells that nothing needs, may fail.

**Example**: `model.fit(X, y)` with `ValueError: Input X contains NaN` below it.

**Fix**: correct it, run the notebook from top to bottom, and save it.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF207"
SEVERITY: Severity = "warning"


def check(subject: Subject) -> Iterator[Problem]:
    """Needed cells with an error among their outputs."""
    for cell in subject.code:
        error = next((output for output in cell.outputs if output.get("output_type") == "error"), None)
        if error is None or "raises-exception" in cell.cell.roles or not subject.cell_needed(cell.index):
            continue
        name = error.get("ename") or "an error"
        message = f"the cell is needed, and its saved output is `{name}`."
        yield Problem(message, "Correct it, run the notebook from top to bottom, and save it.", cell.index)
