"""Rows for a function of scalars: from the data, an example cell, a call in the predict cell, or annotations alone."""

from __future__ import annotations

import ast
import inspect
import itertools
import typing
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from .alignment import is_pandas
from .asking import told
from .entry import SCALARS, Entry

if TYPE_CHECKING:
    from .session import Session

MOST = 60
GUESSES: Mapping[type, tuple[Any, ...]] = {int: (1, 2, 3, 5, 10), float: (0.0, 0.5, 1.0, 2.0), bool: (False, True)}


def called(plan: Mapping[str, Any], bound: str | None, session: Session) -> Entry | None:
    """The function that the predict cell calls with plain values, ``price("Mitte", 80, 3)``, each of them a field."""
    for _, value in told(plan, bound, session.steps):
        match value:
            case ast.Call(func=ast.Name(id=name)) if isinstance(session.namespace.get(name), FunctionType):
                function = session.namespace[name]
                given = _given(value, function, session.namespace)
                if given and all(isinstance(each, SCALARS) for each in given.values()):
                    return Entry(
                        "function", name, function, "scalars", _hints(function, given), _defaults(function, given)
                    )
    return None


def _given(call: ast.Call, function: FunctionType, namespace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments by parameter; empty where the call says them in another way."""
    try:
        words = {each.arg: each.value for each in call.keywords if each.arg}
        bound = inspect.signature(function).bind(*call.args, **words).arguments
    except (TypeError, ValueError):
        return {}
    return {key: _evaluated(node, namespace) if isinstance(node, ast.expr) else node for key, node in bound.items()}


def _hints(function: FunctionType, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values' types; a whole number counts as any number, where that makes no difference to the function."""
    hints: dict[str, Any] = {name: type(value) for name, value in given.items()}
    for name, value in given.items():
        if type(value) is int and _same(function, given, {**given, name: float(value)}):
            hints[name] = float
    return hints


def _same(function: FunctionType, given: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    try:
        return bool(np.all(function(**given) == function(**other)))
    except Exception:  # noqa: BLE001 - the notebook's function may refuse a value in any way
        return False


def _defaults(function: FunctionType, given: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.name in given and each.default is not each.empty}


def rows(entry: Entry, session: Session, cell: int) -> Any:
    """A DataFrame with a column a parameter, or ``None`` where nothing shows what to send."""
    names = list(entry.parameters or {})
    required = [name for name in names if name not in (entry.defaults or {})]
    example = session.example()
    for source in (session.raw, example):
        if source is not None and is_pandas(source.value, "DataFrame") and set(required) <= set(source.value.columns):
            return source.value[[name for name in names if name in source.value.columns]]
    found = _tried(entry, _variations(entry, _called_with(entry, session, cell)))
    if not found:
        return None
    import pandas as pd

    return pd.DataFrame(found)


def _called_with(entry: Entry, session: Session, cell: int) -> dict[str, Any]:
    """The arguments of the function's last call in its cell, as far as they can be evaluated; over the defaults."""
    known = dict(entry.defaults or {})
    calls = [
        node
        for step in session.steps
        if step.cell == cell and step.kind != "function"
        for node in ast.walk(step.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry.name
    ]
    for call in calls[-1:]:
        given = dict(zip(entry.parameters or {}, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        for name, node in given.items():
            if name in (entry.parameters or {}) and (value := _evaluated(node, session.namespace)) is not None:
                known[name] = value
    return known


def _evaluated(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _variations(entry: Entry, known: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The known call first, then each parameter's other values around it."""
    choices = {name: _choices(hint, known.get(name)) for name, hint in (entry.parameters or {}).items()}
    if any(not values for values in choices.values()):
        return ()
    combined = itertools.product(*choices.values())
    return (dict(zip(choices, values, strict=True)) for values in itertools.islice(combined, MOST))


def _choices(hint: Any, known: Any) -> list[Any]:
    if typing.get_origin(hint) is typing.Literal:
        values = list(typing.get_args(hint))
    else:
        plain = next((part for part in typing.get_args(hint) if part is not type(None)), hint)
        values = list(GUESSES.get(plain, ()))
    if known is None:
        return values
    return [known, *(value for value in values if value != known)]


def _tried(entry: Entry, candidates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the function answers: its domain is its own affair."""
    function: Callable[..., Any] = entry.value
    found = []
    for values in candidates:
        try:
            function(**values)
        except Exception:  # noqa: BLE001, S112 - the notebook's function may refuse a value in any way
            continue
        found.append(values)
    return found
