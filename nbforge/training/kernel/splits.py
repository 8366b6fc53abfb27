"""Splits of the rows into parts to train and to test on: in scoring, each part is all rows of the request.

``X_train, X_test = train_test_split(X)`` says which rows a fit may see, which is training's affair. What comes after
it, a scaler that is fitted on one part and applied to the other, belongs to a request as well. So the statement is
followed as if it were ``X_train = X.copy()``, and what training made of its part is compared with the same rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .alignment import Rows, is_pandas, same, take
from .copies import copying
from .observations import Seen
from .program import Step, evaluated
from .recorder import Recorder

SPLITTER = re.compile(r"split")
"""Functions that cut each of their arguments into so many parts: ``train_test_split``, and others called so."""

HARMLESS = frozenset({"drop", "to_numpy", "copy", "astype", "toarray", "ravel", "reshape"})
"""Methods that may be called a second time to see what was split."""

MADE_UP = -1
"""The position of a row that is none of the raw frame's."""

Place = tuple[int, int]


def unsplit(steps: Sequence[Step], recorder: Recorder, rows: Rows) -> tuple[list[Step], dict[Place, Sequence[int]]]:
    """The steps, with splits replaced by copies, and for each of these which rows training had there.

    A split of what is not in the rows of the raw frame, or of which it cannot be told, stays as it is. What a
    sampler makes up beside the rows, ``SMOTE().fit_resample(X, y)``, is at none of them: :data:`MADE_UP`.
    """
    found: list[Step] = []
    taken: dict[Place, Sequence[int]] = {}
    known: dict[str, _Part] = {}
    latest: dict[str, Any] = {}
    for step in steps:
        parts = _parts(step, recorder, rows, known, latest)
        for copied, part in parts:
            found.append(copied)
            taken[copied.place] = part.positions
        for name in step.binds:
            known.pop(name, None)
        latest |= recorder.bound.get(step.place, {})
        known |= {min(copied.defines): part for copied, part in parts}
        if not parts:
            found.append(step)
    return found, taken


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that training had under a name; ``sampled``: what these were sampled from, where they were."""

    positions: Sequence[int]
    sampled: Any = None


def _parts(
    step: Step, recorder: Recorder, rows: Rows, known: Mapping[str, _Part], latest: Mapping[str, Any]
) -> list[tuple[Step, _Part]]:
    found = []
    bound = recorder.bound.get(step.place, {})
    read = {key: value for key, value in recorder.read.get(step.place, {}).items() if not isinstance(value, Seen)}
    sampled = sampled_from(step.tree)
    for at, (name, source) in enumerate(sampled or split_into(step.tree)):
        earlier = known.get(source.id) if isinstance(source, ast.Name) else None
        origin = earlier.sampled if earlier is not None else None
        if name not in bound or not (sampled or origin is not None or rows.of_rows(bound[name])):
            continue
        whole = _whole(source, {**recorder.namespace, **latest, **read})
        part = recorder.parts.get(step.place, {}).get(name, bound[name])
        before = earlier.positions if earlier is not None else None
        positions = (_sampled if sampled else _positions)(rows, whole, part, before)
        if positions is None:
            return []
        copied = copying(step, name, source, recorder, at)
        origin = whole if sampled else origin
        if origin is not None:
            recorder.bound[copied.place] = {name: origin}
        found.append((copied, _Part(positions, origin)))
    return found


def sampled_from(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Each name that a sampler binds, with the rows that it leaves some of out, or makes up others beside."""
    match statement:
        case ast.Assign(
            targets=[ast.Tuple(elts=[ast.Name(id=rows), ast.Name(id=labels)])],
            value=ast.Call(func=ast.Attribute(attr="fit_resample"), args=[of_rows, of_labels]),
        ):
            return [(rows, of_rows), (labels, of_labels)]
    return []


