"""Rows that training leaves out on its way, or sorts: gaps, outliers, duplicates, dates in a cell not of the features.

``df = df[df.price < limit]`` says what a fit may see, which is training's affair, as a split is; so is the order in
which it sees them. In scoring the statement is left out, and the raw rows that the service is described and proven
with are those that training kept, in its order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .alignment import MINIMUM_ROWS, is_pandas
from .chain import first_line
from .copies import copying
from .program import Step
from .rawframe import RawFrame
from .recorder import Recorder

DROPS = frozenset({"drop", "drop_duplicates", "dropna", "head", "query", "sample", "sort_index", "sort_values"})
"""Methods that may leave rows out, or put them into another order."""

_OTHERS = frozenset({"data", "features", "predict"})
"""Roles of cells whose every statement counts."""

_OF_EACH_ROW = frozenset({"astype", "copy", "to_numpy"})
"""Methods that say the same of a row, whichever others there are."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The raw frame with the rows that training kept, the steps without those that drop, and what to say of them.

    ``labels``: those of these rows in the frame before; ``None`` where training kept all of them as they were.
    """

    raw: RawFrame
    steps: list[Step]
    notes: tuple[str, ...] = ()
    labels: Any = None

    def of(self, value: Any) -> Any:
        """The rows that training kept of a table or column that it made before; of anything else, all of it."""
        if self.labels is None or not is_pandas(value, "DataFrame", "Series"):
            return value
        as_it_is = value.index.equals(self.raw.value.index) or not value.index.is_unique
        return value if as_it_is or not self.labels.isin(value.index).all() else value.loc[self.labels]


@dataclass(frozen=True, slots=True)
class _Dropping:
    """A statement that binds ``name`` to rows of ``source`` that it has ``chosen``; ``whole``: the same of all rows."""

    source: str
    name: str
    whole: ast.expr
    chosen: tuple[str, ...] = ()


def kept(raw: RawFrame, steps: Sequence[Step], recorder: Recorder) -> Kept:
    """Find the statements that leave rows out of a table, by what they are and by what they made of its rows."""
    rows = _Labels(raw.value.index if is_pandas(raw.value, "DataFrame", "Series") else None)
    found: list[Step] = []
    notes: list[str] = []
    lengths = {raw.name or "": len(raw.value)}
    for at, step in enumerate(steps):
        before = rows.count
        drops = _left_out(step, steps[at + 1 :], rows, lengths, recorder)
        lengths |= recorder.lengths.get(step.place, {})
        if drops is None:
            found.append(step)
            continue
        if rows.count < before:
            notes.append(
                f"Cell {step.cell} leaves {before - rows.count} of {before} rows out of training: "
                f"`{first_line(step.text)}`. The service does not; what it takes is described by the rows that stay."
            )
        if ast.unparse(drops.whole) != drops.name:
            found.append(copying(step, drops.name, drops.whole, recorder))
    if not rows.changed:
        return Kept(raw, list(steps))
    return Kept(replace(raw, value=rows.of(raw.value)), found, tuple(notes), rows.rows)


def without_tag(step: Step) -> str:
    """What else helps where a features cell leaves rows out or sorts them."""
    drops = _dropping(step.tree) if "features" in step.roles else None
    if drops is None or not drops.chosen:
        return ""
    return " Or take the tag off this cell: which rows training goes on with, and in which order, is its own affair."


def _left_out(
    step: Step, later: Sequence[Step], rows: _Labels, lengths: Mapping[str, int], recorder: Recorder
) -> _Dropping | None:
    """What a statement does that leaves rows out, or takes those again that training goes on with."""
    drops = None if step.roles & _OTHERS else _dropping(step.tree)
    made = _made(step.place, drops.name, recorder) if drops is not None else None
    if drops is None or made is None:
        return None
    length = lengths.get(drops.source, 0)
    if rows.again(made, length):
        return drops
    whole = length == rows.count and _gone_on_with(drops, later)
    return drops if whole and rows.drop(made, recorder.labels.get(step.place, ())) else None


def _gone_on_with(drops: _Dropping, later: Sequence[Step]) -> bool:
    """Whether all that comes later is of the rows that a statement has chosen."""
    return drops.source == drops.name or not any(
        drops.source in step.uses and not _chooses_alike(drops, _dropping(step.tree)) for step in later
    )


def _chooses_alike(drops: _Dropping, other: _Dropping | None) -> bool:
    return other is not None and (other.source, other.chosen) == (drops.source, drops.chosen)


def _made(place: tuple[int, int], name: str, recorder: Recorder) -> Any:
    """Those of the rows that a statement bound: the table's own, or, of an array, the one that it was made of."""
    if (axes := recorder.axes.get(place, {}).get(name)) is not None:
        return axes[0]
    length = recorder.lengths.get(place, {}).get(name)
    seen = [labels for labels in recorder.labels.get(place, ()) if len(labels) == length]
    return seen[0] if seen and all(labels.equals(seen[0]) for labels in seen) else None


