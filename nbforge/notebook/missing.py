"""Names that are needed and not there: which cell has them, and what to do about it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from nbforge.errors import NotebookError
from nbforge.notebook.demand import Needed
from nbforge.notebook.flow import Flow
from nbforge.notebook.scope import always_there, top_level_names
from nbforge.values import Cell, Notebook


def check(notebook: Notebook, flow: Flow, found: Needed) -> None:
    """Raise for the first needed name that nothing before it defines.

    Raises:
        NotebookError: naming the cell that uses it, the name, and the cell that defines it, if any does.
    """
    for position in sorted(found.steps):
        step = flow.steps[position]
        for name in found.reads(flow, position):
            certain = step.effects.uses[name]
            absent = step.sources[name] is None and not name.startswith("<") and not always_there(name)
            if absent:
                _refuse(notebook, flow, name, step.cell, certain)


def check_syntax(notebook: Notebook, flow: Flow, cells: Iterable[int]) -> None:
    """Raise for the first of ``cells`` that does not parse."""
    for index in cells:
        if index in flow.broken:
            raise syntax_error(notebook, flow, index)


def syntax_error(notebook: Notebook, flow: Flow, index: int) -> NotebookError:
    """What is said about a cell that does not parse."""
    broken = flow.broken[index]
    return NotebookError(
        f"syntax error in line {broken.line}: {broken.message}.",
        remedy="Correct the line, or leave the cell out with the tag `skip`.",
        code="syntax-error",
        notebook=notebook.path.name,
        cell=index,
    )


def _refuse(notebook: Notebook, flow: Flow, name: str, cell: int, certain: bool) -> None:
    def error(message: str, remedy: str, code: str) -> NotebookError:
        return NotebookError(message, remedy=remedy, code=code, notebook=notebook.path.name, cell=cell, name=name)

    for tag in ("skip", "raises-exception"):
        for other in _cells_with(notebook, tag):
            if name in _names(flow, other):
                written = next((t for t in other.tags if t in {tag, "skip-execution"}), tag)
                raise error(
                    f"`{name}` is defined only in cell {other.index}, which is tagged `{written}`.",
                    f"Remove the tag from cell {other.index}, or define `{name}` elsewhere.",
                    "skipped-name",
                )
    for other in notebook.cells:
        if other.index in flow.broken and _looks_defined(name, other.source):
            raise syntax_error(notebook, flow, other.index)
    if not certain:
        return
    later = [step.cell for step in flow.steps if name in step.effects.defines | step.effects.may_define]
    if not later:
        raise error(f"`{name}` is not defined in any cell.", f"Define `{name}` in a cell above.", "undefined-name")
    if later[0] == cell:
        raise error(f"`{name}` is used before it is defined.", f"Define `{name}` above its first use.", "defined-later")
    raise error(
        f"`{name}` is defined only in cell {later[0]}, which comes later.",
        f"Move cell {later[0]} above cell {cell}, so that the notebook runs from top to bottom.",
        "defined-later",
    )


def _cells_with(notebook: Notebook, role: str) -> list[Cell]:
    return [cell for cell in notebook.cells if cell.kind == "code" and role in cell.roles]


def _names(flow: Flow, cell: Cell) -> set[str]:
    source = flow.cells.get(cell.index)
    if source is None:
        return {name for name in re.findall(r"[^\W\d]\w*", cell.source) if _looks_defined(name, cell.source)}
    body: list[ast.stmt] = [piece.node for piece in source.pieces]
    return top_level_names(body)


def _looks_defined(name: str, source: str) -> bool:
    """Whether text that does not parse seems to bind ``name``."""
    word = re.escape(name)
    return bool(
        re.search(
            rf"^\s*(?:{word}\b[^=\n]*=(?!=)|(?:def|class)\s+{word}\b|.*\bimport\b.*\b{word}\b)", source, re.MULTILINE
        )
    )
