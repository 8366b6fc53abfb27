"""Which of the tables that a data cell binds the prediction is for; many cells read ``train`` and ``test`` at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .alignment import is_pandas
from .program import DEFINING, Step, names_in, parse
from .splits import split_into

_ASKS = (re.compile(r"predict|decision_function"), re.compile(r"score$|transform$"))
"""Methods that are asked about rows, in the order in which they count."""
_ASKS_OR_FITS = re.compile(r"predict|decision_function|score|fit|^train|Dataset|DMatrix|Pool")
_WRITES = re.compile(r"^to_(csv|excel|feather|html|json|markdown|parquet|pickle|sql|string)$")
_OWN_PLACE = 3_000_000
"""Where a question stands that no statement of its cell asks."""


def asked_for(frames: Sequence[str], steps: Sequence[Step]) -> str:
    """The last of ``frames`` that leads to the rows that the predict cell asks a model about.

    Where the cell asks none, any cell's last question counts. Where it is about none of them, it is the last one that a
    later step reads; else the last.
    """
    given = _given([step for step in steps if "predict" in step.roles]) or _given(steps)
    later = [step for step in steps if "data" not in step.roles]
    leading = [name for name in frames if given & made_of(name, steps, set(frames) - {name})]
    used = [name for name in frames if any(name in step.uses for step in later)]
    return (leading or used or frames)[-1]


def _given(steps: Sequence[Step]) -> frozenset[str]:
    """The names in what the last statement that asks a model gives to it."""
    for asks, step in ((asks, step) for asks in _ASKS for step in reversed(steps) if step.kind not in DEFINING):
        calls = [node for node in ast.walk(step.tree) if isinstance(node, ast.Call) and node.args]
        asked = [call for call in calls if isinstance(call.func, ast.Attribute) and asks.search(call.func.attr)]
        names = {item.id for call in asked for item in ast.walk(call.args[0]) if isinstance(item, ast.Name)}
        if names & step.uses:
            return frozenset(names)
    return frozenset()


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


def put_down(cell: int, steps: Sequence[Step]) -> Iterator[Step]:
    """What a cell asks a model, or what such answers were made into, and puts into a column, a table or a file; as
    steps of their own, the last comes first.

    ``table["label"] = model.predict(rows)``, ``pd.DataFrame({"id": ids, "label": model.predict(rows)}).to_csv(path)``.
    """
    answers = _answers(steps)

    def asks(value: ast.expr) -> bool:
        return _asks(value) or any(isinstance(node, ast.Name) and node.id in answers for node in ast.walk(value))

    tables: list[Step] = []
    for step in reversed([step for step in steps if step.cell == cell]):
        match step.tree:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr=name))):
                if _WRITES.search(name) and table in answers:
                    tables.append(of_its_own(step, table))
                continue
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=name))) if _WRITES.search(name):
                asked = column_that_asks(value, asks)
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()], value=asked):
                pass
            case ast.Assign(targets=[ast.Name()], value=value):
                asked = column_that_asks(value, asks)
                if asked is value:
                    continue
            case _:
                continue
        if asks(asked):
            yield of_its_own(step, ast.unparse(asked))
    yield from tables


def of_answers_alone(asked: Step, steps: Sequence[Step], namespace: Mapping[str, Any]) -> bool:
    """Whether what a cell puts down is made of answers: with the truth beside them it would be a measure."""
    others = (namespace.get(name) for name in asked.uses - _answers(steps))
    return not any(is_pandas(value, "DataFrame", "Series") or isinstance(value, np.ndarray) for value in others)


def puts_down(cell: int, steps: Sequence[Step]) -> bool:
    """Whether a cell ends by putting something into a table: ``submission["label"] = answers``."""
    last = next((step.tree for step in reversed(steps) if step.cell == cell), None)
    return isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Subscript | ast.Attribute)


def _answers(steps: Sequence[Step]) -> set[str]:
    """The names that hold what a model was asked, or what was made of that."""
    found: set[str] = set()
    for step in steps:
        match step.tree:
            case ast.Assign(value=value) | ast.AugAssign(value=value):
                made = _asks(value) or bool(step.uses & found)
                found = found | step.defines if made else found - step.defines
            case ast.For():
                found |= _gathered(step.tree, found)
            case _:
                found -= step.defines
    return found


def _gathered(loop: ast.For, answers: Collection[str]) -> set[str]:
    """The names that a loop binds to answers, adds them to, or puts them into."""
    found: set[str] = set(answers)
    for node in ast.walk(loop):
        match node:
            case ast.Assign(targets=[target], value=value) | ast.AugAssign(target=target, value=value):
                if _asks(value) or any(isinstance(each, ast.Name) and each.id in found for each in ast.walk(value)):
                    name = target.value if isinstance(target, ast.Subscript) else target
                    found |= {name.id} if isinstance(name, ast.Name) else set()
    return found


def column_that_asks(table: ast.expr, asks: Callable[[ast.expr], object]) -> ast.expr:
    """Of a table that is made of several columns, the one that asks; the table itself, where not just one does."""
    match table:
        case ast.Call(func=ast.Attribute(attr="DataFrame"), args=[ast.Dict(values=values), *_]):
            asking = [each for each in values if asks(each)]
            return asking[0] if len(asking) == 1 else table
    return table


def _asks(value: ast.expr) -> bool:
    """Whether an expression asks a model about rows."""
    calls = [node.func for node in ast.walk(value) if isinstance(node, ast.Call) and node.args]
    return any(isinstance(function, ast.Attribute) and _ASKS[0].search(function.attr) for function in calls)


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
