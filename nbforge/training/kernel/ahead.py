"""Forecasts: ``result.forecast(steps=12)`` answers no rows of a table; what a client sends is how far ahead."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .entry import Entry, defined
from .program import Step, names_in

if TYPE_CHECKING:
    from .session import Session

STEPS = "steps"
HORIZONS: Mapping[str, tuple[str, ...]] = {
    "forecast": ("steps", "h", "horizon"),
    "get_forecast": ("steps",),
    "predict": ("n_periods", "steps"),
}
"""Methods that look ahead, and the arguments that say how far; ``forecast`` takes that first."""
TRIED = (1, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A function ``name`` of one number that does what a cell does for ``usual``; ``text`` defines it."""

    name: str
    text: str
    usual: int

    def entry(self, namespace: Mapping[str, Any]) -> Entry:
        """The function as an entry point."""
        return Entry("function", self.name, defined(self.name, self.text, namespace), "scalars", {STEPS: int})

    def holds(self, entry: Entry, step: Step, value: ast.expr, session: Session) -> bool:
        """Whether it says what the cell said: what was changed after the cell may forecast something else.

        Where the cell only prints or draws its forecast, ``value``, nothing may have changed what that reads.
        """
        name = first_name(step)
        if name is not None:
            return self._agrees(entry, {**session.namespace, **session.recorder.bound.get(step.place, {})}.get(name))
        if isinstance(step.tree, ast.Expr) and ast.unparse(step.tree.value) == ast.unparse(value):
            return self._agrees(entry, session.recorder.lasts.get(step.cell))
        read = names_in(value)
        return not any(read & later.binds for later in session.steps[session.steps.index(step) + 1 :])

    def _agrees(self, entry: Entry, value: Any) -> bool:
        try:
            got = np.asarray(entry.value(self.usual), dtype=float)
            return bool(np.array_equal(got, np.asarray(value, dtype=float), equal_nan=True))
        except Exception:  # noqa: BLE001 - the notebook's own model may raise anything
            return False

    @staticmethod
    def note(cell: int) -> str:
        """What people are told of it."""
        return f"Cell {cell} forecasts, so the service is asked how far ahead: `{STEPS}`, a whole number."

    def rows(self) -> Any:
        """How far the proof looks ahead."""
        import pandas as pd

        return pd.DataFrame({STEPS: sorted({self.usual, *TRIED})})


def asked(steps: Sequence[Step], name: str) -> Step | None:
    """The statement of a cell that binds ``name``."""
    return next((step for step in reversed(steps) if name in step.defines), None)


def first_name(step: Step) -> str | None:
    """The name that an assignment binds, the first of several."""
    targets = step.tree.targets if isinstance(step.tree, ast.Assign) else []
    return next((node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)), None)


def forecast(value: ast.expr, namespace: Mapping[str, Any], name: str) -> Forecast | None:
    """What an expression forecasts, where it does that once and says how far in one number."""
    value = copy.deepcopy(value)
    found = [(call, at) for call in ast.walk(value) if isinstance(call, ast.Call) if (at := _horizon(call)) is not None]
    if len(found) != 1:
        return None
    call, at = found[0]
    usual = _number(_argument(call, at), namespace)
    if usual is None:
        return None
    far = ast.Name(STEPS, ast.Load())
    if isinstance(at, int):
        call.args[at] = far
    else:
        next(each for each in call.keywords if each.arg == at).value = far
    return Forecast(name, f"def {name}({STEPS}: int):\n    return {ast.unparse(value)}", usual)


def _horizon(call: ast.Call) -> int | str | None:
    """Which argument says how far a call looks ahead: a position or a keyword."""
    names = HORIZONS.get(call.func.attr, ()) if isinstance(call.func, ast.Attribute) else ()
    given = {each.arg for each in call.keywords}
    keyword = next((name for name in names if name in given), None)
    if keyword is None and names and call.args and "steps" in names[:1] and len(call.args) == 1:
        return 0
    return keyword


def _argument(call: ast.Call, at: int | str) -> ast.expr:
    return call.args[at] if isinstance(at, int) else next(each.value for each in call.keywords if each.arg == at)


def _number(node: ast.expr, namespace: Mapping[str, Any]) -> int | None:
    try:
        value = eval(compile(ast.Expression(node), "<horizon>", "eval"), dict(namespace))  # noqa: S307 - as above
    except Exception:  # noqa: BLE001 - a name may be gone by now
        return None
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
