"""Rows that training leaves out on its way: gaps, outliers, duplicates, in a cell that is not one of the features.

``df = df[df.price < limit]`` says what a fit may see, which is training's affair, as a split is. In scoring the
statement is left out, and the raw rows that the service is described and proven with are those that training kept.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .alignment import MINIMUM_ROWS, is_pandas
from .chain import first_line
from .program import Step
from .rawframe import RawFrame
from .recorder import Recorder

DROPS = frozenset({"drop", "drop_duplicates", "dropna", "head", "query", "sample"})
"""Methods that may leave rows out."""

_OTHERS = frozenset({"data", "features", "predict"})
"""Roles of cells whose every statement counts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The raw frame with the rows that training kept, the steps without those that drop, and what to say of them."""

    raw: RawFrame
    steps: list[Step]
    notes: tuple[str, ...] = ()


def kept(raw: RawFrame, steps: Sequence[Step], recorder: Recorder) -> Kept:
    """Find the statements that leave rows out of a table, by what they are and by what they made of its rows."""
    index: Any = raw.value.index if is_pandas(raw.value, "DataFrame", "Series") else None
    found: list[Step] = []
    notes: list[str] = []
    lengths = {raw.name or "": len(raw.value)}
    for step in steps:
        bound = recorder.bound.get(step.place, {})
        name = (_dropping(step.tree) or "") if not step.roles & _OTHERS else ""
        whole = bool(name) and index is not None and index.is_unique and lengths.get(name) == len(index)
        left = _left(bound.get(name), index) if whole else None
        lengths |= recorder.lengths.get(step.place, {})
        if left is None:
            found.append(step)
            continue
        notes.append(
            f"Cell {step.cell} leaves {len(index) - len(left)} of {len(index)} rows out of training: "
            f"`{first_line(step.text)}`. The service does not; what it takes is described by the rows that stay."
        )
        index = left
    if not notes:
        return Kept(raw, list(steps))
    return Kept(replace(raw, value=raw.value.loc[index]), found, tuple(notes))


def _left(value: Any, index: Any) -> Any:
    """The labels that are left of ``index``; ``None`` where all are, or others."""
    if not is_pandas(value, "DataFrame", "Series") or not MINIMUM_ROWS <= len(value) < len(index):
        return None
    return value.index if value.index.is_unique and value.index.isin(index).all() else None


def _dropping(statement: ast.stmt) -> str | None:
    """The table in ``df = df[...]``, ``df = df.dropna()`` and ``df.drop(..., inplace=True)``."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name if _root(value) == name else None
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), keywords=keywords)):
            inplace = any(keyword.arg == "inplace" for keyword in keywords)
            return name if inplace and method in DROPS else None
    return None


def _root(value: ast.expr) -> str | None:
    while True:
        match value:
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in DROPS:
                value = inner
            case ast.Subscript(value=ast.Attribute(value=inner, attr="loc" | "iloc")) | ast.Subscript(value=inner):
                value = inner
            case ast.Name(id=name):
                return name
            case _:
                return None
