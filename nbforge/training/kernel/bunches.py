"""What scikit-learn's loaders give, ``iris = load_iris()``, as the data: clients send rows of its table.

Two statements of nbforge's own stand behind the notebook's: one that takes the table, and one that puts a request's
rows back where the notebook reads them. So ``iris.data[:, 2:]`` stays as it is in scoring.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .alignment import is_pandas, is_sparse
from .parsing import parse
from .program import Step

_OWN_PLACE = 4_000_000
"""Where the two statements stand in the cell."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The bunch ``name``: what is ``taken`` of it is called ``rows``, and its ``parts`` are made of that."""

    name: str
    rows: str
    taken: str
    parts: Mapping[str, str]

    def within(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """The steps, with the two after the one that binds the bunch."""
        at = place_of(self.name, steps)
        made = ", ".join(f"{part}={text}" for part, text in self.parts.items())
        binding = steps[at]
        taking = own(binding, 0, self.rows, f"{self.name}.{self.taken}", self.name)
        putting_back = own(binding, 1, self.name, f"Bunch({made})", self.rows)
        return (*steps[: at + 1], taking, putting_back, *steps[at + 1 :])

    @property
    def given(self) -> dict[str, Any]:
        """What the second statement reads beside the rows."""
        return {"Bunch": importlib.import_module("sklearn.utils").Bunch}


def opened(name: str, namespace: Mapping[str, Any]) -> tuple[Opened, Any] | None:
    """The bunch that ``name`` is bound to and its table; ``None`` where it holds none that clients can send."""
    bunch: Any = namespace.get(name)
    if not is_bunch(bunch) or namespace.get("Bunch", type(bunch)) is not type(bunch):
        return None
    frame, data = bunch.get("frame"), bunch.get("data")
    taken, table = ("frame", frame) if is_pandas(frame, "DataFrame") else ("data", data)
    rows = next(free for free in (f"{name}_{taken}", f"{name}_rows_", f"{name}_table_") if free not in namespace)
    parts = {"data": rows}
    if is_pandas(table, "DataFrame"):
        columns = f"[{list(data.columns)!r}]" if taken == "frame" and is_pandas(data, "DataFrame") else ""
        parts = {taken: rows, "data": f"{rows}{columns}"}
    elif isinstance(table, np.ndarray) and table.ndim == 2:
        parts |= _reshaped(bunch, table, rows)
    elif not is_sparse(table) and not (isinstance(table, list) and all(isinstance(item, str) for item in table)):
        return None
    return Opened(name, rows, taken, parts), table


def column_names(rows: Any, namespace: Mapping[str, Any]) -> tuple[str, ...]:
    """What the ``feature_names`` of a bunch call the columns of an array that holds its rows, or some of these.

    Empty where no bunch of the notebook says it, or does not tell its columns apart.
    """
    if not isinstance(rows, np.ndarray) or rows.ndim != 2:
        return ()
    for bunch in filter(is_bunch, list(namespace.values())):
        data, names = bunch.get("data"), bunch.get("feature_names")
        data = data.to_numpy() if is_pandas(data, "DataFrame") else data
        if names is None or not isinstance(data, np.ndarray) or data.ndim != 2 or len(names) != data.shape[1]:
            continue
        told = [str(names[at]) for at in _places(rows, data)]
        if told and len(told) == len(set(told)):
            return tuple(told)
    return ()


def _places(rows: Any, data: Any) -> list[int]:
    """Which column of ``data`` each column of ``rows`` is; empty where one is none, or may be several."""
    if rows.dtype != data.dtype:
        return []
    if len(rows) != len(data):
        whole = rows.shape[1] == data.shape[1] and _bits(rows) <= _bits(data)
        return list(range(data.shape[1])) if whole else []
    if rows.shape == data.shape and np.array_equal(rows, data):
        return list(range(data.shape[1]))
    same = [[at for at, column in enumerate(data.T) if np.array_equal(column, own)] for own in rows.T]
    return [places[0] for places in same] if all(len(places) == 1 for places in same) else []


def _bits(rows: Any) -> set[bytes]:
    return {row.tobytes() for row in rows}


def is_bunch(value: Any) -> bool:
    """Whether it is a ``sklearn.utils.Bunch``, without importing scikit-learn."""
    return any(cls.__name__ == "Bunch" and cls.__module__.startswith("sklearn.") for cls in type(value).__mro__)


def _reshaped(bunch: Mapping[str, Any], table: Any, rows: str) -> dict[str, str]:
    """Other arrays of the same numbers, such as the ``images`` that digits are."""
    found = {}
    for part, value in bunch.items():
        same = isinstance(value, np.ndarray) and value.ndim > 2 and value.size == table.size
        if same and len(value) == len(table) and np.array_equal(value.reshape(table.shape), table):
            found[part] = f"{rows}.reshape{(-1, *value.shape[1:])}"
    return found


def place_of(name: str, steps: Sequence[Step]) -> int:
    """Where the data is bound to ``name``, last."""
    return max(at for at, step in enumerate(steps) if "data" in step.roles and name in step.binds)


def own(binding: Step, number: int, name: str, value: str, reads: str) -> Step:
    """A statement of nbforge's own, ``name = value``, behind the one of the data cell that is ``binding``."""
    text = f"{name} = {value}"
    nothing: frozenset[str] = frozenset()
    return Step(
        binding.cell, _OWN_PLACE + number, parse(text).body[0], text, "statement", binding.roles,
        frozenset({name}), nothing, nothing, frozenset({reads}),
    )  # fmt: skip
