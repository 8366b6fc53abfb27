"""A model that the notebook measures or searches around and never fits, and the statement that fits it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .kinds import has
from .program import names_in

if TYPE_CHECKING:
    from .session import Session

_MEASURES = re.compile(r"^(cross_val|cross_validate$|learning_curve$|validation_curve$|permutation_test_score$)")
"""Functions of scikit-learn that fit copies of what they are given."""
_BY_KEYWORD = ("estimator", "X", "y")
_NOT_PYTHON = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unfitted:
    """``model`` is an expression, ``fit`` the statement that fits it; ``measured`` is what fits copies of it.

    ``turns``: it is one of several that a loop goes through.
    """

    model: str
    fit: str
    measured: str | None = None
    turns: bool = False


def only_measured(session: Session, cell: int) -> Unfitted | None:
    """The model that the predict cell cross-validates and nothing fits; where no model is fitted, any cell's last."""
    fitted = any(has(fit.receiver, "predict") for fit in session.recorder.fits)
    steps = [step.tree for step in session.steps if step.cell == cell or not fitted]
    for found in _measured(steps, _bound(session)):
        if found.model not in session.namespace or is_unfitted(session.namespace[found.model]):
            return found
    return None


def how_to_fit(name: str, session: Session) -> Unfitted:
    """``name.fit(...)`` on what it is measured with, else on what another model is measured with or fitted on."""
    bound, written = _bound(session), _written(session)
    measured = list(_measured(written, bound))
    own = next((found for found in measured if found.model == name), None)
    other = next((found.fit.removeprefix(found.model) for found in measured), None) or _fit(written, bound)
    return own or Unfitted(name, f"{name}{other or '.fit(X, y)'}")


def is_unfitted(model: Any) -> bool:
    """Whether scikit-learn says of an estimator that it was not fitted."""
    if not has(model, "fit") or isinstance(model, type):
        return False
    try:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(model)
    except Exception as error:  # noqa: BLE001 - the user's estimator may raise anything
        return type(error).__name__ == "NotFittedError"
    return False


def _written(session: Session) -> list[ast.stmt]:
    """The notebook's statements, also those that no slice needs."""
    statements: list[ast.stmt] = []
    for cell in session.plan["notebooks"][session.notebook]["cells"]:
        try:
            statements += ast.parse(_NOT_PYTHON.sub(r"\1pass", cell["source"])).body if cell["kind"] == "code" else []
        except SyntaxError:
            continue
    return statements


def _bound(session: Session) -> Mapping[str, Any]:
    """The names that a statement at the end of a cell can read."""
    own = [node for node in _written(session) if isinstance(node, ast.Assign | ast.For)]
    targets = [target for node in own for target in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    made = {name for target in targets for name in names_in(target)}
    return {**vars(builtins), **dict.fromkeys(made), **session.namespace}


def _measured(statements: Sequence[ast.stmt], bound: Mapping[str, Any]) -> Iterator[Unfitted]:
    """What is cross-validated, and not only in a function under other names; the last comes first."""
    for statement in reversed(statements):
        for call in reversed([node for node in ast.walk(statement) if isinstance(node, ast.Call)]):
            name = ast.unparse(call.func).rpartition(".")[2]
            given = _given(call) if _MEASURES.search(name) else []
            if len(given) < 2 or not all(names_in(each) <= bound.keys() for each in given):
                continue
            model, *rows = map(ast.unparse, given)
            turns = isinstance(statement, ast.For | ast.While)
            yield Unfitted(model, f"{model}.fit({', '.join(rows)})", name, turns)


def _given(call: ast.Call) -> list[ast.expr]:
    """The estimator, its rows and their labels, as far as the call gives them."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return []
    words = {each.arg: each.value for each in call.keywords}
    given = [*call.args[:3], *(words[name] for name in _BY_KEYWORD[len(call.args) :] if name in words)]
    return [each for each in given if not isinstance(each, ast.Constant)]


def _fit(statements: Sequence[ast.stmt], bound: Mapping[str, Any]) -> str | None:
    """``.fit(X, y)`` as the notebook last fits something on rows and labels."""
    for node in (node for statement in reversed(statements) for node in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Attribute(attr="fit"), args=[_, _] as rows):
                if all(names_in(each) <= bound.keys() for each in rows):
                    return f".fit({', '.join(map(ast.unparse, rows))})"
    return None
