"""Which columns of the table the parameters of a function stand for: seen in what it hands to a model.

``predict(volatile, alcohol)`` asks a model about ``[[alcohol, volatile]]``: given another ``volatile``, the entry of
one column is another, and is that value. Such a parameter is described by the column's values in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from .alignment import is_pandas
from .entry import Entry
from .kinds import has, is_fitted_object

_ASKS = frozenset({"decision_function", "predict", "predict_proba", "transform"})
MINIMUM_ROWS = 2

Given = Mapping[str, Any]


def rows(entry: Entry, given: Given, others: Mapping[str, Sequence[Any]], raw: Any) -> Any:
    """Rows of the ``raw`` table, with a column a parameter; ``None`` where not every parameter is one of its columns.

    Args:
        entry: the function, of scalars.
        given: what it is called with; each parameter.
        others: other values that it may be called with.
        raw: the table.
    """
    if not is_pandas(raw, "DataFrame") or not isinstance(entry.value, FunctionType) or not given:
        return None
    handed = _Handed()
    with _watched(entry.value.__globals__, handed):
        columns = {name: _column(entry.value, name, given, others.get(name, ()), handed) for name in given}
    labels = list(columns.values())
    if None in labels or len(set(labels)) < len(labels) or not set(labels) <= set(raw.columns):
        return None
    found = raw[labels].dropna()
    found.columns = list(columns)
    alike = all(_alike(found[name], value) for name, value in given.items())
    return found.reset_index(drop=True) if alike and len(found) >= MINIMUM_ROWS else None


class _Handed:
    """The first rows that a call of the function hands to a fitted object, and what that calls their columns."""

    def __init__(self) -> None:
        self.rows: Any = None
        self.names: Sequence[Any] = ()

    def take(self, receiver: Any, given: Any) -> None:
        if self.rows is None:
            own = given.columns if is_pandas(given, "DataFrame") else getattr(receiver, "feature_names_in_", ())
            self.rows, self.names = np.asarray(given, dtype=object), list(own)


class _Watched:
    """Stands for a fitted object while the function is called."""

    def __init__(self, inner: Any, handed: _Handed) -> None:
        self._inner, self._handed = inner, handed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._asking(found) if name in _ASKS else found

    def _asking(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*args: Any, **words: Any) -> Any:
            if args:
                self._handed.take(self._inner, args[0])
            return method(*args, **words)

        return asked


@contextmanager
def _watched(scope: MutableMapping[str, Any], handed: _Handed) -> Iterator[None]:
    fitted = {name: value for name, value in scope.items() if not isinstance(value, type) and _asks(value)}
    scope.update({name: _Watched(value, handed) for name, value in fitted.items()})
    try:
        yield
    finally:
        scope.update(fitted)


def _asks(value: Any) -> bool:
    return is_fitted_object(value) and (has(value, "predict") or has(value, "transform"))


def _column(function: Callable[..., Any], name: str, given: Given, others: Sequence[Any], handed: _Handed) -> Any:
    """The one column of what is handed on that holds this parameter, and nothing of it elsewhere."""
    before = _rows(function, given, handed)
    varied = [(value, _rows(function, {**given, name: value}, handed)) for value in others if value != given[name]]
    if before is None or not varied:
        return None
    (row, names), holding = before, set(range(before[0].shape[1]))
    for value, found in varied:
        if found is None or found[0].shape != row.shape or len(row) != 1:
            return None
        changed = [at for at in range(row.shape[1]) if row[0, at] != found[0][0, at]]
        holding &= {at for at in changed if len(changed) == 1 and (row[0, at], found[0][0, at]) == (given[name], value)}
    return names[min(holding)] if holding and len(names) == row.shape[1] else None


def _rows(function: Callable[..., Any], given: Given, handed: _Handed) -> tuple[Any, Sequence[Any]] | None:
    handed.rows = None
    try:
        function(**given)
    except Exception:  # noqa: BLE001 - the notebook's function may refuse a value in any way
        return None
    return (handed.rows, handed.names) if handed.rows is not None and handed.rows.ndim == 2 else None


def _alike(column: Any, value: Any) -> bool:
    """Whether a column holds numbers such as the value is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or column.dtype.kind not in "iuf":
        return False
    return isinstance(value, float) or bool((column == column.round()).all())
