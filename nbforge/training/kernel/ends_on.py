"""Which model a cell ends on, where no value of its is an answer a row: it only measures, shows or compares models."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from .asking import ASKS
from .kinds import has
from .program import DEFINING, Step, evaluated, names_in

_LOOKS = re.compile(
    r"(?i)accuracy|auc|bench|compar|confusion|crosstab|curve|deviance|display|draw|error|eval|f1|kappa|loss|matrix|metric"
    r"|perf|plot|precision|print|recall|report|score|show|summar|valid|visual"
)
"""Functions that look at answers or at a model, and say nothing else of a row than these do."""
_DRAWS = re.compile(r"plot$|^(axhline|axvline|bar|barh|fill_between|heatmap|hist|imshow|scatter|step)$")
"""Functions that draw what they are given, whatever is made of answers for it."""
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


def ends_on(cell: int, steps: Sequence[Step], namespace: Mapping[str, Any]) -> ast.Name | ast.Call | None:
    """The model of the cell's last statement that fits or asks one, or gives it to something, ``evaluate(model, X)``.

    It has a name, or is made there, ``evaluate(SVC(), X)``. In a loop it is the last turn's; statements in branches
    and ``with`` blocks count as the cell's own. ``None`` where that statement is about several, and where the cell
    makes anything of what models answer but measures and pictures: what it makes would be the prediction.

    Args:
        cell: the predict cell's index.
        steps: all of the notebook's.
        namespace: the notebook's variables after the run.
    """
    mine = [step.tree for step in steps if step.cell == cell and step.kind not in DEFINING]
    looking = _Looking(_that_look(steps, namespace))
    if not looking.only(mine):
        return None
    for statement in reversed(list(_opened(mine))):
        found = {
            ast.unparse(item): (item, says) for item, says in looking.reached(statement) if _predicts(item, namespace)
        }
        if found:
            [(model, says), *others] = found.values()
            return model if not others and not says else None
    return None


def _that_look(steps: Sequence[Step], namespace: Mapping[str, Any]) -> Mapping[str, bool]:
    """Of each function of the notebook whether it only looks at answers, its own or what it is given."""
    found: dict[str, bool] = {}
    for step in steps:
        if isinstance(step.tree, ast.FunctionDef) and isinstance(namespace.get(step.tree.name), FunctionType):
            asks = any(map(_asks, ast.walk(step.tree)))
            given = () if asks else (each.arg for each in ast.walk(step.tree.args) if isinstance(each, ast.arg))
            found[step.tree.name] = _Looking(found, frozenset(given)).only(step.tree.body)
    return found


def _predicts(given: ast.Name | ast.Call, namespace: Mapping[str, Any]) -> bool:
    """Whether a name is a model's, or a call makes one."""
    if isinstance(given, ast.Name):
        return has(namespace.get(given.id), "predict")
    made = evaluated(given.func, namespace)
    return isinstance(made, type) and has(made, "predict")


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


@dataclass(frozen=True, slots=True)
class _Looking:
    """Whether code only looks at answers, as some of the notebook's ``functions`` do; what is ``given`` is answers."""

    functions: Mapping[str, bool]
    given: frozenset[str] = frozenset()

    def reached(self, statement: ast.stmt) -> Iterator[tuple[ast.Name | ast.Call, bool]]:
        """What a statement fits, asks, or gives to what it calls; and whether that may say more of a row."""
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            match call.func:
                case ast.Attribute(value=ast.Name() as asked, attr="fit" | "score"):
                    yield asked, False
                case ast.Attribute(value=ast.Name() as asked, attr=attribute) if ASKS.search(attribute):
                    yield asked, False
            name = _name(call)
            looks = self._called(call) or bool(_TRIES.search(name) and not _SAYS.search(name))
            if looks or not name[:1].isupper():  # a search that is made around a model asks nothing yet
                yield from ((item, not looks) for item in _given(call) if isinstance(item, ast.Name | ast.Call))

    def only(self, statements: Sequence[ast.stmt]) -> bool:
        """Whether nothing is made of answers but what looks at them; in another name or container they stay answers."""
        answers = set(self.given)
        nodes = [node for statement in statements for node in ast.walk(statement)]
        for _ in range(2):  # what a loop's next turn reads
            for node in nodes:
                answers |= _holding(node, answers)
                if not self._allowed(node, answers):
                    return False
        return True

    def _allowed(self, node: ast.AST, answers: set[str]) -> bool:
        match node:
            case ast.Assign(value=value) | ast.For(iter=value):
                return self._looks(value, answers)
            case ast.Expr(value=ast.Call() as call):
                says = _answers(call, answers) and not self.functions.get(_name(call), True)
                return not says and self._looks_at_all(call, answers)
            case ast.AugAssign(target=target, value=value):
                return not (_answers(target, answers) or _same(value, answers)) and self._looks(value, answers)
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if _answers(test, answers):
                return False
            case ast.Return(value=ast.expr() as value):
                items = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
                return not any(_same(item, answers) for item in items) and self._looks(value, answers)
            case ast.stmt():
                inner = (each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
                return all(self._looks(each, answers) for each in inner)
        return True

    def _looks(self, value: ast.expr, answers: set[str]) -> bool:
        """Whether answers are in it as they are, or only to be measured, shown, or compared with the truth."""
        if not _answers(value, answers) or _same(value, answers):
            return True
        match value:
            case ast.Call() if self._called(value):
                return self._looks_at_all(value, answers)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                sides = (left, right)
                return not any(isinstance(each, ast.Constant) for each in sides) and all(
                    self._looks(each, answers) for each in sides
                )
            case ast.JoinedStr() | ast.FormattedValue():
                parts = ast.iter_child_nodes(value)
                return all(self._looks(each, answers) for each in parts if isinstance(each, ast.expr))
        inner = [each for each in ast.walk(value) if isinstance(each, ast.expr) and each is not value]
        covered = {id(node) for each in inner if self._measures(each, answers) for node in ast.walk(each)}
        return all(id(node) in covered for node in inner if _same(node, answers))

    def _looks_at_all(self, call: ast.Call, answers: set[str]) -> bool:
        return bool(_DRAWS.search(_name(call))) or all(self._looks(each, answers) for each in _given(call))

    def _measures(self, value: ast.expr, answers: set[str]) -> bool:
        """Whether what is in a larger expression is a measure: that may be combined with others as it likes."""
        match value:
            case ast.Call():
                return self._called(value) and self._looks(value, answers)
            case ast.Compare(ops=[ast.Eq() | ast.NotEq()]):
                return self._looks(value, answers)
        return False

    def _called(self, call: ast.Call) -> bool:
        name = _name(call)
        return self.functions.get(name, bool(_LOOKS.search(name) or _DRAWS.search(name)))


def _holding(node: ast.AST, answers: set[str]) -> frozenset[str]:
    """The names that a statement makes hold answers."""
    match node:
        case ast.Assign(targets=[target, *_], value=value) | ast.For(target=target, iter=value):
            return _roots(target) if _same(value, answers) else frozenset()
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            return frozenset({name} if _name(call) in _KEEPS and _answers(call, answers) else ())
    return frozenset()


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
