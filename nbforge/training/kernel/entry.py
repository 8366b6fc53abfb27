"""What the predict cell's last statement is: a function, an estimator, or a plain value."""

from __future__ import annotations

import datetime as dt
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .errors import CaptureError
from .kinds import has

NO_ANSWER = frozenset({"plain-rows", "plain-no-frame", "entry-parameters", "no-inputs", "no-prediction"})
"""Refusals that say that a statement is no prediction; another one of the cell may be."""

SCALARS = (bool, int, float, str, dt.date, dt.datetime, dt.timedelta)


@dataclass(frozen=True, slots=True)
class Entry:
    """What answers a request, and what it takes.

    ``name`` is bound in the notebook, or ``None`` for a value without a name; ``parameters``: of a function of scalars,
    each parameter's annotation, or ``None`` where it has none.
    """

    form: Literal["function", "estimator", "plain"]
    name: str | None
    value: Any
    passes: Literal["frame", "scalars"] = "frame"
    parameters: Mapping[str, Any] | None = None
    defaults: Mapping[str, Any] | None = None


def defined(name: str, text: str, namespace: Mapping[str, Any]) -> Any:
    """The function ``name`` that ``text`` defines among the notebook's names."""
    scope = dict(namespace)
    exec(compile(text, f"<{name}>", "exec", dont_inherit=True), scope)  # noqa: S102 - the notebook's own expression
    return scope[name]


def find(plan: Mapping[str, Any], namespace: Mapping[str, Any], last: Any, columns: Sequence[str]) -> Entry:
    """Decide the form.

    Args:
        plan: ``entry`` of the plan.
        namespace: the notebook's variables after the run.
        last: what the predict cell's last expression evaluated to.
        columns: the raw frame's column names: parameters of the same names are inputs without an annotation.

    Raises:
        CaptureError: exit 3, for a function whose parameters cannot be inputs.
    """
    name = plan.get("name")
    value = last if plan["last"] == "expression" else namespace.get(name or "")
    if plan["last"] == "def" and name:
        return _function(name, namespace[name], columns, plan["cell"])
    if plan.get("call") and callable(namespace.get(plan["call"])):
        return _function(plan["call"], namespace[plan["call"]], columns, plan["cell"])
    if _is_function(value):
        return _function(name or "predict", value, columns, plan["cell"])
    if has(value, "predict") and not isinstance(value, type):
        return Entry("estimator", name, value)
    if callable(value) and not isinstance(value, type) and not (plan.get("attribute") and _fitted(value)):
        return _function(name or "predict", value, columns, plan["cell"])
    return Entry("plain", name if plan["last"] == "assignment" else None, value)


def behind(plan: Mapping[str, Any], namespace: Mapping[str, Any]) -> Entry | None:
    """The estimator that the predict cell's last statement calls, where it ends in ``estimator.predict(...)``."""
    receiver = plan.get("receiver")
    if not receiver:
        return None
    try:
        value = eval(receiver, dict(namespace))  # noqa: S307 - a name of the notebook, or what it holds
    except Exception:  # noqa: BLE001 - a property of the user's may raise anything
        return None
    if not has(value, "predict") or isinstance(value, type):
        return None
    return Entry("estimator", receiver if receiver.isidentifier() else None, value)


def _is_function(value: Any) -> bool:
    return isinstance(value, types.FunctionType | types.MethodType | types.BuiltinFunctionType)


def _fitted(value: Any) -> bool:
    """Whether a callable object is a library's, as what hangs on a model is: ``model.kernel_`` predicts nothing."""
    return type(value).__module__ not in ("__main__", "scoring")


def _function(name: str, value: Any, columns: Sequence[str], cell: int) -> Entry:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return Entry("function", name, value)
    hints = _hints(value)
    parameters = [p for p in signature.parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    annotated = {p.name: hints.get(p.name) for p in parameters}
    scalars = {key for key, hint in annotated.items() if is_scalar(hint)}
    required = [p for p in parameters if p.default is p.empty]
    if scalars or len(required) > 1:
        unknown = [p.name for p in required if p.name not in scalars and p.name not in columns]
        if unknown:
            others = len(unknown) > 1
            raise CaptureError(
                exit=3,
                code="entry-parameters",
                message=f"`{name}` takes `{unknown[0]}`, and nothing says what that is.",
                remedy=f"Annotate it (`{unknown[0]}: float`), or let `{name}` take one frame"
                + (f": `def {name}_rows({unknown[0]}): return {name}({', '.join(unknown)})`." if others else "."),
                cell=cell,
                name=unknown[0],
            )
        inputs = {key: hint for key, hint in annotated.items() if key in scalars or key in columns}
        defaults = {p.name: p.default for p in parameters if p.default is not p.empty and p.name in inputs}
        return Entry("function", name, value, "scalars", inputs, defaults)
    if not parameters:
        raise CaptureError(
            exit=3,
            code="entry-parameters",
            message=f"`{name}` takes nothing, so there is nothing to send to it.",
            remedy="Give it one parameter that takes a frame, or one annotated parameter an input field.",
            cell=cell,
            name=name,
        )
    return Entry("function", name, value)


def _hints(value: Any) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(value)
    except Exception:  # noqa: BLE001 - an annotation that cannot be evaluated says nothing
        return dict(getattr(value, "__annotations__", {}))


def is_scalar(hint: Any) -> bool:
    """Whether an annotation means one value of a field: a scalar type, ``Literal`` or an optional of one."""
    if typing.get_origin(hint) is typing.Literal:
        return True
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return all(is_scalar(part) for part in typing.get_args(hint) if part is not type(None))
    return isinstance(hint, type) and (
        issubclass(hint, SCALARS) or (hint.__module__ == "numpy" and hint.__name__ != "ndarray")
    )
