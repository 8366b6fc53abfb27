"""Statements that stack tables: ``both = pd.concat([train, test])``."""

from __future__ import annotations

import ast


def stacked(statement: ast.AST) -> ast.List | ast.Tuple | None:
    """What a statement stacks, where it does so in plain sight: the list in ``df = pd.concat([a, b])``."""
    found = stacking(statement)
    return found[1] if found is not None else None


def stacking(statement: ast.AST) -> tuple[ast.Call, ast.List | ast.Tuple] | None:
    """The call that stacks tables, with the list of them."""
    if not isinstance(statement, ast.Assign):
        return None
    for node in ast.walk(statement.value):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="concat" | "concatenate" | "vstack") | ast.Name(id="concat"), keywords=keywords
            ):
                given = [*node.args[:1], *(item.value for item in keywords if item.arg == "objs")]
                axes = [*node.args[1:2], *(item.value for item in keywords if item.arg == "axis")]
                if all(isinstance(axis, ast.Constant) and axis.value in (0, "index", "rows") for axis in axes):
                    shown = next((item for item in given if isinstance(item, ast.List | ast.Tuple)), None)
                    return (node, shown) if shown is not None else None
    return None
