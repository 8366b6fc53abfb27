"""Which model a cell ends on, where no value of its is an answer a row: it only measures, shows or compares models."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .asking import ASKS
from .kinds import has
from .program import DEFINING, Step


def ends_on(cell: int, steps: Sequence[Step], namespace: Mapping[str, Any]) -> str | None:
    """The model of the cell's last statement that asks one or gives it to something, ``evaluate(model, X_test)``.

    In a loop it is the last turn's. ``None`` where that statement is about several.

    Args:
        cell: the predict cell's index.
        steps: all of the notebook's.
        namespace: the notebook's variables after the run.
    """
    for step in reversed([step for step in steps if step.cell == cell and step.kind not in DEFINING]):
        models = {name for name in _reached(step.tree) if has(namespace.get(name), "predict")}
        if models:
            return models.pop() if len(models) == 1 else None
    return None


def _reached(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement asks something, or gives to what it calls."""
    for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if ASKS.search(attribute):
                yield name
        for item in (*call.args, *(each.value for each in call.keywords)):
            if isinstance(item, ast.Name):
                yield item.id
