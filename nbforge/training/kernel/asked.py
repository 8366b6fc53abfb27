"""Which of the tables that a data cell binds the prediction is for; many cells read ``train`` and ``test`` at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .handing_on import only_filled
from .parsing import parse
from .program import DEFINING, Step, names_in
from .splits import split_into

PREDICTS = re.compile(r"predict|decision_function")
"""Methods that are asked for answers."""
_ASKS = (PREDICTS, re.compile(r"score$|transform$"))
"""Methods that are asked about rows, in the order in which they count."""
_ASKS_OR_FITS = re.compile(r"predict|decision_function|score|fit|^train|Dataset|DMatrix|Pool")
_TRANSFORMS = re.compile(r"transform|predict")
_OWN_PLACE = 3_000_000
"""Where a question stands that no statement of its cell asks."""


def asked_for(frames: Sequence[str], steps: Sequence[Step]) -> str:
    """The last of ``frames`` that leads to the rows that the predict cell asks a model about.

    Where the cell asks none, any cell's last question counts. Where it is about none of them, it is the last one that a
    later step reads, not only to put answers into it or to say what a model learns; else the last.
    """
    given = _given([step for step in steps if "predict" in step.roles]) or _given(steps)
    later = [step for step in steps if "data" not in step.roles]
    leading = [name for name in frames if given & made_of(name, steps, set(frames) - {name})]
    used = [name for name in frames if any(name in step.uses for step in later)]
    used = [name for name in used if not only_filled(name, later)] or used
    labels = _labels(steps)
    used = [name for name in used if name not in labels] or used
    return (leading or used or frames)[-1]


def _given(steps: Sequence[Step]) -> frozenset[str]:
    """The names in what the last statement that asks a model gives to it."""
    for asks, step in ((asks, step) for asks in _ASKS for step in reversed(steps) if step.kind not in DEFINING):
        calls = [node for node in ast.walk(step.tree) if isinstance(node, ast.Call) and node.args]
        asked = [call for call in calls if isinstance(call.func, ast.Attribute) and asks.search(call.func.attr)]
        names = {item.id for call in asked for item in _of_rows(call.args[0])}
        if names & step.uses:
            return frozenset(names)
    return frozenset()


def _labels(steps: Sequence[Step]) -> frozenset[str]:
    """The names of what models learn to say, ``labels`` in ``model.fit(rows, labels)``."""
    found: set[str] = set()
    for node in (node for step in steps for node in ast.walk(step.tree)):
        match node:
            case ast.Call(func=ast.Attribute(attr="fit"), args=[_, ast.Name(id=labels), *_]):
                found.add(labels)
    return frozenset(found)


def _of_rows(given: ast.expr) -> Iterator[ast.Name]:
    """The names in what a model is given, but for what transforms it or names its columns: ``rows`` alone in
    ``t.transform(rows[X.columns])``.
    """
    attributes = [node for node in ast.walk(given) if isinstance(node, ast.Attribute)]
    beside = {id(each.value) for each in attributes if _TRANSFORMS.search(each.attr) or each.attr == "columns"}
    yield from (node for node in ast.walk(given) if isinstance(node, ast.Name) and id(node) not in beside)


def made_of(frame: str, steps: Sequence[Step], others: set[str]) -> set[str]:
    """The names that hold what was made of the frame's rows: not a model that was fitted on them, nor ``others``, which
    took a figure of it.
    """
    derived = {frame}
    for step in steps:
        if "data" in step.roles:
            derived |= {part for part, whole in split_into(step.tree) if ast.unparse(whole) == frame}
            continue
        if step.kind in DEFINING or _fits(step.tree):
            continue
        if parts := split_into(step.tree):
            derived = derived - step.defines | {part for part, whole in parts if names_in(whole) & derived}
            continue
        leads = bool((step.uses - joined(step.tree)) & derived)
        derived = derived | (step.binds - others) if leads else derived - step.defines
    return derived


def joined(statement: ast.stmt) -> set[str]:
    """The names of tables that a statement only joins to another, whose rows stay: they give columns."""
    right = [side for node in ast.walk(statement) if isinstance(node, ast.Call) and (side := _right_side(node))]
    names = [{item for item in ast.walk(side) if isinstance(item, ast.Name)} for side in right]
    joined = set[ast.Name]().union(*names)
    others = {item.id for item in ast.walk(statement) if isinstance(item, ast.Name) and item not in joined}
    return {item.id for item in joined} - others


def _right_side(call: ast.Call) -> ast.expr | None:
    """The table that is joined to another."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="pd" | "pandas"), attr="merge"), args=[_, right, *_]):
            return right
        case ast.Call(func=ast.Name(id="merge"), args=[_, right, *_]):
            return right
        case ast.Call(func=ast.Attribute(attr="merge" | "join" | "map"), args=[right, *_]):
            return right
    return next((each.value for each in call.keywords if each.arg == "right"), None)


def asks_or_fits(node: ast.AST) -> bool:
    """Whether it is a call that asks or fits a model, or makes the data set that one is fitted on."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return bool(_ASKS_OR_FITS.search(name))
    return False


def _fits(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="fit"))):
            return True
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr="fit"))):
            return True
    return False


def fitted_on(statement: ast.stmt) -> Iterator[str]:
    """The names of what models are fitted on in a statement."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(attr="fit"), args=[ast.Name(id=rows), *_]):
                yield rows


def question(model: str, steps: Sequence[Step]) -> Step | None:
    """What the last statement of ``steps`` that asks the model, or measures or fits it, asks it, as a step of its own.

    ``model.predict(rows)`` for the rows of ``model.score(rows, y)`` or ``model.fit(rows, y)``.
    """
    for step in reversed(steps):
        for node in ast.walk(step.tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="predict" | "score" | "fit"), args=[rows, *_]
                ) if name == model and not isinstance(rows, ast.Starred):
                    return of_its_own(step, f"{model}.predict({ast.unparse(rows)})")
    return None


def of_its_own(step: Step, text: str) -> Step:
    """An expression as a step of the same cell, after all of the cell's own."""
    tree = parse(text).body[0]
    names = names_in(tree)
    return replace(
        step,
        statement=_OWN_PLACE,
        tree=tree,
        text=text,
        kind="expression",
        defines=frozenset(),
        may_define=frozenset(),
        updates=frozenset(),
        uses=names,
        ordinals=(),
    )
