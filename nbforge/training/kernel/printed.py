"""A function of the notebook that shows what it predicts and returns nothing, as one that returns it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, cast

from .asking import asks_model
from .entry import Entry, defined
from .errors import CaptureError
from .inlining import inlined
from .parsing import parse
from .program import Step, expression, names_in
from .put_down import answers_of
from .spans import Spans
from .taking import undecorated, wrapped

_DRAWS = ("matplotlib", "seaborn", "plotly", "altair", "bokeh", "IPython", "ipywidgets")
_SHOWS = frozenset({"print", "display", "pprint"})
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A function ``name`` of the notebook as ``text``; ``told``: what people are told of it."""

    name: str
    text: str
    told: str

    def note(self, cell: int) -> str:
        """What people are told of it, for the predict ``cell``."""
        return self.told.replace("CELL", str(cell))

    def entry(self, entry: Entry, namespace: Mapping[str, Any]) -> Entry:
        """The same entry point, of the function as it is now."""
        return replace(entry, name=self.name, value=defined(self.name, self.text, namespace))


def definition(name: str, steps: Sequence[Step]) -> Step | None:
    """The last statement that defines a function of this name."""
    return next((step for step in reversed(steps) if step.kind == "function" and name in step.defines), None)


def printed(name: str, steps: Sequence[Step], namespace: Mapping[str, Any]) -> Rewritten | None:
    """The function of this name as one that returns what it shows; ``None`` where it returns something.

    Raises:
        CaptureError: exit 3, where it makes no prediction that could be returned.
    """
    step = definition(name, steps)
    tree = parse(step.text).body[0] if step is not None else None
    if step is None or not isinstance(tree, ast.FunctionDef) or gives(tree):
        return None
    statements = list(_one_by_one(tree.body, namespace))
    body = [_as_step(node, step.cell, at) for at, node in enumerate(statements)]
    lines = [node.lineno - tree.lineno for node in statements]
    found = None if wrapped(tree) else _shown(step.shows, body, lines) or _made(body)
    if found is None:
        raise CaptureError(
            exit=3,
            code="no-prediction",
            message=f"`{name}` returns nothing, so there is nothing that the service could answer.",
            remedy=f"End `{name}` with `return` and what it predicts.",
            cell=step.cell,
            name=name,
        )
    at, value = found
    told = f"`{name}` returns nothing; the service answers `{value}`, which it makes."
    return Rewritten(name, _returning(_flat(step.text, tree, statements), at, value, namespace), told)


def gives(function: ast.FunctionDef) -> bool:
    """Whether a function gives a value back, or several one after the other."""
    within = list(function.body)
    while within:
        node: ast.AST = within.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
            return True
        if not isinstance(node, _OWN_SCOPE):
            within += ast.iter_child_nodes(node)  # type: ignore[arg-type]
    return False


def _one_by_one(body: Sequence[ast.stmt], namespace: Mapping[str, Any]) -> Iterator[ast.stmt]:
    """The statements, with those on their own that are done ``with`` a place on the screen."""
    for node in body:
        match node:
            case ast.With(items=[ast.withitem(context_expr=place, optional_vars=None)]) if draws(
                _root(place), namespace
            ):
                yield from _one_by_one(node.body, namespace)
            case _:
                yield node


def _flat(text: str, tree: ast.FunctionDef, statements: Sequence[ast.stmt]) -> str:
    """The definition's text, with ``statements`` as its body."""
    if len(statements) == len(tree.body) and all(new is old for new, old in zip(statements, tree.body, strict=True)):
        return text
    tree.body = list(statements)
    return ast.unparse(tree)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _as_step(node: ast.stmt, cell: int, at: int) -> Step:
    """A statement of a function as a step of its own."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    bound = frozenset(each.id for each in names if isinstance(each.ctx, ast.Store))
    read = frozenset(each.id for each in names if isinstance(each.ctx, ast.Load))
    sure = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
    nothing = frozenset[str]()
    return Step(
        cell, at, node, "", "statement", nothing,
        bound if sure else nothing, nothing if sure else bound, nothing,
        read | bound if isinstance(node, ast.AugAssign) else read,
    )  # fmt: skip


def _shown(shows: Sequence[tuple[int, str]], body: Sequence[Step], lines: Sequence[int]) -> tuple[int, str] | None:
    """What the function shows of an answer, with the number of the statement; what a model predicts comes first."""
    found: list[tuple[bool, int, str]] = []
    for line, text in shows:
        at = lines.index(line) if line in lines else len(body)
        tree = body[at].tree if at < len(body) else None
        if isinstance(tree, ast.Expr) and _root(tree.value) in _SHOWS:
            value = expression(text)
            whole = inlined(value, body[:at], asks_model)
            if asks_model(whole) or names_in(value) & answers_of(body[:at]):
                found.append((".predict(" not in ast.unparse(whole), at, text))
    return min(found, key=lambda each: each[0])[1:] if found else None


def _made(body: Sequence[Step]) -> tuple[int, str] | None:
    """The last name that a statement of the function binds to an answer, with the number of the next statement."""
    for at, step in reversed(list(enumerate(body))):
        made = answers_of(body[: at + 1]) & step.defines
        if isinstance(step.tree, ast.Assign) and len(made) == 1:
            return at + 1, made.pop()
    return None


def _returning(text: str, at: int, value: str, namespace: Mapping[str, Any]) -> str:
    """The definition with a ``return`` in the place of statement ``at``, and without what draws before it."""
    spans, tree = Spans(text), cast(ast.FunctionDef, parse(text).body[0])
    first = tree.body[0]
    for node in _drawing(tree.body[:at], names_in(expression(value)), namespace):
        spans.drop_lines(node)
    if at < len(tree.body):
        spans.between(spans.start(tree.body[at]), len(spans.source), f"return {value}")
    else:
        spans.between(len(spans.source), len(spans.source), f"\n{' ' * first.col_offset}return {value}")
    return undecorated(spans.result())


def _drawing(body: Sequence[ast.stmt], needed: Collection[str], namespace: Mapping[str, Any]) -> Iterator[ast.stmt]:
    """The statements that only print or draw: a service shows nothing."""
    drawn: set[str] = set()
    for node in body:
        match node:
            case ast.Expr(value=ast.Call() as call) if _root(call) in drawn | _SHOWS or draws(_root(call), namespace):
                yield node
            case ast.Assign(value=ast.Call() as call) if _root(call) in drawn or draws(_root(call), namespace):
                bound = names_in(ast.Tuple(node.targets, ast.Store()))
                if not bound & set(needed):
                    drawn |= bound
                    yield node


def _root(call: ast.expr) -> str:
    inner: ast.expr = call
    while isinstance(inner, ast.Call | ast.Attribute | ast.Subscript):
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return inner.id if isinstance(inner, ast.Name) else ""


def draws(name: str, namespace: Mapping[str, Any]) -> bool:
    """Whether a name is of a library that only draws, or something of one."""
    value = namespace.get(name)
    module = value.__name__ if isinstance(value, ModuleType) else str(getattr(value, "__module__", ""))
    return module in sys.modules and module.partition(".")[0] in _DRAWS
