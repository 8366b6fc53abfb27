"""What the predict cell shows to people: printed, written into a text, displayed, or drawn."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

_SHOWING = frozenset({"print", "display", "pprint"})
_WORDING = frozenset({"str", "repr"})


def shown(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions that a statement shows, without the text around them; what it evaluates to is shown, too."""
    match statement:
        case ast.Expr(value=value):
            yield from _within(value)
        case ast.If(body=body, orelse=otherwise):
            for inner in (*body, *otherwise):
                yield from shown(inner)


def told(nodes: Sequence[ast.stmt]) -> tuple[tuple[int, str], ...]:
    """What the statements show, as source with the number of the statement; what is shown last comes first."""
    found = [(at, item) for at, node in enumerate(nodes) for item in shown(node)]
    return tuple((at, ast.unparse(item)) for at, item in reversed(found) if not isinstance(item, ast.Constant))


def shows(function: ast.FunctionDef) -> tuple[tuple[int, str], ...]:
    """What the statements of a function show, as source with their line below the function's; the last comes first."""
    body = list(_one_by_one(function.body))
    return tuple((body[at].lineno - function.lineno, text) for at, text in told(body))


def _one_by_one(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, with those that ``with`` holds together on their own."""
    for node in body:
        if isinstance(node, ast.With):
            yield from _one_by_one(node.body)
        else:
            yield node


def _within(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.Call(func=ast.Name(id=name)) if name in _SHOWING | _WORDING:
            items = value.args
        case ast.Call(func=ast.Attribute(value=ast.Call() as drawn, attr="plot")):
            items = [drawn]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
            items = [*value.args, *(each.value for each in value.keywords)]
        case ast.JoinedStr():
            items = [part.value for part in value.values if isinstance(part, ast.FormattedValue)]
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _worded(left) or _worded(right):
            items = [left, right]
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=right):
            items = right.elts if isinstance(right, ast.Tuple) else [right]
        case _:
            yield value
            return
    for item in items:
        yield from _within(item)


def _worded(value: ast.expr) -> bool:
    """Whether it is a text, so that what is added to it is one."""
    match value:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _WORDING
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _worded(left) or _worded(right)
    return False


def unrounded(value: ast.expr) -> ast.expr:
    """``value`` without what only makes it shorter to read: rounded, or a part of it."""
    match value:
        case ast.Call(func=ast.Attribute(value=inner, attr="round" | "head")) | ast.Subscript(value=inner):
            return unrounded(inner)
    return value
