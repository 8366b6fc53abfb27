"""Rows that training leaves out on its way, or sorts: gaps, outliers, duplicates, dates in a cell not of the features.

``df = df[df.price < limit]`` says what a fit may see, which is training's affair, as a split is; so is the order in
which it sees them. In scoring the statement is left out, and the raw rows that the service is described and proven
with are those that training kept, in its order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .alignment import MINIMUM_ROWS, is_pandas
from .chain import first_line
from .choosing import Choice, Parts, chosen_by, put_together, stacks, with_parts
from .copies import copying
from .program import Step
from .rawframe import RawFrame
from .recorder import Recorder

_OTHERS = frozenset({"data", "features", "predict"})
"""Roles of cells whose every statement counts."""


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


def kept(raw: RawFrame, steps: Sequence[Step], recorder: Recorder) -> Kept:
    """Find the statements that leave rows out of a table, by what they are and by what they made of its rows."""
    rows = _Labels(raw.value.index if is_pandas(raw.value, "DataFrame", "Series") else None)
    found: list[Step] = []
    notes: list[str] = []
    known = _Known({raw.name or "": len(raw.value)})
    left_out = False
    for at, step in enumerate(steps):
        before = rows.count
        drops = _left_out(step, steps[at + 1 :], rows, known, recorder)
        known = known.after(step, drops, rows, recorder)
        if drops is None:
            found.append(step)
            axes = recorder.axes.get(step.place, {}).get(_relabelled(step.tree))
            rows.relabel(axes[0] if axes is not None else None)
            continue
        left_out = True
        if rows.count < before:
            notes.append(
                f"Cell {step.cell} leaves {before - rows.count} of {before} rows out of training: "
                f"`{first_line(step.text)}`. The service does not; what it takes is described by the rows that stay."
            )
        if ast.unparse(drops.whole) != drops.name:
            reading = replace(step, uses=step.uses | {drops.source})
            found.append(copying(reading, drops.name, drops.whole, recorder))
    if not rows.changed:
        return Kept(raw, found if left_out else list(steps))
    return Kept(replace(raw, value=rows.of(raw.value)), found, tuple(notes), rows.rows)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the tables before a statement: their lengths, their rows' labels, and which are parts."""

    lengths: Mapping[str, int]
    labels: Mapping[str, Any] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)

    def after(self, step: Step, drops: Choice | None, rows: _Labels, recorder: Recorder) -> _Known:
        """The same after it; what it ``drops`` is no part of a table, but the table."""
        lengths = {**self.lengths, **recorder.lengths.get(step.place, {})}
        if drops is not None and lengths.get(drops.name, 0) > rows.count:
            lengths[drops.name] = rows.count  # some rows several times
        seen = recorder.labels.get(step.place, ())
        labels = {name: seen[-1] for name in step.binds if seen}  # what is bound is evaluated last
        labels |= {name: axes[0] for name, axes in recorder.axes.get(step.place, {}).items()}
        parts = with_parts(self.parts, step.tree if drops is None else None, step.binds)
        return _Known(lengths, {**self.labels, **labels}, parts)

    def together(self, statement: ast.stmt) -> list[Any]:
        """The labels of the rows of parts that a statement puts together, one after the other."""
        names = put_together(statement)
        own: list[Any] = [self.labels[name] for name in names if name in self.labels]
        return [own[0].append(own[1:])] if own and len(own) == len(names) else []


def without_tag(step: Step) -> str:
    """What else helps where a features cell leaves rows out or sorts them."""
    drops = chosen_by(step.tree) if "features" in step.roles else None
    if drops is None or not drops.chosen:
        return ""
    return " Or take the tag off this cell: which rows training goes on with, and in which order, is its own affair."


def _left_out(step: Step, later: Sequence[Step], rows: _Labels, known: _Known, recorder: Recorder) -> Choice | None:
    """What a statement does that leaves rows out, or takes those again that training goes on with."""
    drops = None if step.roles & _OTHERS else chosen_by(step.tree, known.parts)
    made = _made(step.place, drops.name, recorder) if drops is not None else None
    if drops is None or made is None:
        return None
    length = known.lengths.get(drops.source, 0)
    if rows.again(made, length):
        return drops
    if length != rows.count or not _gone_on_with(drops, step, later, known.parts):
        return None
    together = known.together(step.tree)
    if not together and stacks(step.tree) and _counted(made):
        return None  # nothing tells which rows these are
    seen = [*recorder.labels.get(step.place, ()), *together]
    if rows.repeated(made) or rows.drop(made, seen):
        return drops
    return drops if _of_duplicates(step.tree) and made.equals(rows.now) else None


def _relabelled(statement: ast.stmt) -> str:
    """The table whose rows a statement gives other labels, and does nothing else to; or nothing."""
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=table), attr="index")]):
            return table
        case (
            ast.Assign(targets=[ast.Name(id=table)], value=ast.Call(func=ast.Attribute(value=ast.Name(), attr=name)))
            | ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr=name)))
        ):
            return table if name in {"reset_index", "set_index"} else ""
    return ""


def _of_duplicates(statement: ast.stmt) -> bool:
    """Whether it leaves duplicates out: a request's rows may be alike even where training's are not."""
    names = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
    return bool(names & {"drop_duplicates", "duplicated"})


def _gone_on_with(drops: Choice, choosing: Step, later: Sequence[Step], parts: Parts) -> bool:
    """Whether all that comes later is of the rows that a statement has chosen.

    Where parts are put together again, other parts of the table are none of that; else they are what training alone
    looks at, as ``train`` is where the rows of ``test`` are what is asked about.
    """
    others = {name for name, part in parts.items() if part.source == drops.source and name != drops.name}
    if any(stacks(step.tree) for step in (choosing, *later)) and any(step.uses & others for step in later):
        return False
    return drops.source == drops.name or not any(
        drops.source in step.uses and not _chooses_alike(drops, chosen_by(step.tree)) for step in later
    )


def _chooses_alike(drops: Choice, other: Choice | None) -> bool:
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
        self.before: Any = None  # these, before the notebook first gave them others
        self.changed = False

    @property
    def count(self) -> int:
        return -1 if self.rows is None else len(self.rows)

    def relabel(self, labels: Any) -> None:
        """The rows have these labels from now on, if there are as many and they tell the rows apart."""
        if labels is not None and len(labels) == self.count and labels.is_unique:
            self.before = self.now if self.before is None else self.before
            self.now = labels

    def again(self, left: Any, of: int) -> bool:
        """Whether ``left``, taken from a table of so many rows, are the rows that training goes on with already."""
        return self.changed and len(left) < of and bool(left.equals(self.now))

    def repeated(self, left: Any) -> bool:
        """Whether ``left`` are some of the rows, a few of them several times: what is trained on, and nothing else."""
        return self.rows is not None and not left.is_unique and bool(left.isin(self.now).all())

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
        positions = self.now.get_indexer(labels)
        self.rows = self.rows[positions]
        self.before = None if self.before is None else self.before[positions]
        self.now = left
        self.changed |= dropped
        return dropped

    def of(self, frame: Any) -> Any:
        """The rows of the raw frame that are left, labelled as they are when scoring gives them others."""
        left = frame.loc[self.rows]
        left.index = self.now if self.before is None else self.before
        return left


def _counted(labels: Any) -> bool:
    return labels.nlevels == 1 and list(labels) == list(range(len(labels)))
