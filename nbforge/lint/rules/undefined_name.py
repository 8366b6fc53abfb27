"""A needed name that no cell defines.

A statement that training or scoring needs reads a name which nothing in the notebook binds: the cell that did was
deleted, or its name has a typing error. In the editor it may work for as long as the kernel lives; a build ends with
exit code 3. Statements that nothing needs are not looked at here; see NBF206.

In a notebook without `nbforge:` tags every cell counts as needed.

**Example**

    model.fit(X_scaled, y)    # the cell that made X_scaled is gone

**Fix**: define the name in a cell above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbforge.lint.missing_names import elsewhere, first_uses
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF201"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Names that are read for certain and that no cell binds."""
    broken = " ".join(subject.cell(index).source for index in subject.flow.broken)
    for use in first_uses(subject):
        if use.later or elsewhere(subject, use.name) or not use.certain:
            continue
        if re.search(rf"\b{re.escape(use.name)}\b", broken):
            continue  # the syntax error is the problem
        yield Problem(
            f"`{use.name}` is not defined in any cell.",
            f"Define `{use.name}` in a cell above.",
            use.cell,
            use.line,
            use.column,
            use.end_line,
        )
