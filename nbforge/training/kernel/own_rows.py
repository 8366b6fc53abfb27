"""A function of the notebook that a cell gives rows of its own choice, ``score(pd.DataFrame([customer]), model)``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from .alignment import is_pandas
from .asking import ROWS, told, whole
from .entry import SCALARS, Entry, defined
from .inlining import inlined
from .program import Step, evaluated, expression
from .projects import written_here
from .rawframe import RawFrame

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, slots=True)
class Applying:
    """A function ``name`` that gives ``called`` a request's rows, and else what the cell gives; ``text`` defines it."""

    name: str
    called: str
    text: str

    def note(self, cell: int) -> str:
        """What people are told of it."""
        return f"Cell {cell} calls `{self.called}` with rows of its own choice; the service calls it with a request's."

    def entry(self, namespace: Mapping[str, Any]) -> Entry:
        """The function as an entry point."""
        return Entry("function", self.name, defined(self.name, self.text, namespace))


def applying(plan: Mapping[str, Any], bound: str | None, session: Session, raw: RawFrame, name: str) -> Applying | None:
    """The call that the predict cell tells the value of, where it gives such rows as ``raw`` has, or one record.

    Args:
        plan: ``entry`` of the plan, or one of its ``earlier``.
        bound: the name that the statement assigns, if it does.
        session: the finished run.
        raw: the frame that clients send rows of.
        name: what the function will be called.
    """
    for step, value in told(plan, bound, session.steps):
        found = _applying(value, session.steps[: session.steps.index(step)], session, raw.value, name)
        if found is not None:
            return found
    return None


def _applying(value: ast.expr, before: Sequence[Step], session: Session, raw: Any, name: str) -> Applying | None:
    def gives(node: ast.AST) -> dict[int, Any]:
        """The rows of its own choice that a call of the notebook's function gives, by position."""
        if not isinstance(node, ast.Call) or _function(node, session.namespace) is None:
            return {}
        given = {at: evaluated(each, session.namespace) for at, each in enumerate(node.args)}
        return {at: rows for at, rows in given.items() if _alike(rows, raw) and not _of_training(rows, session)}

    call = copy.deepcopy(whole(inlined(value, before, lambda node: any(map(gives, ast.walk(node))))))
    called, own = _function(call, session.namespace), gives(call)
    if called is None or len(own) != 1 or not isinstance(call, ast.Call):
        return None
    ((at, rows),) = own.items()
    single = isinstance(rows, dict)
    call.args[at] = expression("record" if single else _chosen(rows, raw))
    text = ast.unparse(call)
    result = f'[{text} for record in {ROWS}[{list(rows)!r}].to_dict("records")]' if single else text
    return Applying(name, called, f"def {name}({ROWS}):\n    return {result}")


def _function(node: ast.AST, namespace: Mapping[str, Any]) -> str | None:
    """The name of the notebook's function that is called with something."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_, *_]):
            function = namespace.get(name)
            return name if isinstance(function, FunctionType) and written_here(function) else None
    return None


def _of_training(rows: Any, session: Session) -> bool:
    known = session.recorder.rows
    return known is not None and known.of_rows(rows)


def _alike(rows: Any, raw: Any) -> bool:
    """Whether they have columns that the raw rows have too, or as many."""
    if is_pandas(raw, "DataFrame"):
        if isinstance(rows, dict):
            plain = all(isinstance(value, SCALARS) for value in rows.values())
            return bool(rows) and plain and set(rows) <= set(raw.columns)
        return is_pandas(rows, "DataFrame") and len(rows) > 0 and set(rows.columns) <= set(raw.columns)
    array = isinstance(raw, np.ndarray) and isinstance(rows, np.ndarray)
    return array and raw.ndim == rows.ndim == 2 and raw.shape[1] == rows.shape[1]


def _chosen(rows: Any, raw: Any) -> str:
    """The columns that the call gives, in its order."""
    if not is_pandas(rows, "DataFrame") or list(rows.columns) == list(raw.columns):
        return ROWS
    return f"{ROWS}[{list(rows.columns)!r}]"
