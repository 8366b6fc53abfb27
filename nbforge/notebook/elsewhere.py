"""What the notebook gives to a function that a predict cell only defines, where the cell that calls it does not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbforge.errors import NotebookError
from nbforge.notebook.callee import path_name
from nbforge.notebook.demand import Needed
from nbforge.notebook.flow import Flow
from nbforge.values import EntryPoint, Notebook

_TRANSFORMS = frozenset({"transform", "fit_transform"})


def check(notebook: Notebook, flow: Flow, found: Needed, start: EntryPoint | None) -> None:
    """Raise where it is called with rows that a transformer made: rows as they are loaded would be answered wrongly.

    What cells tagged ``nbforge:features`` make, the service makes as well.
    """
    if start is None or start.last != "def":
        return
    features = {cell.index for cell in notebook.cells if "features" in cell.roles}
    for at, step in enumerate(flow.steps):
        for name in _given(step.piece.node, start.name) if step.piece is not None and at not in found else ():
            made = step.sources.get(name)
            source = flow.steps[made] if made is not None else None
            if source is None or source.piece is None or source.cell in features:
                continue
            if _transformed(source.piece.node):
                raise NotebookError(
                    f"`{start.name}` is called in cell {step.cell} with `{name}`, which cell {source.cell} transforms; "
                    "a service would give it the rows as they are loaded.",
                    remedy=f"Tag cell {step.cell} `nbforge:predict` instead.",
                    code="given-other-rows",
                    notebook=notebook.path.name,
                    cell=start.cell,
                    name=start.name,
                )


def _given(statement: ast.stmt, function: str | None) -> Iterator[str]:
    """The names that a statement gives to a function."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id=called)) if called == function:
                yield from (item.id for given in node.args for item in ast.walk(given) if isinstance(item, ast.Name))


def _transformed(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(value=ast.Call() as call):
            return path_name(call) in _TRANSFORMS
    return False
