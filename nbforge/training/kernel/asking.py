"""A cell that asks a model about rows of its own choice, as a function of the rows that a client sends."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import ahead
from .entry import Entry, defined
from .errors import CaptureError
from .inlining import inlined
from .kinds import is_fitted_object
from .program import Step, answer, expression
from .put_down import column_that_asks

ROWS = "rows"
ASKS = re.compile(r"^(predict|get_prediction$|decision_function$|score_samples$)")
LABELS = ("predict", "predict_proba")
"""What an estimator's service answers by itself."""
_DECODING = frozenset({"exp", "expm1", "inverse_transform"})
_SHORTER = frozenset({"head", "item", "round", "squeeze"})
_FIGURES = frozenset({"count", "count_nonzero", "len", "max", "mean", "median", "min", "std", "sum", "unique", "var"})
_ONE = frozenset({"bool", "float", "int", "str"})


@dataclass(frozen=True, slots=True)
class Asking:
    """A function ``name`` that asks ``model``, which the notebook calls ``asked``; ``text`` defines it.

    ``answer``: its value, an expression over ``rows``; ``each``: of one row; ``shown``: the notebook's name for it.
    """

    name: str
    answer: str
    model: Any
    asked: str
    each: bool
    shown: str | None
    text: str = ""

    def taking(self, columns: Any) -> Asking:
        """With the text of a function that takes these columns of its rows, or all of them."""
        chosen = "" if columns is None else f"    {ROWS} = {ROWS}[{columns!r}]\n"
        value = f"[{self.answer} for {ROWS} in ({ROWS}[at : at + 1] for at in range(len({ROWS})))]"
        return replace(self, text=f"def {self.name}({ROWS}):\n{chosen}    return {value if self.each else self.answer}")

    @property
    def renames(self) -> bool:
        """Whether it says in other words or numbers what the model says: to give these instead would be wrong."""
        match expression(self.answer):
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                return name in _DECODING
            case ast.Subscript(slice=index):
                return asks_model(index) and not any(
                    isinstance(it, ast.Compare) or _reduces(it) for it in ast.walk(index)
                )
        return False

    def refused(self, cell: int, reason: CaptureError) -> CaptureError:
        """Why it cannot be what the service answers."""
        return CaptureError(
            exit=3,
            code="told-otherwise",
            message=f"the cell gives `{self.answer}` as its prediction, which cannot be asked of a request's rows: "
            f"{reason.message}",
            remedy="End the cell with a function of the table that does all from its rows to what is told.",
            cell=cell,
            name=self.asked,
        )

    def note(self, cell: int) -> str:
        """What people are told of it."""
        return f"Cell {cell} predicts for rows of its own choice, so the service asks `{self.asked}` as it does there."

    def entry(self, namespace: Mapping[str, Any]) -> Entry:
        """The function as an entry point."""
        return Entry("function", self.name, defined(self.name, self.text, namespace))


def told(plan: Mapping[str, Any], bound: str | None, steps: Sequence[Step]) -> list[tuple[Step, ast.expr]]:
    """What the predict cell assigns to ``bound`` or evaluates at its end, and what it shows; with the statements."""
    mine = [step for step in steps if step.cell == plan["cell"]]
    shown = [(step, expression(text)) for at, text in plan["told"] for step in mine if step.statement == at]
    names = [bound] if bound else [value.id for _, value in shown if isinstance(value, ast.Name)]
    own = [step for name in names if (step := ahead.asked(mine, name)) is not None] if names or shown else mine[-1:]
    assigned = [(step, _first(*answered)) for step in own if (answered := answer(step)) is not None]
    return [*assigned, *shown] if bound else [*shown, *assigned]


def askings(
    plan: Mapping[str, Any], bound: str | None, steps: Sequence[Step], namespace: Mapping[str, Any], name: str
) -> list[Asking]:
    """What the predict cell asks a model and says of it: what a label's code means, say. The likeliest comes first.

    Where it says what the model predicts as it is, the model says that by itself: no function is needed.

    Args:
        plan: ``entry`` of the plan, or one of its ``earlier``.
        bound: the name that the statement assigns, if it does.
        steps: all of the notebook's.
        namespace: the notebook's variables after the run.
        name: what the function will be called.
    """
    found = [
        asking
        for step, value in told(plan, bound, steps)
        if (asking := _asking(value, steps[: steps.index(step)], namespace, name)) is not None
    ]
    return sorted(found, key=lambda each: ".predict(" not in each.answer)


def _first(value: ast.expr, first: str) -> ast.expr:
    return expression(f"({ast.unparse(value)}){first}") if first else value


