"""Models of folds, whose answers a loop adds up: ``for fold, (train, held) in enumerate(folds.split(X))``, or without
the number of the fold.

Each turn fits a model on its own rows and asks it about others, such as a competition's test table. In scoring it is
the model that it fitted and what it is asked; what it does with the rows that it fits and measures is left out.

So is a loop that fits a model for each of several targets on one table and asks it about another.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from .alignment import is_pandas, is_sparse
from .kinds import is_fitted_object
from .others import leading
from .parsing import parse
from .program import Step, names_in
from .recorder import Recorder
from .sites import Site, number
from .splits import splits
from .turns import fit_within, fits, shortened
from .watching import bound_or_written


def folded(steps: Sequence[Step], recorder: Recorder, raw: str, tables: Collection[str]) -> list[Step]:
    """The steps, with loops over folds doing in scoring what their turns ask the models that they fitted.

    ``raw``: the table that a request has rows of, one of the ``tables`` that the notebook loads.
    """
    lengths = {_length(recorder.namespace.get(name)) for name in tables if name != raw} - {None}
    derived = {raw}
    found = []
    for step in steps:
        derived = leading(step, derived)
        read = {name: recorder.namespace.get(name) for name in step.uses - derived}
        foreign = {name for name, value in read.items() if _length(value) in lengths}
        found.append(_asking(step, recorder, foreign) if isinstance(step.tree, ast.For) else step)
    return found


def _length(value: Any) -> int | None:
    """How many rows a table or an array has."""
    shaped = is_pandas(value, "DataFrame", "Series") or is_sparse(value) or type(value).__name__ == "ndarray"
    return int(value.shape[0]) if shaped and value.shape else None


def _asking(step: Step, recorder: Recorder, foreign: set[str]) -> Step:
    loop = parse(step.text).body[0]
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=turn), rows]),
            iter=ast.Call(func=ast.Name(id="enumerate"), args=[ast.Call() as cut, *_]),
            orelse=[],
        ) if splits(cut):
            pass
        case ast.For(target=ast.Tuple() as rows, iter=ast.Call() as cut, orelse=[]) if splits(cut):
            turn = _free("turn", {*names_in(loop), *recorder.namespace})
        case ast.For(orelse=[]) if foreign:
            kept, turns = _kept(step, loop, number(loop), recorder, frozenset(foreign))
            return shortened(step, loop, kept) if turns else step
        case _:
            return step
    kept, turns = _kept(step, loop, number(loop), recorder, names_in(rows))
    if not kept or not turns or not all(isinstance(each, int) for each in turns):
        return step
    return shortened(step, loop, kept, f"for {turn} in {turns!r}:")


def _free(name: str, taken: Collection[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _kept(
    step: Step, loop: ast.For, ordinals: Mapping[ast.AST, int], recorder: Recorder, foreign: frozenset[str]
) -> tuple[list[ast.stmt | ast.expr], list[Hashable]]:
    """The statements of a turn that fit or that need none of its rows, ``foreign``; and what tells the turns apart."""
    kept: list[ast.stmt | ast.expr] = []
    turns: list[Hashable] = []
    if any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop)):
        return kept, turns
    for statement in loop.body:
        fitted = _fitted(statement, step, ordinals, recorder)
        turns = fitted or turns
        by_the_way = fit_within(statement)
        if by_the_way is not None and names_in(by_the_way) & foreign:
            kept.append(by_the_way)
            foreign = foreign | bound_or_written(statement)
        elif not fitted and (names_in(statement) & foreign or _prints(statement)):
            foreign = foreign | bound_or_written(statement)
        else:
            foreign = foreign - bound_or_written(statement)
            kept.append(statement)
    return kept, turns


def _fitted(statement: ast.stmt, step: Step, ordinals: Mapping[ast.AST, int], recorder: Recorder) -> list[Hashable]:
    """What tells the turns apart in which the statement fitted a model that has a name."""
    match statement:
        case ast.Expr(value=call) if fits(call):
            pass
        case ast.Assign(targets=[ast.Name() | ast.Tuple()], value=ast.Call() as call):
            pass
        case _:
            return []
    seen = recorder.seen.get(Site(step.cell, step.statement, ordinals[call]), {}).get(step.place)
    for found in (seen.fitted, seen.values) if seen is not None else ():
        turns = [parts[0].what for parts, value in found.items() if parts and _holds_model(value)]
        if turns and len(turns) == len(found):
            return turns
    return []


def _holds_model(value: Any) -> bool:
    return any(map(is_fitted_object, value)) if isinstance(value, tuple) else is_fitted_object(value)


def _prints(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False
