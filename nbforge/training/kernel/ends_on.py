"""Which model a cell ends on, where no value of its is an answer a row: it only measures, shows or compares models."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .asking import ASKS
from .kinds import has
from .program import DEFINING, Step, names_in

_LOOKS = re.compile(
    r"(?i)accuracy|auc|bench|compar|confusion|curve|deviance|display|draw|error|eval|f1|loss|matrix|metric|perf|plot"
    r"|print|report|score|show|summar|valid|visual"
)
"""Functions that look at answers or at a model, and say nothing else of a row than these do."""
_TRIES = re.compile(r"(?i)fit|test|train")
_SAYS = re.compile(r"(?i)predict|classify|forecast|infer|label|recommend")
"""Functions of a model that say something of rows themselves."""
_KEEPS = frozenset(
    {
        *("append", "array", "asarray", "column_stack", "concatenate", "enumerate", "extend", "flatten", "hstack"),
        *("len", "list", "range", "ravel", "reshape", "squeeze", "tolist", "update", "vstack", "zip"),
    }
)
"""Functions that give answers back as they are, in another shape or beside others."""


def ends_on(cell: int, steps: Sequence[Step], namespace: Mapping[str, Any]) -> str | None:
    """The model of the cell's last statement that fits or asks one, or gives it to something, ``evaluate(model, X)``.

    In a loop it is the last turn's; statements in branches and ``with`` blocks count as the cell's own. ``None`` where
    that statement is about several, and where the cell makes anything of what models answer but measures and pictures:
    what it makes would be the prediction.

    Args:
        cell: the predict cell's index.
        steps: all of the notebook's.
        namespace: the notebook's variables after the run.
    """
    mine = [step.tree for step in steps if step.cell == cell and step.kind not in DEFINING]
    if not _only_looks(mine):
        return None
    for statement in reversed(list(_opened(mine))):
        found = [(name, says) for name, says in _reached(statement) if has(namespace.get(name), "predict")]
        if found:
            models = {name for name, _ in found}
            return models.pop() if len(models) == 1 and not any(says for _, says in found) else None
    return None


def _opened(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, with those of branches and blocks in their place."""
    for statement in statements:
        match statement:
            case ast.If(body=body, orelse=other):
                yield from _opened([*body, *other])
            case ast.With(body=body):
                yield from _opened(body)
            case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=last):
                caught = [each for handler in handlers for each in handler.body]
                yield from _opened([*caught, *body, *other, *last])
            case _:
                yield statement


def _reached(statement: ast.stmt) -> Iterator[tuple[str, bool]]:
    """The names that a statement fits, asks, or gives to what it calls; and whether that may say more of a row."""
    for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr="fit" | "score"):
                yield name, False
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if ASKS.search(attribute):
                yield name, False
        name = _name(call)
        looks = bool(_LOOKS.search(name)) or bool(_TRIES.search(name) and not _SAYS.search(name))
        if looks or not name[:1].isupper():  # a search that is made around a model asks nothing yet
            yield from ((item.id, not looks) for item in _given(call) if isinstance(item, ast.Name))


def _only_looks(statements: Sequence[ast.stmt]) -> bool:
    """Whether nothing is made of answers but what looks at them: in other names and containers they stay answers."""
    answers: set[str] = set()
    for _ in range(2):  # what a loop's next turn reads
        for node in (node for statement in statements for node in ast.walk(statement)):
            match node:
                case ast.Assign(targets=[target, *_], value=value) | ast.For(target=target, iter=value):
                    answers |= _roots(target) if _same(value, answers) else set()
                    allowed = _looks(value, answers)
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
                    filled = _name(call) in _KEEPS and _answers(call, answers)
                    answers |= {name} if filled else set()
                    allowed = all(_looks(each, answers) for each in _given(call))
                case ast.Expr(value=ast.Call() as call):
                    allowed = all(_looks(each, answers) for each in _given(call))
                case ast.AugAssign(target=target, value=value):
                    allowed = not _answers(target, answers) and _looks(value, answers) and not _same(value, answers)
                case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if _answers(test, answers):
                    allowed = False
                case ast.stmt():
                    inner = (each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
                    allowed = all(_looks(each, answers) for each in inner)
                case _:
                    continue
            if not allowed:
                return False
    return True


def _answers(value: ast.AST, answers: set[str]) -> bool:
    """Whether answers are anywhere in it."""
    nodes = list(ast.walk(value))
    return any(isinstance(node, ast.Name) and node.id in answers for node in nodes) or any(map(_asks, nodes))


def _same(value: ast.expr, answers: set[str]) -> bool:
    """Whether it is answers as they are: all of them or some rows, those of several models, beside other rows."""
    match value:
        case ast.Name(id=name):
            return name in answers
        case ast.Subscript(value=inner, slice=place):
            return _same(inner, answers) and not _answers(place, answers)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            within = [item for item in items if _answers(item, answers)]
            return bool(within) and all(_same(item, answers) for item in within)
        case ast.Call(func=ast.Attribute(value=inner)) if _name(value) in _KEEPS and _answers(inner, answers):
            return _same(inner, answers)
        case ast.Call() if _name(value) in _KEEPS:
            return _same(ast.Tuple(_given(value), ast.Load()), answers)
    return _asks(value)


def _looks(value: ast.expr, answers: set[str]) -> bool:
    """Whether answers are in it as they are, or only to be measured, shown, or compared with the truth."""
    if not _answers(value, answers) or _same(value, answers):
        return True
    match value:
        case ast.Call() if _LOOKS.search(_name(value)):
            return all(_looks(each, answers) for each in _given(value))
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            sides = (left, right)
            return not any(isinstance(each, ast.Constant) for each in sides) and all(_looks(e, answers) for e in sides)
        case ast.JoinedStr() | ast.FormattedValue():
            return all(_looks(each, answers) for each in ast.iter_child_nodes(value) if isinstance(each, ast.expr))
    inner = [each for each in ast.walk(value) if isinstance(each, ast.expr) and each is not value]
    covered = {id(node) for each in inner if _measures(each, answers) for node in ast.walk(each)}
    return all(id(node) in covered for node in inner if _same(node, answers))


def _measures(value: ast.expr, answers: set[str]) -> bool:
    """Whether what is in a larger expression is a measure: that may be combined with others as it likes."""
    match value:
        case ast.Call():
            return bool(_LOOKS.search(_name(value))) and _looks(value, answers)
        case ast.Compare(ops=[ast.Eq() | ast.NotEq()]):
            return _looks(value, answers)
    return False


def _asks(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return bool(ASKS.search(name)) and bool(_given(node))
    return False


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def _name(call: ast.Call) -> str:
    """The function's last name; with the class that makes something ``from_`` what it is given."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if name.startswith("from_"):
            return f"{owner}.{name}"
        case ast.Attribute(attr=name):
            return name
    return ast.unparse(call.func)


def _roots(target: ast.expr) -> frozenset[str]:
    """The names that an assignment binds or changes."""
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return names_in(target)
