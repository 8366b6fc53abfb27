"""A `# nbforge:` comment that is not in the first line.

The comment is a tag only in a cell's first line, or in the second after a `%%` magic. Further down nobody reads it.

**Example**

    import numpy as np
    # nbforge: predict
    model

**Fix**: move the comment to the first line, or set the tag in the editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.tags import TAGGED, comment_names

CODE = "NBF104"
SEVERITY: Severity = "warning"

_COMMENT = re.compile(r"^\s*#\s*nbforge\s*:\s*(?P<names>[\w:,\- ]+?)\s*$")


def check(subject: Subject) -> Iterator[Problem]:
    """Comments with nothing but names of ours, below the first line."""
    for cell in subject.code:
        first = True  # only the topmost comment can be the cell's tag
        for number, line in enumerate(cell.cell.source.splitlines(), start=1):
            match = _COMMENT.match(line)
            names = re.split(r"[,\s]+", match["names"]) if match else []
            if not names or not all(name.removeprefix("nbforge:") in TAGGED for name in names):
                continue
            if not (first and comment_names(cell.cell.source)):
                message = f"`{line.strip()}` is not in the first line of the cell, so it is no tag."
                yield Problem(message, "Move it to the first line.", cell.index, number, 1, number)
            first = False
