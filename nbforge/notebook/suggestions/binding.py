"""The names that statements bind, also those in the loops that they are."""

from __future__ import annotations

import ast


def name(node: ast.stmt, call: ast.Call) -> str | None:
    """The name that a statement, or one in the loop that it is, binds to the value of ``call``."""
    for each in ast.walk(node):
        match each:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if value is call:
                return bound
            case ast.AnnAssign(target=ast.Name(id=bound), value=value) if value is call:
                return bound
    return None


def first(node: ast.stmt, call: ast.Call) -> str | None:
    """The first of the names for what ``call`` gives: ``model, mean = fitted(X, y)``."""
    for each in ast.walk(node):
        match each:
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=bound), *_])], value=value) if value is call:
                return bound
    return None


def turn(loop: ast.stmt, read: ast.expr | None) -> ast.expr | None:
    """What a turn of a loop binds a name to: ``X_train, X_test = X.iloc[train], X.iloc[test]``."""
    if not isinstance(loop, ast.For | ast.While) or not isinstance(read, ast.Name):
        return None
    for node in ast.walk(loop):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = list(zip(targets, values, strict=False))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case _:
                continue
        for target, value in pairs:
            if isinstance(target, ast.Name) and target.id == read.id:
                return value
    return None
