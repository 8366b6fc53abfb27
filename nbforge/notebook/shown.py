"""What the predict cell shows to people: printed, written into a text, displayed, or drawn."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from nbforge.notebook.callee import path_name

_SHOWING = frozenset({"print", "display", "pprint"})
_WORDING = frozenset({"str", "repr"})
_ASKING = re.compile(r"fit|forecast|predict|score")


def shown(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions that a statement shows, without the text around them; what it evaluates to is shown, too."""
    match statement:
        case ast.Expr(value=value):
            yield from _within(value)
        case ast.If(body=body, orelse=otherwise):
            for inner in (*body, *otherwise):
                yield from shown(inner)
        case ast.For():
            yield from _of_all(statement)


def _of_all(loop: ast.For) -> Iterator[ast.expr]:
    """What a loop shows of each item: of all of them, ``[names[code] for code in codes]``, or the items as they are.

    What it shows of their numbers alone, or of a model that it asks at each turn, is nothing that is said of all items.
    """
    items = dict(_items(loop.target, loop.iter))
    for value in (value for inner in loop.body for value in shown(inner)):
        names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
        if isinstance(value, ast.Name) and value.id in items:
            yield items[value.id]
        elif names & items.keys() and not any(map(_asks, ast.walk(value))) and not names & _bound(loop.body):
            used = names & _bound([loop.target])
            alone = used.pop() if len(used) == 1 else None
            target, over = (ast.Name(alone, ast.Store()), items[alone]) if alone else (loop.target, loop.iter)
            yield ast.ListComp(elt=value, generators=[ast.comprehension(target, over, ifs=[], is_async=0)])


def _items(target: ast.expr, over: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names that a loop binds to items, with what each goes through; what only counts them is left out."""
    match over, target:
        case ast.Call(func=ast.Name(id="range")), _:
            return
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]), ast.Tuple(elts=[_, item]):
            yield from _items(item, inner)
        case ast.Call(func=ast.Name(id="zip"), args=inners), ast.Tuple(elts=parts) if len(inners) == len(parts):
            for item, inner in zip(parts, inners, strict=True):
                yield from _items(item, inner)
        case _, ast.Name(id=name):
            yield name, over


def _bound(statements: Sequence[ast.AST]) -> set[str]:
    nodes = [node for statement in statements for node in ast.walk(statement)]
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _asks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and bool(_ASKING.search(path_name(node)))


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
