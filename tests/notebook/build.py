"""Notebooks in memory."""

from __future__ import annotations

from pathlib import Path

from nbforge.notebook import tags
from nbforge.values import Cell, Notebook

NOWHERE = Path("/nowhere/churn.ipynb")


def notebook(*cells: tuple[str, str] | str, index: int = 0) -> Notebook:
    """A notebook of code cells, each a source or a pair of space-separated tags and source."""
    made = []
    for position, cell in enumerate(cells):
        written, source = cell if isinstance(cell, tuple) else ("", cell)
        given = tuple(written.split())
        roles = tags.roles(given, source)
        assert isinstance(roles, frozenset)
        made.append(Cell(index, position, "code", source, given, roles))
    return Notebook(NOWHERE, "", "churn", tuple(made))
