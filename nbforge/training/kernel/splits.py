"""Splits of the rows into parts to train and to test on: in scoring, each part is all rows of the request.

``X_train, X_test = train_test_split(X)`` says which rows a fit may see, which is training's affair. What comes after
it, a scaler that is fitted on one part and applied to the other, belongs to a request as well. So the statement is
followed as if it were ``X_train = X.copy()``, and what training made of its part is compared with the same rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .alignment import Rows, is_pandas
from .copies import copying
from .observations import Seen
from .program import Step, evaluated
from .recorder import Recorder

SPLITTER = re.compile(r"split")
"""Functions that cut each of their arguments into so many parts: ``train_test_split``, and others called so."""

HARMLESS = frozenset({"drop", "to_numpy", "copy", "astype", "toarray", "ravel", "reshape"})
"""Methods that may be called a second time to see what was split."""

Place = tuple[int, int]


def unsplit(steps: Sequence[Step], recorder: Recorder, rows: Rows) -> tuple[list[Step], dict[Place, Sequence[int]]]:
    """The steps, with splits replaced by copies, and for each of these which rows training had there.

    A split of what is not in the rows of the raw frame, or of which it cannot be told, stays as it is.
    """
    found: list[Step] = []
    taken: dict[Place, Sequence[int]] = {}
    known: dict[str, Sequence[int]] = {}
    latest: dict[str, Any] = {}
    for step in steps:
        parts = _parts(step, recorder, rows, known, latest)
        for place, copied, positions in parts:
            found.append(copied)
            taken[place] = positions
        for name in step.binds:
            known.pop(name, None)
        latest |= recorder.bound.get(step.place, {})
        known |= {min(copied.defines): positions for _, copied, positions in parts}
        if not parts:
            found.append(step)
    return found, taken


def _parts(
    step: Step, recorder: Recorder, rows: Rows, known: Mapping[str, Sequence[int]], latest: Mapping[str, Any]
) -> list[tuple[Place, Step, Sequence[int]]]:
    found = []
    bound = recorder.bound.get(step.place, {})
    read = {key: value for key, value in recorder.read.get(step.place, {}).items() if not isinstance(value, Seen)}
    for at, (name, source) in enumerate(split_into(step.tree)):
        if name not in bound or not rows.of_rows(bound[name]):
            continue
        whole = _whole(source, {**recorder.namespace, **latest, **read})
        earlier = known.get(source.id) if isinstance(source, ast.Name) else None
        part = recorder.parts.get(step.place, {}).get(name, bound[name])
        positions = _positions(rows, whole, part, earlier)
        if positions is None:
            return []
        copied = copying(step, name, source, recorder, at)
        found.append((copied.place, copied, positions))
    return found


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


def _positions(rows: Rows, whole: Any, part: Any, earlier: Sequence[int] | None) -> Sequence[int] | None:
    """Which rows of the raw frame a part is."""
    if is_pandas(part, "DataFrame", "Series") and (rows.index is None or rows.index.is_unique):
        if rows.index is None or not part.index.isin(rows.index).all():
            return None
        return [int(at) for at in rows.index.get_indexer(part.index)]
    if whole is None or not (rows.aligned(whole) or (earlier is not None and len(earlier) == len(whole))):
        return None
    first: dict[Any, int] = {}
    for at, key in enumerate(_keys(whole)):
        first.setdefault(key, at)
    found = [first.get(key) for key in _keys(part)]
    local = [at for at in found if at is not None]
    if len(local) < len(found) or not local:
        return None
    return local if earlier is None else [earlier[at] for at in local]


def _keys(values: Any) -> list[Any]:
    """Something for each row that equal rows share; those of a table have the same label, too."""
    if is_pandas(values, "DataFrame", "Series"):
        import pandas as pd

        return list(pd.util.hash_pandas_object(values))
    if isinstance(values, np.ndarray) and values.dtype != object:
        return [row.tobytes() for row in np.ascontiguousarray(values)]
    if hasattr(values, "tocsr"):
        matrix = values.tocsr()
        return [(row.indices.tobytes(), row.data.tobytes()) for row in (matrix[at] for at in range(matrix.shape[0]))]
    return [repr(row) for row in values]
