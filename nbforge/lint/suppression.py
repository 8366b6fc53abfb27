"""``# nbforge: ignore[NBF301]`` on a line, ``# nbforge: ignore-cell[NBF301]`` in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbforge.lint.document import RawCell
from nbforge.lint.model import Problem

_COMMENT = re.compile(r"#\s*nbforge\s*:(?P<text>[^#\n]*)")
_IGNORE = re.compile(r"\bignore(?P<cell>-cell)?\s*\[(?P<codes>[^\]]*)\]")


@dataclass(slots=True)
class Suppression:
    """One comment. ``line`` is 1-based; ``used`` are the codes that suppressed something."""

    cell: int
    line: int
    column: int
    whole_cell: bool
    codes: tuple[str, ...]
    used: set[str] = field(default_factory=set)

    def covers(self, code: str, problem: Problem) -> bool:
        """Whether it is meant for this problem."""
        if problem.cell != self.cell or code not in self.codes:
            return False
        return self.whole_cell or self.line in {problem.line, problem.end_line}


def suppressions(cells: Sequence[RawCell]) -> list[Suppression]:
    """Every such comment of a notebook's code."""
    return [each for cell in cells if cell.cell.kind == "code" for each in _of_cell(cell.index, cell.cell.source)]


def _of_cell(cell: int, source: str) -> Iterator[Suppression]:
    for number, line in enumerate(source.splitlines(), start=1):
        for comment in _COMMENT.finditer(line):
            for match in _IGNORE.finditer(comment["text"]):
                codes = tuple(code.strip().upper() for code in match["codes"].split(",") if code.strip())
                yield Suppression(cell, number, comment.start() + 1, bool(match["cell"]), codes)
