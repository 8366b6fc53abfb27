"""Which of the notebook's values is the raw frame: the rows that clients will send."""

from __future__ import annotations

import ast
import datetime as dt
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .alignment import is_pandas, is_polars, is_sparse, snapshot
from .asked import asked_for
from .bunches import Opened, is_bunch, opened
from .loading import GOING_ON, fitting
from .polars_tables import Converted, converted
from .program import Step

_CELL = (str, numbers.Number, np.generic, dt.date, list, tuple, np.ndarray)
PART = re.compile(r"_(train|training|test|testing|val|valid|validation|dev|tr|te)$")


@dataclass(frozen=True, slots=True)
class RawFrame:
    """``value`` is a copy as the data cell left it. ``trained``: it is the frame that training went on with, whole.

    ``opened``: the bunch that it is the table of, or the table of polars.
    """

    name: str | None
    value: Any
    cell: int | None
    trained: bool = True
    opened: Opened | Converted | None = None


def loaded_names(steps: Sequence[Step], names: Sequence[str]) -> list[str]:
    """Of the ``names`` that data cells bind those that they do not bind only after the loading, ``both`` in
    ``both = pd.concat([train, test])``.
    """
    loading = [step for step in steps if "data" in step.roles]
    cells, early = {step.cell for step in loading}, {name for step in loading for name in step.binds}
    late = {name for step in steps if step.cell in cells and "data" not in step.roles for name in step.binds} - early
    return [name for name in names if name not in late]


def bound_by(steps: Sequence[Step], namespace: Mapping[str, Any], names: Sequence[str]) -> RawFrame | None:
    """The raw frame among the names that ``nbforge:data`` binds.

    The last frame, of several the last that the prediction is for; else what is called ``X``, or comes first in an
    ``X, y`` pair; else a table or texts; else the table of a bunch; else an array; of several, as of frames.
    What a loop goes through is none of them, nor the mesh of a picture. ``None`` where no value is one of these.
    """
    cells = {name: step.cell for step in steps if "data" in step.roles for name in step.binds}
    turns = only_turns(steps)
    turns |= _meshes(steps) | _made_late(steps)
    own = [name for name in names if name in namespace and name not in turns]
    bound = [(name, namespace[name]) for name in own if not _part_of(name, own)]
    frames = [name for name, value in bound if is_pandas(value, "DataFrame")]
    arrays = [name for name, value in bound if _is_array(value)]
    texts = [name for name, value in bound if is_pandas(value, "Series") or _is_texts(value)]
    lengths = {namespace[name].shape[0] for name in own if is_sparse(namespace[name])}
    if lengths:  # it is made of the texts or not of them
        texts = [name for name in texts if len(namespace[name]) in lengths]
    asked = next((step.uses for step in reversed(steps) if "predict" in step.roles), frozenset())
    features = [name for name in (*arrays, *texts) if name.split("_")[0] in ("X", "x")]
    tables = [name for name in features if name in arrays and namespace[name].ndim > 1]
    features = [name for name in features if name in texts or name in (tables or features)]  # no grid of a picture
    features.sort(key=lambda name: (name in asked, name in ("X", "x"), "train" in name))
    pair = [name for name in (_first_of_pair(step, namespace) for step in steps if "data" in step.roles) if name]
    wide = [name for name in arrays if namespace[name].ndim == 2]
    frames, wide, texts = (_one_of(names, steps) for names in (frames, wide, texts))
    bunches = [name for name in own if is_bunch(namespace[name])]
    beside = bunches and frames and asked_for([*bunches, *features, *frames], steps)
    if beside and beside not in frames:  # a table of its rows is only looked at
        frames, features, pair, wide = [], [beside] if beside in features else [], [], []
        bunches = [beside] if beside in bunches else []
    chosen = frames or features[-1:] or pair[-1:] or wide or texts
    if bunches and chosen == texts:  # a bunch's own rows, not the names of its classes
        found = opened(asked_for(bunches, steps), namespace)
        if found is not None:
            bunch, table = found
            return RawFrame(bunch.rows, snapshot(table), cells.get(bunch.name), opened=bunch)
    foreign = _one_of([name for name, value in bound if is_polars(value) and hasattr(value, "columns")], steps)
    kept = converted(foreign[0], namespace) if foreign and not frames else None
    if kept is not None:
        return RawFrame(foreign[0], kept[1], cells.get(foreign[0]), opened=kept[0])
    chosen = chosen or ([] if lengths else _one_of(arrays, steps))
    if not chosen:
        return None
    return RawFrame(chosen[0], snapshot(namespace[chosen[0]]), cells.get(chosen[0]))


