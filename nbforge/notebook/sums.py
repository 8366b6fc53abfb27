"""Answers that a loop adds up, ``answers += model.predict(test) / 5``, or puts beside each other, a column a turn, or
one after the other, a row a turn.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

_BLANK = frozenset({"zeros", "zeros_like"})
_ASKS = re.compile(r"predict|decision_function")


def sums(loop: ast.For) -> Iterator[tuple[str, ast.expr]]:
    """The names that were bound before the loop, with what a turn adds that a model was asked for.

    ``answers[:, at] = model.predict(test)`` adds a column, and so does ``answers[label] = ...`` for the turn's label.
    """
    anew = {
        target.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign)
        for each in node.targets
        for target in (each.elts if isinstance(each, ast.Tuple) else [each])
        if isinstance(target, ast.Name)
    }
    asked: set[str] = set()
    for node in (inner for statement in loop.body for inner in ast.walk(statement)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _asks(value, asked):
                asked.add(name)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value) if name not in anew:
                if _asks(value, asked):
                    yield name, value
            case (
                ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=place)], value=value)
                | ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name), slice=place), op=ast.Add(), value=value)
            ) if name not in anew and _is_column(place, loop) and _asks(value, asked):
                yield name, value


def gathered(loop: ast.For) -> Iterator[tuple[str, ast.expr]]:
    """The lists that a loop's turns put one answer after the other into, with what they put there."""
    asked: set[str] = set()
    for node in (inner for statement in loop.body for inner in ast.walk(statement)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _asks(value, asked):
                asked.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                if _asks(value, asked):
                    yield name, value


def collected(loop: ast.For, bound: Sequence[tuple[str, ast.expr]]) -> str | None:
    """The list or array that is ``bound`` empty and that a loop fills with one answer after the other."""
    counts = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    filled = set()
    for node in ast.walk(loop):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append")):
                filled.add(name)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=at))]) if at in counts:
                filled.add(name)
    found = {name for name, value in bound if name in filled and _empty(value)}
    return found.pop() if len(found) == 1 else None


def _empty(value: ast.expr) -> bool:
    """Whether a list has nothing in it yet, or an array nothing that counts."""
    match value:
        case ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr=name)):
            return name in _BLANK
    return False


def _is_column(place: ast.expr, loop: ast.For) -> bool:
    """Whether a place in a table is a column of the turn's own: all rows of it, not those that a fold leaves out."""
    match place:
        case ast.Tuple(elts=[ast.Slice(lower=None, upper=None), *_]):
            return True
        case ast.Name(id=label):
            turn = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
            return label in turn and "split" not in ast.unparse(loop.iter)
    return False


def _asks(value: ast.expr, asked: set[str]) -> bool:
    """Whether an expression asks a model, or reads what one was ``asked``."""
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute) and _ASKS.search(node.attr):
            return True
        if isinstance(node, ast.Name) and node.id in asked:
            return True
    return False