def _asking(value: ast.expr, before: Sequence[Step], namespace: Mapping[str, Any], name: str) -> Asking | None:
    """The expression with ``rows`` in the place of what it asks about, where it asks one model one question."""
    shown = whole(value)
    one = inlined(value, before, asks_model)
    value = column_that_asks(whole(one), _calls)
    each = any(_of_one(node) for node in ast.walk(value)) and not any(_reduces(node) for node in ast.walk(value))
    calls = _calls(value)
    if len({ast.unparse(call) for call in calls}) != 1 or _measures(value) or _labels(value):
        return None
    asked = ast.unparse(calls[0].func.value)  # type: ignore[attr-defined]
    try:
        model = eval(asked, dict(namespace))  # noqa: S307 - a name of the notebook, or what it holds
    except Exception:  # noqa: BLE001 - a property of the user's may raise anything
        return None
    if not is_fitted_object(model):
        return None
    for call in _calls(one):
        call.args[0] = ast.Name(ROWS, ast.Load())
    return Asking(name, ast.unparse(one if each else value), model, asked, each, getattr(shown, "id", None))


def _labels(value: ast.expr) -> bool:
    """Whether it is what the model answers as it is."""
    match value:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in LABELS
    return False


def _reduces(node: ast.AST) -> bool:
    """Whether it makes one figure of all answers; that of a single answer says nothing."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in _FIGURES and asks_model(node)
    return False


def asks_model(value: ast.expr) -> bool:
    """Whether an expression asks a model about rows."""
    return bool(_calls(value))


def _measures(value: ast.expr) -> bool:
    """Whether it says how far an answer is from another value: the truth, most often."""
    scaled = any(isinstance(node, ast.Mult) for node in ast.walk(value))
    for node in ast.walk(value):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                sides = (left, right)
            case ast.BinOp(left=left, op=ast.Sub(), right=right) if not scaled:
                sides = (left, right)
            case _:
                continue
        others = [side for side in sides if not asks_model(side)]
        if len(others) == 1 and not isinstance(others[0], ast.Constant):
            return True
    return False


def whole(value: ast.expr) -> ast.expr:
    """``value`` without what takes some rows out of it, rounds it, or gives it a picture's shape."""
    match value:
        case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in _SHORTER:
            return whole(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="reshape"), args=[ast.Attribute(attr="shape")]):
            return whole(inner)  # of the mesh that it is drawn over
        case ast.Call(func=ast.Name(id="float" | "int" | "round"), args=[inner, *_]):
            return whole(inner)
        case ast.Subscript(value=inner, slice=index) if place(index):
            return whole(inner)
    return value


def place(index: ast.expr) -> bool:
    """Whether an index is the number of a row, or of some rows one after the other."""
    if isinstance(index, ast.Slice):
        return all(part is None or place(part) for part in (index.lower, index.upper, index.step))
    if isinstance(index, ast.UnaryOp):
        return place(index.operand)
    return isinstance(index, ast.Constant) and isinstance(index.value, int)


def _of_one(node: ast.AST) -> bool:
    """Whether it takes what the model said of one row."""
    match node:
        case ast.Subscript(value=ast.Call(keywords=words)) if any(
            (each.arg or "").startswith("return_") for each in words
        ):
            return False  # the first of several answers of all rows
        case ast.Subscript(value=inner, slice=ast.Tuple(elts=[index, *_])) | ast.Subscript(value=inner, slice=index):
            return place(index) and not isinstance(index, ast.Slice) and bool(_calls(inner))
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            return name in _ONE and bool(_calls(inner))
        case ast.Call(func=ast.Attribute(value=inner, attr="item")):
            return bool(_calls(inner))
        case ast.Call(func=ast.Attribute(attr="argmax"), args=[_] | [], keywords=[]):
            return bool(_calls(node))
        case ast.Call(func=ast.Attribute(value=inner, attr="reshape"), args=[ast.Constant(value=1), *_]):
            return bool(_calls(inner))
        case ast.IfExp(test=test):
            return bool(_calls(test))
    return False


def _calls(value: ast.AST) -> list[ast.Call]:
    return [call for call in ast.walk(value) if isinstance(call, ast.Call) and call.args and _asks(call)]


def _asks(call: ast.Call) -> bool:
    """Whether it is a method of what a name holds, by a name that predicts."""
    if not isinstance(call.func, ast.Attribute) or not ASKS.search(call.func.attr):
        return False
    inner: ast.expr = call.func.value
    while isinstance(inner, ast.Attribute) or (
        isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant)
    ):
        inner = inner.value
    return isinstance(inner, ast.Name)