class _Labels:
    """The raw frame's rows that are left, by their labels there (``rows``) and by those they have ``now``."""

    def __init__(self, index: Any) -> None:
        known = index is not None and index.is_unique
        self.rows: Any = index if known else None
        self.now: Any = self.rows
        self.changed = False

    @property
    def count(self) -> int:
        return -1 if self.rows is None else len(self.rows)

    def again(self, left: Any, of: int) -> bool:
        """Whether ``left``, taken from a table of so many rows, are the rows that training goes on with already."""
        return self.changed and len(left) < of and bool(left.equals(self.now))

    def drop(self, left: Any, seen: Iterable[Any]) -> bool:
        """Go on with the rows labelled ``left``; not where these are all of them as they were, or others.

        ``seen``: the labels of tables on the way to it, which tell its rows where it counts them anew.
        """
        made = [labels for labels in seen if len(labels) == len(left) and not labels.equals(left)]
        told = [labels for labels in made if not labels.equals(self.now)] if _counted(left) else []
        labels = told[0] if told else left
        if not MINIMUM_ROWS <= len(left) <= self.count or not labels.is_unique:
            return False
        if not labels.isin(self.now).all():
            self.now = left if len(left) == self.count and _counted(left) and not told else self.now
            return False
        dropped = not labels.equals(self.now)
        self.rows = self.rows[self.now.get_indexer(labels)]
        self.now = left
        self.changed |= dropped
        return dropped

    def of(self, frame: Any) -> Any:
        """The rows of the raw frame that are left, labelled as they are now."""
        left = frame.loc[self.rows]
        left.index = self.now
        return left


def _dropping(statement: ast.stmt) -> _Dropping | None:
    """What ``df = df[...]``, ``X = df.iloc[:9, 1:].values`` and ``df.drop(..., inplace=True)`` do."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not isinstance(value, ast.Name):
            return _of_all(value, name)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name) as table, attr=method)) as call):
            inplace = any(keyword.arg == "inplace" for keyword in call.keywords)
            if inplace and (method in DROPS or _counts_anew(call)):
                return _Dropping(name, name, table, (ast.unparse(call),))
    return None


def _of_all(value: ast.expr, name: str) -> _Dropping | None:
    """The expression without what chooses rows, or sorts them."""

    def of(inner: ast.expr, chosen: ast.AST | None, around: Callable[[ast.expr], ast.expr]) -> _Dropping | None:
        found = _of_all(inner, name)
        if found is None:
            return None
        told = () if chosen is None else (ast.unparse(chosen),)
        return replace(found, whole=around(found.whole), chosen=(*found.chosen, *told))

    match value:
        case ast.Name(id=source):
            return _Dropping(source, name, value)
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _OF_EACH_ROW or _of_columns(value):
            return of(inner, None, lambda whole: ast.Call(ast.Attribute(whole, method), value.args, value.keywords))
        case ast.Call() if (table := _chosen_from(value)) is not None:
            return of(table, value, lambda whole: whole)
        case ast.Attribute(value=inner, attr="values"):
            return of(inner, None, lambda whole: ast.Attribute(whole, "values"))
        case ast.Subscript(value=ast.Attribute(value=inner, attr=by), slice=ast.Tuple(elts=[rows, columns])) if by in (
            "loc",
            "iloc",
        ):
            return of(
                inner,
                rows,
                lambda whole: ast.Subscript(ast.Attribute(whole, by), ast.Tuple([ast.Slice(), columns])),
            )
        case ast.Subscript(value=inner, slice=ast.List() | ast.Constant(value=str()) as columns):
            return of(inner, None, lambda whole: ast.Subscript(whole, columns))
        case (
            ast.Subscript(value=ast.Attribute(value=inner, attr="loc" | "iloc"), slice=rows)
            | ast.Subscript(value=inner, slice=rows)
        ):
            return of(inner, rows, lambda whole: whole)
    return None


def _chosen_from(call: ast.Call) -> ast.expr | None:
    """What a call leaves rows of out, or sorts."""
    match call.func, call.args:
        case ((ast.Name(id="shuffle") | ast.Attribute(attr="shuffle")), [table]):
            return table
        case ast.Attribute(value=table, attr=method), _ if method in DROPS or _counts_anew(call):
            return table
    return None


def _of_columns(call: ast.Call) -> bool:
    """Whether ``drop`` leaves columns out."""
    told = {keyword.arg: keyword.value for keyword in call.keywords}
    match call.func, told.get("axis"):
        case ast.Attribute(attr="drop"), ast.Constant(value=1 | "columns"):
            return True
        case ast.Attribute(attr="drop"), _:
            return "columns" in told
    return False


def _counted(labels: Any) -> bool:
    return labels.nlevels == 1 and list(labels) == list(range(len(labels)))


def _counts_anew(call: ast.expr) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(attr="reset_index"), keywords=keywords):
            return any(keyword.arg == "drop" for keyword in keywords)
    return False