def _one_of(names: list[str], steps: Sequence[Step]) -> list[str]:
    """Of several the one that the prediction is for."""
    return [asked_for(names, steps)] if len(names) > 1 else names


def only_turns(steps: Sequence[Step]) -> set[str]:
    """The names that data cells bind to one item of something after the other, and to nothing else."""
    nodes = [node for step in steps if "data" in step.roles for node in ast.walk(step.tree)]
    targets = [node.target for node in nodes if isinstance(node, ast.For | ast.AsyncFor)]
    turns = {id(node) for target in targets for node in ast.walk(target)}
    bound = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {node.id for node in bound} - {node.id for node in bound if id(node) not in turns}


def _meshes(steps: Sequence[Step]) -> set[str]:
    """The names of the coordinates over which pictures are drawn."""
    found: set[str] = set()
    for step in steps:
        match step.tree:
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name))) if name == "meshgrid":
                found |= step.defines
    return found


def _made_late(steps: Sequence[Step]) -> set[str]:
    """The names that a cell which goes on after its data binds only where it has begun to fit."""
    going_on = [step for step in steps if "data" in step.roles and step.roles & GOING_ON]
    begun = next((at for at, step in enumerate(going_on) if fitting(step.tree)), len(going_on))
    early = {name for step in going_on[:begun] for name in step.binds}
    return {name for step in going_on[begun:] for name in step.binds} - early


def _part_of(name: str, names: Sequence[str]) -> bool:
    """Whether it is called as the part that a split made of another: ``X_test`` beside ``X``."""
    whole = PART.sub("", name)
    return whole != name and whole in names


def after(steps: Sequence[Step], frame: str | None) -> list[Step]:
    """The steps after the raw frame was bound: those of its own cell, too, that cut it into ``X`` and ``y``."""
    binding = (at for at, step in enumerate(steps) if "data" in step.roles and frame in step.binds)
    last = max(binding, default=len(steps))
    return [step for at, step in enumerate(steps) if "data" not in step.roles or at > last]


def _first_of_pair(step: Step, namespace: Mapping[str, Any]) -> str | None:
    node = step.tree
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
        return None
    names = [item.id for item in node.targets[0].elts if isinstance(item, ast.Name)]
    if len(names) != 2 or any(name not in namespace for name in names):
        return None
    values = [namespace[name] for name in names]
    rows = all(hasattr(value, "__len__") and not is_bunch(value) and not is_sparse(value) for value in values)
    return names[0] if rows else None


def _is_array(value: Any) -> bool:
    """An array of numbers, texts or dates; one of a plot's axes, or of other objects, is nothing that clients send."""
    if not isinstance(value, np.ndarray):
        return False
    return not value.dtype.hasobject or all(item is None or isinstance(item, _CELL) for item in value.flat[:100])


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(item, str) for item in value[:100])


def from_example(value: Any, cell: int | None) -> RawFrame | None:
    """Rows that an ``nbforge:example`` cell evaluates to: a frame, an array, a list of records, or one record."""
    if is_pandas(value, "DataFrame") or isinstance(value, np.ndarray) or _is_texts(value):
        return RawFrame(None, snapshot(value), cell, trained=False)
    if is_pandas(value, "Series"):
        return RawFrame(None, snapshot(value), cell, trained=False)
    records = [value] if isinstance(value, dict) else value
    if isinstance(records, list) and records and all(isinstance(item, dict) for item in records):
        import pandas as pd

        scalar = not any(isinstance(item, list | tuple) for item in records[0].values())
        return RawFrame(None, pd.DataFrame(records) if scalar else pd.DataFrame(value), cell, trained=False)
    if isinstance(value, str):
        return RawFrame(None, [value], cell, trained=False)
    return None
