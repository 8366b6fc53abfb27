"""Answers that a loop adds up: ``answers = 0``, then at each turn ``answers += model.predict(test) / 5``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

_ASKS = re.compile(r"predict|decision_function")


def sums(loop: ast.For, nodes: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The names that the cell of ``nodes`` bound before the loop, with what a turn adds that a model was asked for."""
    before = nodes[: nodes.index(loop)]
    begun = {
        target.id
        for node in before
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    asked: set[str] = set()
    for node in (inner for statement in loop.body for inner in ast.walk(statement)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _asks(value, asked):
                asked.add(name)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value) if name in begun:
                if _asks(value, asked):
                    yield name, value


def _asks(value: ast.expr, asked: set[str]) -> bool:
    """Whether an expression asks a model, or reads what one was ``asked``."""
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute) and _ASKS.search(node.attr):
            return True
        if isinstance(node, ast.Name) and node.id in asked:
            return True
    return False
