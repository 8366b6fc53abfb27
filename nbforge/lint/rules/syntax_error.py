"""A cell that is not Python.

It is an `error` where a build would need the cell: it is tagged, or it seems to define a name that a needed statement
reads. Elsewhere it is a dead end that stays out of the slice (`info`). IPython's own syntax (`%time`, `!ls`, `obj?`)
is understood; Python 2 is not.

**Example**

    print "accuracy:", accuracy

**Fix**: correct the line, delete the cell, or tag it `skip`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbforge.lint.analysis import unbound
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.tags import KEPT

CODE = "NBF103"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Every cell that does not parse."""
    missing = {name for at, step in subject.needed_steps() for name, _ in unbound(step)}
    for index, broken in subject.flow.broken.items():
        cell = subject.cell(index)
        if "skip" in cell.roles:
            continue
        defines = missing & set(re.findall(r"[^\W\d]\w*", cell.source))
        wanted = bool(cell.roles & KEPT or defines) or not subject.analysis.tagged
        message = f"syntax error: {broken.message.rstrip('.?')}."
        remedy = "Correct the line, or leave the cell out with the tag `skip`."
        severity: Severity | None = None if wanted else "info"
        yield Problem(message, remedy, index, broken.line, None, broken.line, severity)
