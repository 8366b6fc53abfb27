"""A call that gives plain values beside what training made, ``predict(2600, 4, w, b)``: a request gives the former."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from .entry import SCALARS, defined
from .program import evaluated, names_in

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, slots=True)
class Held:
    """A function ``name`` of the plain values of a call; ``text`` defines it, ``rest`` is what it reads besides."""

    name: str
    text: str
    rest: tuple[str, ...]

    def note(self, cell: int) -> str:
        """What people are told of it."""
        rest = ", ".join(f"`{each}`" for each in self.rest)
        return f"What is called in cell {cell} gets {rest} as training left it; a request gives the other values."

    def value(self, namespace: Mapping[str, Any]) -> FunctionType:
        """The function."""
        function: FunctionType = defined(self.name, self.text, namespace)
        return function


def held(called: str, arguments: Mapping[str, ast.expr], session: Session, name: str) -> Held | None:
    """A call of ``called`` with its plain values as parameters of a function ``name``.

    ``None`` where all or none of ``arguments`` are plain, or where one of them is rows, which a request has its own of.
    """
    values = {key: _value(node, session.namespace) for key, node in arguments.items()}
    rows = session.recorder.rows
    if any(value is None or (rows is not None and rows.of_rows(value)) for value in values.values()):
        return None
    made = {key for key, value in values.items() if not isinstance(value, SCALARS)}
    along = {_last_bound(arguments[key], session) for key in made} - {None}
    made |= {key for key in values if (place := _last_bound(arguments[key], session)) and place in along}
    read = frozenset[str]().union(*(names_in(arguments[key]) for key in made))
    if not made or made == values.keys() or values.keys() & read - made:
        return None
    fields = [key for key in arguments if key not in made]
    given = ", ".join(f"{key}={ast.unparse(node) if key in made else key}" for key, node in arguments.items())
    rest = tuple(ast.unparse(arguments[key]) for key in arguments if key in made)
    return Held(name, f"def {name}({', '.join(fields)}):\n    return {called}({given})", rest)


def _value(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """What an argument is at the end of the run; ``None`` where looking could do something, or nothing is there."""
    if any(isinstance(item, ast.Call) for item in ast.walk(node)):
        return None
    return evaluated(node, namespace)


def _last_bound(node: ast.expr, session: Session) -> tuple[int, int] | None:
    """The statement that made what an argument names: what it made together with weights is no request's."""
    names = names_in(node)
    return next((step.place for step in reversed(session.steps) if names & step.binds), None)
