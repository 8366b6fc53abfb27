"""Why a cell is in or out, in words; and a slice as rows for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbforge.notebook.demand import Needed
from nbforge.notebook.flow import Flow
from nbforge.notebook.tags import KEPT
from nbforge.values import Cell, Json, Slice

_NAMED = 3
_ORDER = ("predict", "train", "features", "data", "validate", "example", "test", "parameters", "metrics")


def rows(found: Slice) -> list[dict[str, Json]]:
    """One row a cell: ``{"notebook", "index", "tags", "in", "reason"}``; the notebook by its file name."""
    return [
        {
            "notebook": found.notebooks[cell.notebook].path.name,
            "index": cell.index,
            "tags": list(cell.tags),
            "in": cell.included,
            "reason": cell.reason,
        }
        for cell in found.cells
    ]


def excluded(cell: Cell, flow: Flow) -> str:
    """Why a cell is left out."""
    if cell.kind != "code":
        return f"out: {'text' if cell.kind == 'markdown' else 'raw text'}"
    if "skip" in cell.roles:
        return f"out: tagged {_written(cell, 'skip')}"
    if "raises-exception" in cell.roles:
        return "out: tagged raises-exception"
    if cell.index in flow.broken:
        return f"out: syntax error in line {flow.broken[cell.index].line}, and nothing needs it"
    if not cell.source.strip():
        return "out: empty"
    return "out: nothing that training or scoring needs comes from here"


def tagged(cell: Cell) -> str:
    """Why a cell with a role is kept."""
    return f"in: tagged {', '.join(_written(cell, role) for role in _ORDER if role in cell.roles)}"


def wanted(
    cell: Cell, positions: Sequence[int], flow: Flow, found: Needed, cells: Mapping[int, Cell], why: Mapping[int, str]
) -> str:
    """Why a cell without a role is kept: what others take from it, or ``why`` a step of it runs whatever happens."""
    defined: dict[str, int] = {}
    changed: dict[str, int] = {}
    settings = False
    for position in sorted(positions, key=lambda at: flow.steps[at].effects.kind == "import"):
        effects = flow.steps[position].effects
        for need in found.steps[position]:
            if need.by is None or need.name is None:
                continue
            consumer = flow.steps[need.by].cell
            if consumer == cell.index and flow.steps[need.by].piece is not None:
                continue
            if need.name.startswith("<"):
                settings = True
                changed.setdefault(hidden(need.name), consumer)
            else:
                target = defined if need.name in effects.defines | effects.may_define else changed
                target.setdefault(need.name, consumer)
    if defined:
        return f"in: defines {_needed_by(defined, cells)}"
    if changed:
        return f"in: {'sets' if settings and not set(changed) - _STATES else 'changes'} {_needed_by(changed, cells)}"
    return f"in: {next((why[position] for position in positions if position in why), 'all of this notebook runs')}"


_STATES = {"the state of the random generator", "settings"}


def hidden(name: str) -> str:
    """Hidden state in words: a file's name, ``settings``, ..."""
    if name.startswith(("<random", "<seed")):
        return "the state of the random generator"
    if name.startswith("<file"):
        label = name[5:].strip("s >")
        return "files" if not label or label == "*" else label
    if name.startswith("<module"):
        return name[8:-1]
    return {"<settings>": "settings", "<out>": "the last output"}.get(name, name.strip("<>"))


def _needed_by(names: Mapping[str, int], cells: Mapping[int, Cell]) -> str:
    """``scaler, which predict (cell 12) needs``: the names that the first tagged consumer, else the first one,
    takes.
    """
    consumer = next((c for c in names.values() if cells[c].roles & KEPT), next(iter(names.values())))
    mine = [name for name, by in names.items() if by == consumer]
    shown = ", ".join(mine[:_NAMED]) + (f" and {len(mine) - _NAMED} more" if len(mine) > _NAMED else "")
    role = next((role for role in _ORDER if role in cells[consumer].roles), None)
    return f"{shown}, which {f'{role} (cell {consumer})' if role else f'cell {consumer}'} needs"


def _written(cell: Cell, role: str) -> str:
    for tag in cell.tags:
        if tag in {role, f"nbforge:{role}"} or (role == "skip" and tag == "skip-execution"):
            return tag
        if (role, tag) in {("parameters", "pipeline-parameters"), ("metrics", "pipeline-metrics")}:
            return tag
    return f"nbforge:{role}"
