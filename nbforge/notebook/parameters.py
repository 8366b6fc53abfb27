"""Values for parameters given to a build, put after the cell that has the defaults, as papermill does."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nbforge.errors import UsageError
from nbforge.notebook.entry import bound_names
from nbforge.notebook.source import BrokenSourceError, split
from nbforge.values import Cell, Json, Notebook

COMMENT = "# parameters given to the build"


def inject(notebooks: Sequence[Notebook], given: Mapping[str, Json]) -> tuple[tuple[Notebook, ...], dict[str, Json]]:
    """The notebooks with ``given`` put after their defaults.

    Raises:
        UsageError: a name that no cell tagged ``parameters`` assigns.
    """
    known: dict[str, Cell] = {}
    for notebook in notebooks:
        for cell in notebook.cells:
            if "parameters" in cell.roles and "skip" not in cell.roles:
                known.update(dict.fromkeys(_assigned(cell), cell))
    for name in given:
        if name not in known:
            raise _unknown(name, list(known), notebooks)
    return tuple(_injected(notebook, given) for notebook in notebooks), dict(given)


def literal(value: Json) -> str:
    """A JSON value as a Python expression."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _injected(notebook: Notebook, given: Mapping[str, Json]) -> Notebook:
    cells = []
    for cell in notebook.cells:
        mine = [name for name in _assigned(cell) if name in given] if "parameters" in cell.roles else []
        if mine:
            added = "\n".join([COMMENT, *(f"{name} = {literal(given[name])}" for name in mine)])
            cells.append(replace(cell, source=f"{cell.source.rstrip()}\n{added}"))
        else:
            cells.append(cell)
    return replace(notebook, cells=tuple(cells))


def _assigned(cell: Cell) -> list[str]:
    try:
        return bound_names(split(cell.source))
    except BrokenSourceError:
        return []


def _unknown(name: str, known: list[str], notebooks: Sequence[Notebook]) -> UsageError:
    close = difflib.get_close_matches(name, known, 1)
    if not known:
        remedy = "Tag the cell that assigns the defaults with `parameters`."
    else:
        hint = f"Did you mean `{close[0]}`? " if close else ""
        remedy = f"{hint}Known parameters: {', '.join(f'`{item}`' for item in known)}."
    return UsageError(
        f"unknown parameter `{name}`.",
        remedy=remedy,
        code="unknown-parameter",
        notebook=notebooks[0].path.name if len(notebooks) == 1 else None,
        name=name,
    )
