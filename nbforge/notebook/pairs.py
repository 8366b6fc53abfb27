"""Names that a statement reads only to give what they stand for another name, such as ``n`` in ``n, rows = m, []``.

Where that other name is not needed of the statement, it matters that ``m`` is there, and not what it stands for.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbforge.notebook.effects import Effects

_Display = ast.List | ast.Tuple
Pairs = dict[str, frozenset[str]]
"""For each name that is read, the names that it is given to."""


def only_given(node: ast.stmt, effects: Effects) -> Pairs:
    """The names that ``node`` does nothing with but give them to others, and to which."""
    given: dict[str, set[str]] = {}
    match node:
        case ast.Assign(targets=targets, value=ast.List() | ast.Tuple() as value):
            plain = all(_pair(target, value, given) for target in targets)
        case ast.For(target=target, iter=ast.List(elts=items) | ast.Tuple(elts=items)):
            plain = all(_pair(target, item, given) for item in items) and _read_by_header(node, effects, given)
        case _:
            plain = False
    return {name: frozenset(targets) for name, targets in given.items() if targets} if plain else {}


def _read_by_header(node: ast.For, effects: Effects, given: dict[str, set[str]]) -> bool:
    """Whether nothing in a loop reads what it goes through; what it binds and reads is needed."""
    inner = [part for key, part in effects.parts.items() if key != id(node)]
    children = (child for part in (*node.body, *node.orelse) for child in ast.walk(part))
    loaded = {child.id for child in children if isinstance(child, ast.Name)}
    loaded |= {name for part in inner for name in (*part.reads, *part.writes)}
    for name in list(given):
        if name in loaded or not given[name].isdisjoint(loaded):
            del given[name]
    return bool(inner)


def _pair(target: ast.expr, value: ast.expr, given: dict[str, set[str]]) -> bool:
    """Note what of ``value`` goes to which name of ``target``; whether both are made of names and constants alone."""
    match target, value:
        case [ast.Name(id=name), _]:
            return _all_to(name, value, given)
        case [ast.List(elts=targets) | ast.Tuple(elts=targets), ast.List(elts=values) | ast.Tuple(elts=values)]:
            return _side_by_side(targets, values, given)
    return False


def _side_by_side(targets: Sequence[ast.expr], values: Sequence[ast.expr], given: dict[str, set[str]]) -> bool:
    starred = [at for at, target in enumerate(targets) if isinstance(target, ast.Starred)]
    if any(isinstance(value, ast.Starred) for value in values):
        return False
    if not starred:
        return len(targets) == len(values) and all(map(_pair, targets, values, [given] * len(values)))
    at, after = starred[0], len(targets) - starred[0] - 1
    if len(values) < at + after:
        return False
    end = len(values) - after
    rest = targets[at]
    inner = rest.value if isinstance(rest, ast.Starred) else rest
    return (
        isinstance(inner, ast.Name)
        and all(_all_to(inner.id, value, given) for value in values[at:end])
        and all(map(_pair, targets[:at], values[:at], [given] * at))
        and all(map(_pair, targets[at + 1 :], values[end:], [given] * after))
    )


def _all_to(name: str, value: ast.expr, given: dict[str, set[str]]) -> bool:
    match value:
        case ast.Name(id=read):
            given.setdefault(read, set()).add(name)
            return True
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return all(_all_to(name, item, given) for item in items)
    return isinstance(value, ast.Constant)
