"""The slice of a notebook that may not have one: the steps and needs of a build, with every complaint left out."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from nbforge.errors import NotebookError
from nbforge.notebook import entry, stage
from nbforge.notebook.demand import Needed, needed
from nbforge.notebook.emit import cut_out
from nbforge.notebook.flow import Flow, Step, trace, trace_call
from nbforge.notebook.scope import always_there
from nbforge.notebook.tags import KEPT
from nbforge.values import Cell, EntryPoint, Notebook

PLATFORM_NAMES = frozenset({"spark", "sc", "sqlContext", "dbutils", "displayHTML", "getArgument"})
"""What Databricks and other Spark notebooks find bound when they start."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """``tagged``: the notebook says what it is for; without that, every statement counts as needed."""

    flow: Flow
    needs: Needed
    entry: EntryPoint | None
    tagged: bool

    def steps(self) -> list[tuple[int, Step]]:
        """The statements that run, in order."""
        return [(at, step) for at, step in enumerate(self.flow.steps) if step.piece is not None]

    def wanted(self, position: int, line: int | None = None) -> bool:
        """Whether a build runs this statement; of one that it runs in part, the ``line`` of the cell."""
        if line is None or position not in self.needs.inside:
            return position in self.needs
        lines = self.flow.cells[self.flow.steps[position].cell].lines
        return line not in {lines[row] for row in cut_out(self.flow, position, self.needs)}


def analyse(notebook: Notebook) -> Analysis:
    """Follow the names through the notebook, and from what it is tagged for back to what that needs."""
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    tagged = [cell for cell in code if cell.roles & KEPT and "skip" not in cell.roles]
    flowing = [
        cell.index
        for cell in code
        if "skip" not in cell.roles and ("raises-exception" not in cell.roles or cell in tagged)
    ]
    watched = {cell.index for cell in tagged if cell.roles & {"predict", "validate"}}
    flow = trace(code, stage.project_folders(notebook.path), flowing, watched)
    start = _entry(notebook, flow, tagged)
    purposeful = any(cell.roles & KEPT - {"parameters", "metrics"} for cell in tagged)
    roots = _roots(notebook, flow, tagged, start) if purposeful or notebook.stage else _everything(flow)
    return Analysis(flow, needed(flow, roots), start, purposeful)


def _entry(notebook: Notebook, flow: Flow, tagged: Sequence[Cell]) -> EntryPoint | None:
    for cell in tagged:
        if "predict" in cell.roles and cell.index in flow.cells:
            try:
                return entry.entry_point(cell, flow.cells[cell.index], notebook.path.name)
            except NotebookError:
                return None
    return None


def _roots(notebook: Notebook, flow: Flow, tagged: Sequence[Cell], start: EntryPoint | None) -> list[int]:
    if notebook.stage and start is None:
        dumps = stage.dumping_steps(flow, notebook)
        return [*(at for cell in tagged for at in flow.of_cell(cell.index)), *dumps] if dumps else _everything(flow)
    roots = [position for cell in tagged for position in flow.of_cell(cell.index)]
    called = [(start.call or start.name or "", start.cell)] if start and (start.name or start.call) else []
    for cell in tagged:
        if "validate" in cell.roles and cell.index in flow.cells:
            pieces = flow.cells[cell.index].pieces
            called += [(piece.node.name, cell.index) for piece in pieces if isinstance(piece.node, ast.FunctionDef)][
                -1:
            ]
    return roots + [trace_call(flow, name, cell) for name, cell in called]


def _everything(flow: Flow) -> list[int]:
    return [position for position, step in enumerate(flow.steps) if step.piece is not None]


def unbound(step: Step) -> list[tuple[str, bool]]:
    """Names that a statement reads and that nothing above it binds; whether it reads them for certain."""
    return [
        (name, certain)
        for name, certain in step.effects.uses.items()
        if step.sources.get(name) is None
        and not name.startswith("<")
        and not always_there(name)
        and name not in PLATFORM_NAMES
    ]
