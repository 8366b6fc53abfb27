"""A cell that asks a model about rows of its own choice, as a function of the rows that a client sends."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .entry import Entry, defined
from .kinds import is_fitted_object
from .program import Step, answer

ROWS = "rows"
ASKS = re.compile(r"^(predict|decision_function$|score_samples$)")


@dataclass(frozen=True, slots=True)
class Asking:
    """A function ``name`` that asks ``model``, which the notebook calls ``asked``; ``text`` defines it."""

    name: str
    text: str
    model: Any
    asked: str

    def note(self, cell: int) -> str:
        """What people are told of it."""
        return f"Cell {cell} predicts for rows of its own choice, so the service asks `{self.asked}` as it does there."

    def entry(self, namespace: Mapping[str, Any]) -> Entry:
        """The function as an entry point."""
        return Entry("function", self.name, defined(self.name, self.text, namespace))


def asking(step: Step, namespace: Mapping[str, Any], name: str) -> Asking | None:
    """The statement with ``rows`` in the place of what it asks about, where it asks one model once."""
    answered = answer(step)
    if answered is None:
        return None
    value, first = answered
    calls = [call for call in ast.walk(value) if isinstance(call, ast.Call) and call.args and _asks(call)]
    if len(calls) != 1:
        return None
    call = calls[0]
    asked = ast.unparse(call.func.value)  # type: ignore[attr-defined]
    try:
        model = eval(asked, dict(namespace))  # noqa: S307 - a name of the notebook, or what it holds
    except Exception:  # noqa: BLE001 - a property of the user's may raise anything
        return None
    if not is_fitted_object(model):
        return None
    call.args[0] = ast.Name(ROWS, ast.Load())
    asks = ast.unparse(value)
    text = f"def {name}({ROWS}):\n    return {f'({asks}){first}' if first else asks}"
    return Asking(name, text, model, asked)


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
