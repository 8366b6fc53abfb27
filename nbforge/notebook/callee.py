"""A call as it is written: its name, its arguments, its text."""

from __future__ import annotations

import ast

_SHOWN = 60


def argument(node: ast.Call, key: str | int) -> ast.expr | None:
    """The expression given at a position or for a keyword."""
    if isinstance(key, int):
        return node.args[key] if key < len(node.args) else None
    for keyword in node.keywords:
        if keyword.arg == key:
            return keyword.value
    return None


def path_name(node: ast.Call) -> str:
    """The last name of what is called."""
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def is_constant(node: ast.expr, value: object) -> bool:
    """Whether ``node`` is the literal ``value``: ``None``, ``True`` or ``False``."""
    return isinstance(node, ast.Constant) and node.value is value


def written(node: ast.Call) -> str:
    """A call as people read it, cut where it gets long."""
    text = ast.unparse(node)
    return text if len(text) <= _SHOWN else f"{ast.unparse(node.func)}(...)"