def split_into(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Each name that a split binds, with what it is a part of."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)], value=ast.Call(args=args) as call):
            parts = len(targets) // max(1, len(args))
            if not splits(call) or parts < 2 or len(targets) != parts * len(args):
                return []
            return [(target.id, args[at // parts]) for at, target in enumerate(targets) if isinstance(target, ast.Name)]
        case ast.For(target=ast.Tuple(elts=positions), iter=ast.Call() as call, body=body):
            names = {item.id for item in positions if isinstance(item, ast.Name)}
            found = [pair for each in body for pair in _taken(each, names)]
            return found if splits(call) and len({name for name, _ in found}) >= len(body) else []
    return []


def splits(call: ast.Call) -> bool:
    """Whether it is a call of a function that is called a splitter."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return bool(SPLITTER.search(name))


def _taken(statement: ast.stmt, positions: Collection[str]) -> Iterator[tuple[str, ast.expr]]:
    """``X_train, X_test = X[train], X[test]``: what a turn of a loop over the parts of a split binds."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            pairs = list(zip(targets, values, strict=False))
        case ast.Assign(targets=[target], value=value):
            pairs = [(target, value)]
        case _:
            return
    for target, value in pairs:
        match value:
            case (
                ast.Subscript(value=ast.Attribute(value=whole, attr="loc" | "iloc"), slice=ast.Name(id=part))
                | ast.Subscript(value=whole, slice=ast.Name(id=part))
            ) if isinstance(target, ast.Name) and part in positions:
                yield target.id, whole


def _whole(source: ast.expr, scope: Mapping[str, Any]) -> Any:
    """What was split, looked at once more; ``None`` where looking could do something."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Attribute) and node.func.attr in HARMLESS):
            return None
    return evaluated(source, scope)


def _sampled(rows: Rows, whole: Any, part: Any, earlier: Sequence[int] | None) -> Sequence[int] | None:
    """Which rows of the raw frame a sampler took, or all of them and others that it made up."""
    if whole is None or not _told(rows, whole, earlier):
        return None
    count = len(earlier) if earlier is not None else rows.count
    own = range(count)
    if len(part) >= count and same(take(part, own), whole):
        local: Sequence[int] = [*own, *[MADE_UP] * (len(part) - count)]
    else:
        first = _first(_keys(whole, labels=False))
        local = [first.get(key, MADE_UP) for key in _keys(part, labels=False)]
        if MADE_UP in local and len({*local}) <= len(first):
            return None  # neither are all of these the rows, nor are all rows among these: it changed them
    return local if earlier is None else [at if at == MADE_UP else earlier[at] for at in local]


def _told(rows: Rows, whole: Any, earlier: Sequence[int] | None) -> bool:
    return rows.aligned(whole) or (earlier is not None and len(earlier) == len(whole))


def _first(keys: Sequence[Any]) -> dict[Any, int]:
    first: dict[Any, int] = {}
    for at, key in enumerate(keys):
        first.setdefault(key, at)
    return first


def _positions(rows: Rows, whole: Any, part: Any, earlier: Sequence[int] | None) -> Sequence[int] | None:
    """Which rows of the raw frame a part is."""
    if is_pandas(part, "DataFrame", "Series") and (rows.index is None or rows.index.is_unique):
        if earlier is not None and is_pandas(whole, "DataFrame", "Series") and len(whole) == len(earlier):
            labels = whole.index
            if labels.is_unique and part.index.isin(labels).all():
                return [earlier[at] for at in labels.get_indexer(part.index)]
        if rows.index is None or not part.index.isin(rows.index).all():
            return None
        return [int(at) for at in rows.index.get_indexer(part.index)]
    if whole is None or not _told(rows, whole, earlier):
        return None
    first = _first(_keys(whole))
    found = [first.get(key) for key in _keys(part)]
    local = [at for at in found if at is not None]
    if len(local) < len(found) or not local:
        return None
    return local if earlier is None else [earlier[at] for at in local]


def _keys(values: Any, *, labels: bool = True) -> list[Any]:
    """Something for each row that equal rows share; with ``labels``, those of a table have the same label, too."""
    if is_pandas(values, "DataFrame", "Series"):
        import pandas as pd

        return list(pd.util.hash_pandas_object(values, index=labels))
    if isinstance(values, np.ndarray) and values.dtype != object:
        return [row.tobytes() for row in np.ascontiguousarray(values)]
    if hasattr(values, "tocsr"):
        matrix = values.tocsr()
        return [(row.indices.tobytes(), row.data.tobytes()) for row in (matrix[at] for at in range(matrix.shape[0]))]
    return [repr(row) for row in values]
