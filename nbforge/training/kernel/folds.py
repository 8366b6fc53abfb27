"""Models of folds, whose answers a loop adds up: ``for fold, (train, held) in enumerate(folds.split(X))``.

Each turn fits a model on its own rows and asks it about others, such as a competition's test table. In scoring it is
the model that it fitted and what it is asked; what it does with the rows that it fits and measures is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from .kinds import is_fitted_object
from .program import Step, parse
from .recorder import Recorder
from .sites import Site, number
from .splits import splits
from .turns import shortened
from .watching import bound_or_written


def folded(steps: Sequence[Step], recorder: Recorder) -> list[Step]:
    """The steps, with loops over folds doing in scoring what their turns ask the models that they fitted."""
    return [_asking(step, recorder) if isinstance(step.tree, ast.For) else step for step in steps]


def _asking(step: Step, recorder: Recorder) -> Step:
    loop = parse(step.text).body[0]
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=turn), rows]),
            iter=ast.Call(func=ast.Name(id="enumerate"), args=[ast.Call() as cut, *_]),
            orelse=[],
        ) if splits(cut):
            known = number(loop)
            kept, turns = _kept(step, loop, known, recorder, _names(rows))
        case _:
            return step
    if not kept or not turns:
        return step
    return shortened(step, loop, kept, f"for {turn} in {turns!r}:")


def _kept(
    step: Step, loop: ast.For, ordinals: Mapping[ast.AST, int], recorder: Recorder, foreign: set[str]
) -> tuple[list[ast.stmt], list[int]]:
    """The statements of a turn that fit or that need none of its rows, ``foreign``; and the turns' numbers."""
    kept: list[ast.stmt] = []
    turns: list[int] = []
    if any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop)):
        return kept, turns
    for statement in loop.body:
        fitted = _fitted(statement, step, ordinals, recorder)
        turns = fitted or turns
        if not fitted and (_names(statement) & foreign or _prints(statement)):
            foreign = foreign | bound_or_written(statement)
        else:
            foreign = foreign - bound_or_written(statement)
            kept.append(statement)
    return kept, turns


def _fitted(statement: ast.stmt, step: Step, ordinals: Mapping[ast.AST, int], recorder: Recorder) -> list[int]:
    """The numbers of the turns in which the statement fitted a model that has a name."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="fit")) as call):
            pass
        case ast.Assign(targets=[ast.Name()], value=ast.Call() as call):
            pass
        case _:
            return []
    seen = recorder.seen.get(Site(step.cell, step.statement, ordinals[call]), {}).get(step.place)
    for found in (seen.fitted, seen.values) if seen is not None else ():
        turns = [parts[0].what for parts, value in found.items() if parts and is_fitted_object(value)]
        if turns and len(turns) == len(found):
            return [turn for turn in turns if isinstance(turn, int)]
    return []


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _prints(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False
