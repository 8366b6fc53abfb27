"""The outputs of a cell are large.

They make every clone, diff and review slow, and mostly they are one plot with all its data or a log that nobody
reads. The limit is `max-output-kb` in `[tool.nbforge.lint]` (500), counted as the file has them.

**Example**: an interactive plot of 200,000 points.

**Fix**: plot a sample, print less, or clear the output; `--fix` clears it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from nbforge.lint.model import Fix, Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF105"
SEVERITY: Severity = "warning"


def check(subject: Subject) -> Iterator[Problem]:
    """Every cell whose outputs are larger than the limit."""
    for cell in subject.code:
        size = sum(len(json.dumps(output, ensure_ascii=False)) for output in cell.outputs) / 1000
        if size > subject.max_output_kb:
            yield Problem(
                f"the outputs take {size:,.0f} kB, more than {subject.max_output_kb:,}.",
                "Clear them, or show less.",
                cell.index,
                fix=Fix("outputs", cell.index),
            )
