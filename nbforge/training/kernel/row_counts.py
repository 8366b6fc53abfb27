"""How an expression counts rows, and the functions that make as many entries as they are told."""

from __future__ import annotations

import ast

MADE_TO_LENGTH = frozenset(
    {
        "arange",
        "broadcast_to",
        "empty",
        "full",
        "normal",
        "ones",
        "rand",
        "randint",
        "randn",
        "random",
        "range",
        "RangeIndex",
        "repeat",
        "reshape",
        "resize",
        "tile",
        "zeros",
    }
)
"""Functions whose arguments say how many entries to make."""


def lengths(tree: ast.AST) -> set[ast.AST]:
    """What counts rows in an expression."""
    return set[ast.AST]().union(*(counting(node) for node in ast.walk(tree) if counts_rows(node)))


def counting(node: ast.AST) -> set[ast.AST]:
    """A count of rows, with what it counts where that is ``df.index`` or ``df.values`` in place of ``df``."""
    match node:
        case ast.Call(args=[ast.Attribute(attr="index" | "values") as counted]):
            return {node, counted}
    return {node}


def counts_rows(node: ast.AST) -> bool:
    """``len(x)``, ``x.shape``, ``x.shape[0]``."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
