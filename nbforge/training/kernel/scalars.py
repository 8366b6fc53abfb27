"""Rows for a function of scalars: from the data, an example cell, a call in the predict cell, or annotations alone."""

from __future__ import annotations

import ast
import inspect
import itertools
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from .alignment import is_pandas
from .applied import calls
from .asking import told
from .entry import SCALARS, Entry
from .held import Held, held
from .program import DEFINING
from .projects import written_here
from .tries import calls_tried

if TYPE_CHECKING:
    from .session import Session

FreeName = Callable[[str], str]
MOST = 60
MOST_TEXTS = 20
GUESSES: Mapping[type, tuple[Any, ...]] = {int: (1, 2, 3, 5, 10), float: (0.0, 0.5, 1.0, 2.0), bool: (False, True)}


@dataclass(frozen=True, slots=True)
class Called:
    """A function that is called with plain values, each of them a field; ``given`` in the call.

    ``held``: what the call gives besides, as part of the function.
    """

    entry: Entry
    given: Mapping[str, Any]
    held: Held | None = None


def called(plan: Mapping[str, Any], bound: str | None, session: Session, free_name: FreeName) -> Called | None:
    """The function that the predict cell calls with plain values, ``price("Mitte", 80, 3)``, each of them a field."""
    found = (_called(value, session, free_name) for _, value in told(plan, bound, session.steps))
    return next((each for each in found if each is not None), None)


def called_elsewhere(name: str, session: Session, free_name: FreeName) -> Called | None:
    """The same of a function that the predict cell defines and another cell calls, whether that runs or not."""
    runs = (call for step in reversed(session.steps) if step.kind not in DEFINING for call in calls(name, step.tree))
    tried = (call for call, _ in calls_tried(name, session.plan, session.namespace))
    said = itertools.chain(runs, tried)
    return next((found for call in said if (found := _called(call, session, free_name)) is not None), None)


def by_defaults(name: str, session: Session) -> Called | None:
    """A function all of whose parameters have plain values as defaults, as it is called with none of them."""
    function = session.namespace.get(name)
    if not isinstance(function, FunctionType) or not written_here(function):
        return None
    given = {each.name: each.default for each in inspect.signature(function).parameters.values()}
    if not given or not all(isinstance(each, SCALARS) for each in given.values()):
        return None
    return Called(Entry("function", name, function, "scalars", _hints(function, given), given), given)


def _called(value: ast.expr, session: Session, free_name: FreeName) -> Called | None:
    match value:
        case ast.Call(func=ast.Name(id=name)) if isinstance(session.namespace.get(name), FunctionType):
            function = session.namespace[name]
        case _:
            return None
    if not written_here(function):
        return None
    arguments = _arguments(value, function)
    rest = held(name, arguments, session, free_name(name))
    if rest is not None:
        name, function = rest.name, rest.value(session.namespace)
        arguments = {key: node for key, node in arguments.items() if key in inspect.signature(function).parameters}
    given = {key: _evaluated(node, session.namespace) for key, node in arguments.items()}
    if not given or not all(isinstance(each, SCALARS) for each in given.values()):
        return None
    hints, defaults = _hints(function, given), _defaults(function, given)
    return Called(Entry("function", name, function, "scalars", hints, defaults), given, rest)


def _arguments(call: ast.Call, function: FunctionType) -> Mapping[str, ast.expr]:
    """What a call gives, by parameter; empty where it says that in another way."""
    try:
        words = {each.arg: each.value for each in call.keywords if each.arg}
        bound = inspect.signature(function).bind(*call.args, **words).arguments
    except (TypeError, ValueError):
        return {}
    return bound if all(isinstance(node, ast.expr) for node in bound.values()) else {}


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


def rows(
    entry: Entry,
    session: Session,
    cell: int,
    given: Mapping[str, Any],
    others: Mapping[str, Sequence[Any]] = MappingProxyType({}),
) -> Any:
    """A DataFrame with a column a parameter, or ``None`` where nothing shows what to send.

    ``given``: values of a call of the function; ``others``: what else a parameter may be, where that is known.
    """
    names = list(entry.parameters or {})
    required = [name for name in names if name not in (entry.defaults or {})]
    example = session.example()
    for source in (session.raw, example):
        if source is not None and is_pandas(source.value, "DataFrame") and set(required) <= set(source.value.columns):
            return source.value[[name for name in names if name in source.value.columns]]
    known = {**_called_with(entry, session, cell), **given}
    texts = session.raw.value if session.raw is not None else None
    found = _tried(entry, _variations(entry, known, {**_texts_for(entry, known, texts), **others}))
    if not found:
        return None
    import pandas as pd

    return pd.DataFrame(found)


def _texts_for(entry: Entry, known: Mapping[str, Any], data: Any) -> Mapping[str, Sequence[str]]:
    """Texts of the data for a parameter that takes one, where nothing else shows any: of the column of the longest."""
    taking = [name for name, hint in (entry.parameters or {}).items() if hint is str and name not in known]
    columns = [data[name].tolist() for name in data.columns] if is_pandas(data, "DataFrame") else [data]
    written = [[each for each in column if isinstance(each, str)] for column in columns if isinstance(column, list)]
    longest = max(written, key=lambda texts: sum(map(len, texts)), default=[])
    return {taking[0]: list(dict.fromkeys(longest))[:MOST_TEXTS]} if len(taking) == 1 and longest else {}


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


def _variations(
    entry: Entry, known: Mapping[str, Any], others: Mapping[str, Sequence[Any]]
) -> Iterable[dict[str, Any]]:
    """The known call first, then each parameter's other values around it."""
    choices = {
        name: _choices(hint, known.get(name), others.get(name)) for name, hint in (entry.parameters or {}).items()
    }
    if any(not values for values in choices.values()):
        return ()
    combined = itertools.product(*choices.values())
    return (dict(zip(choices, values, strict=True)) for values in itertools.islice(combined, MOST))


def _choices(hint: Any, known: Any, others: Sequence[Any] | None) -> list[Any]:
    if others is not None:
        values = list(others)
    elif typing.get_origin(hint) is typing.Literal:
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
