"""A tag that is nearly one of nbforge's.

Tags that nbforge does not know are ignored, so a misspelt one would silently not do what it says. One that is nearly
right is an error, here and in `nbforge build`; the same holds for the comment `# nbforge: ...` in the first line of a
cell.

**Example**: a cell tagged `nbforge:predcit`, or with the first line `# nbforge: featuers`.

**Fix**: `--fix` writes what was meant. All tags are in [Tags](tags.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from nbforge.lint.document import RawCell
from nbforge.lint.model import Fix, Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.tags import NearMiss

CODE = "NBF101"
SEVERITY: Severity = "error"


def check(subject: Subject) -> Iterator[Problem]:
    """Every misspelt tag and comment."""
    for cell in subject.cells:
        for miss in cell.misses:
            yield _comment(cell, miss) if miss.comment else _tag(cell, miss)


def _tag(cell: RawCell, miss: NearMiss) -> Problem:
    fix = Fix("tag", cell.index, miss.written, miss.suggestion)
    taken = miss.suggestion in cell.cell.tags
    return Problem(
        f"unknown tag `{miss.written}`.", f"Did you mean `{miss.suggestion}`?", cell.index, fix=None if taken else fix
    )


def _comment(cell: RawCell, miss: NearMiss) -> Problem:
    written, meant = miss.written.removeprefix("# nbforge: "), miss.suggestion.removeprefix("# nbforge: ")
    lines = cell.cell.source.splitlines()
    at = next((n for n, line in enumerate(lines, start=1) if written in line and "nbforge" in line), 1)
    column = lines[at - 1].find(written) + 1
    return Problem(
        f"unknown comment `{miss.written}`.",
        f"Did you mean `{miss.suggestion}`?",
        cell.index,
        at,
        column,
        at,
        fix=Fix("source", cell.index, written, meant, at),
    )
