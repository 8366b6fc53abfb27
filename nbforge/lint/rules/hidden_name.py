"""A cell that ran on a name that is no longer there.

The cell has been executed without an error, but it reads a name that no cell above binds: the cell that did was
deleted, stands below, or did its work in an earlier session. The build does not need the cell (NBF201 and NBF202 are
for those it needs), yet what it shows cannot be made again.

**Example**: a plot of `errors`, and no cell makes `errors`.

**Fix**: bring the definition back, move it up, or delete the cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbforge.lint.missing_names import elsewhere, first_uses
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF206"
SEVERITY: Severity = "warning"


def check(subject: Subject) -> Iterator[Problem]:
    """Names without a definition in cells that ran and that nothing needs."""
    broken = " ".join(subject.cell(index).source for index in subject.flow.broken)
    for use in first_uses(subject, needed=False):
        if not use.certain or elsewhere(subject, use.name) or re.search(rf"\b{re.escape(use.name)}\b", broken):
            continue
        cell = subject.cells[use.cell]
        failed = any(output.get("output_type") == "error" for output in cell.outputs)
        if not cell.ran or failed:
            continue
        where = f"only cell {use.later[0]} defines it, which comes later" if use.later else "no cell defines it"
        if use.later and use.later[0] == use.cell:
            where = "it is defined below its first use"
        yield Problem(
            f"the cell was run with `{use.name}`, but {where}.",
            f"Define `{use.name}` above, or delete the cell.",
            use.cell,
            use.line,
            use.column,
            use.end_line,
        )
