"""Rows that training leaves out on its way: gaps, outliers, duplicates, in a cell that is not one of the features.

``df = df[df.price < limit]`` says what a fit may see, which is training's affair, as a split is. In scoring the
statement is left out, and the raw rows that the service is described and proven with are those that training kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .alignment import MINIMUM_ROWS, is_pandas
from .chain import first_line
from .copies import copying
from .program import Step, expression
from .rawframe import RawFrame
from .recorder import Recorder

DROPS = frozenset({"drop", "drop_duplicates", "dropna", "head", "query", "sample"})
"""Methods that may leave rows out."""

_OTHERS = frozenset({"data", "features", "predict"})
"""Roles of cells whose every statement counts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The raw frame with the rows that training kept, the steps without those that drop, and what to say of them."""

    raw: RawFrame
    steps: list[Step]
    notes: tuple[str, ...] = ()


def kept(raw: RawFrame, steps: Sequence[Step], recorder: Recorder) -> Kept:
    """Find the statements that leave rows out of a table, by what they are and by what they made of its rows."""
    kept_rows = _Labels(raw.value.index if is_pandas(raw.value, "DataFrame", "Series") else None)
    found: list[Step] = []
    notes: list[str] = []
    lengths = {raw.name or "": len(raw.value)}
    for at, step in enumerate(steps):
        before = kept_rows.count
        source, name = (_dropping(step.tree) or ("", "")) if not step.roles & _OTHERS else ("", "")
        labels = recorder.axes.get(step.place, {}).get(name, (None, None))[0]
        gone_on_with = source == name or not any(source in later.uses for later in steps[at + 1 :])
        whole = labels is not None and lengths.get(source) == before and gone_on_with
        dropped = whole and kept_rows.drop(labels, recorder.labels.get(step.place, ()))
        lengths |= recorder.lengths.get(step.place, {})
        if not dropped:
            found.append(step)
            continue
        notes.append(
            f"Cell {step.cell} leaves {before - kept_rows.count} of {before} rows out of training: "
            f"`{first_line(step.text)}`. The service does not; what it takes is described by the rows that stay."
        )
        if source != name:
            found.append(copying(step, name, expression(source), recorder))
    if not notes:
        return Kept(raw, list(steps))
    return Kept(replace(raw, value=kept_rows.of(raw.value)), found, tuple(notes))


class _Labels:
    """The raw frame's rows that are left, by their labels there (``rows``) and by those they have ``now``."""

    def __init__(self, index: Any) -> None:
        known = index is not None and index.is_unique
        self.rows: Any = index if known else None
        self.now: Any = self.rows

    @property
    def count(self) -> int:
        return -1 if self.rows is None else len(self.rows)

    def drop(self, left: Any, seen: Iterable[Any]) -> bool:
        """Go on with the rows labelled ``left``; not where all are left, or others.

        ``seen``: the labels of tables on the way to it, which tell its rows where it counts them anew.
        """
        anew = [labels for labels in seen if len(labels) == len(left)] if _counted(left) else []
        labels = anew[0] if anew else left
        if not MINIMUM_ROWS <= len(left) <= self.count or not labels.is_unique or not labels.isin(self.now).all():
            return False
        dropped = len(left) < self.count
        self.rows = self.rows[self.now.get_indexer(labels)]
        self.now = left
        return dropped

    def of(self, frame: Any) -> Any:
        """The rows of the raw frame that are left, labelled as they are now."""
        left = frame.loc[self.rows]
        left.index = self.now
        return left


def _dropping(statement: ast.stmt) -> tuple[str, str] | None:
    """The table in ``df = df[...]``, ``b = df.dropna()`` and ``df.drop(..., inplace=True)``, and its name after it."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            source = _root(value)
            return (source, name) if source and not isinstance(value, ast.Name) else None
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), keywords=keywords)):
            inplace = any(keyword.arg == "inplace" for keyword in keywords)
            return (name, name) if inplace and (method in DROPS or _counts_anew(statement.value)) else None
    return None


def _root(value: ast.expr) -> str | None:
    while True:
        match value:
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in DROPS or _counts_anew(value):
                value = inner
            case ast.Subscript(value=ast.Attribute(value=inner, attr="loc" | "iloc")) | ast.Subscript(value=inner):
                value = inner
            case ast.Name(id=name):
                return name
            case _:
                return None


def _counted(labels: Any) -> bool:
    return labels.nlevels == 1 and list(labels) == list(range(len(labels)))


def _counts_anew(call: ast.expr) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(attr="reset_index"), keywords=keywords):
            return any(keyword.arg == "drop" for keyword in keywords)
    return False
