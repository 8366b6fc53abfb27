"""How the notebook calls a function of its own with rows: what a request's rows have to be made into."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .alignment import is_pandas, is_sparse
from .asked import of_its_own
from .asking import place
from .program import DEFINING, Step, names_in

if TYPE_CHECKING:
    from .session import Session

Reads = Callable[[frozenset[str]], bool]


@dataclass(frozen=True, slots=True)
class Applied:
    """A call, as a ``step`` of its own, and the rows that it is ``given``, which it calls ``rows``."""

    step: Step
    given: Any
    rows: str


def applied(name: str, cell: int, session: Session, reads: Reads) -> Applied | None:
    """The last call of ``name`` with rows of the raw frame: the predict cell's, else another cell's.

    Only where its arguments are still what they were. ``reads``: whether names depend on the raw frame.
    """
    places = sorted(range(len(session.steps)), key=lambda at: session.steps[at].cell == cell)
    for at in reversed(places):
        step = session.steps[at]
        later = {bound for each in session.steps[at:] for bound in each.binds}
        for call in calls(name, step.tree) if step.kind not in DEFINING else ():
            found = _whole_rows(call, session.namespace, reads)
            if found is not None and not names_in(call) & later:
                text, given = found
                return Applied(of_its_own(step, ast.unparse(call)), given, text)
    return None


def calls(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    """Copies of the calls of what ``name`` holds."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called)) if called == name:
                yield copy.deepcopy(node)


def _whole_rows(call: ast.Call, namespace: dict[str, Any], reads: Reads) -> tuple[str, Any] | None:
    """The argument of a call that is rows; in its place, all of them where it takes the first few."""
    for at, node in enumerate(call.args):
        if not reads(names_in(node)):
            continue
        try:
            value = eval(ast.unparse(node), dict(namespace))  # noqa: S307 - the notebook's own expression
        except Exception:  # noqa: BLE001 - a name may be gone by now
            return None
        if _is_table(value):
            call.args[at] = _all_of(node)
            return ast.unparse(node), value
    return None


def _all_of(node: ast.expr) -> ast.expr:
    """``node`` without what takes some of its rows as they are, the first ones mostly."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="head" | "tail" | "sample")):
            return _all_of(inner)
        case ast.Subscript(value=ast.Attribute(value=inner, attr="iloc"), slice=ast.Slice() as rows) if place(rows):
            return _all_of(inner)
        case ast.Subscript(value=inner, slice=ast.Slice() as rows) if place(rows):
            return _all_of(inner)
    return node


def _is_table(value: Any) -> bool:
    array = isinstance(value, np.ndarray) and value.ndim == 2
    return array or is_sparse(value) or is_pandas(value, "DataFrame", "Series")
