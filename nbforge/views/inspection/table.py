"""The slice for a terminal: each cell with its place, in or out, role, first line and why."""

from __future__ import annotations

from nbforge.values import CellSlice, Explained
from nbforge.views import words
from nbforge.views.inspection.cells import because, head, original

_HEAD = 40
_ROLES = 10


def table(found: Explained) -> str:
    """One line a cell, the notes at the end."""
    whole = found.slice
    lines: list[str] = []
    for position, notebook in enumerate(whole.notebooks):
        lines += ([""] if lines else []) + [notebook.path.name]
        lines += [_line(cell, found) for cell in whole.cells if cell.notebook == position]
    lines += ["", f"{words.count(whole.statements_in, 'statement')} kept, {whole.statements_out:,} left out."]
    return "\n".join([*lines, *(f"\nNote: {each}" for each in whole.caveats)])


def _line(cell: CellSlice, found: Explained) -> str:
    text = original(cell, found).source
    first = head(text)
    shown = first if len(first) <= _HEAD else f"{first[: _HEAD - 3]}..."
    mark, roles = "in" if cell.included else "out", ", ".join(sorted(cell.roles))
    return f"  {cell.index:>3}  {mark:<3}  {roles:<{_ROLES}}  {shown:<{_HEAD}}  {because(cell)}{_part(cell, text)}"


def _part(cell: CellSlice, text: str) -> str:
    lines = len([line for line in text.splitlines() if line.strip()])
    kept = len([line for line in cell.source.splitlines() if line.strip()])
    return f" ({kept} of {words.count(lines, 'line')})" if cell.included and kept < lines else ""
