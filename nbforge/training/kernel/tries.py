"""The notebook's calls of the function that the predict cell gives, in cells that do not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .program import expression

_WRITTEN = (bool, int, float, str)


def calls_tried(
    name: str, plan: Mapping[str, Any], namespace: Mapping[str, Any]
) -> Iterator[tuple[ast.Call, dict[str, Any]]]:
    """Calls of ``name`` and calls that give it to others, the last first, with the names as they are there.

    In the place of names that the cell gives plain values are the values.
    """
    entry = plan["entry"] or {}
    trials: Sequence[Mapping[str, Any]] = entry.get("tried", ())
    for trial in reversed(trials):
        there = dict(namespace)
        try:
            exec(trial["code"], there)  # noqa: S102 - the notebook's own statements, which touch nothing else
        except Exception:  # noqa: BLE001, S112 - a cell that does not run may no longer work
            continue
        call = expression(trial["call"])
        named = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        if isinstance(call, ast.Call) and name in named:
            yield _Written(namespace, there).visit(call), there


class _Written(ast.NodeTransformer):
    """Puts the plain values of a cell in the place of their names."""

    def __init__(self, before: Mapping[str, Any], there: Mapping[str, Any]) -> None:
        self.before, self.there = before, there

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.there.get(node.id)
        own = node.id in self.there and self.before.get(node.id) is not value
        return ast.copy_location(ast.Constant(value), node) if own and isinstance(value, _WRITTEN) else node
