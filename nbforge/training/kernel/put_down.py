"""What a predict cell asks a model and puts into a column, a table or a file, as its prediction."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .alignment import is_pandas
from .asked import PREDICTS, of_its_own
from .handing_on import WRITES, handed_on
from .program import Step, names_in
from .put_columns import put_into_columns
from .watching import base

_Part = tuple[str, str]
"""A name, and the column of what it holds."""


def put_down(cell: int, steps: Sequence[Step]) -> Iterator[Step]:
    """What a cell asks a model, or what such answers were made into, and puts into a column, a table or a file; as
    steps of their own, the last comes first.

    ``table["label"] = model.predict(rows)``, ``pd.DataFrame({"id": ids, "label": model.predict(rows)}).to_csv(path)``.
    """
    answers = answers_of(steps)

    def asks(value: ast.expr) -> bool:
        return _asks(value) or bool(names_in(value) & answers)

    until = max((at for at, step in enumerate(steps, start=1) if step.cell == cell), default=0)
    columns, puts = put_into_columns(steps[:until], asks)
    instead = {put.step.place: put.value for put in puts}
    tables: list[Step] = []
    written: set[str] = set()
    set_later: frozenset[_Part] = frozenset()
    for step in reversed([step for step in steps if step.cell == cell]):
        changed, set_later = set_later, set_later | _parts(step.tree, ast.Store)
        match step.tree:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=rows, attr=name))) if WRITES.search(name):
                written |= _table_of(rows)
                if isinstance(rows, ast.Name):
                    tables += [of_its_own(step, rows.id)] if rows.id in answers else []
                    continue
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name()))):
                continue
        asked = _put(step.tree, asks)
        of_itself = isinstance(asked, ast.Subscript | ast.Attribute) and isinstance(asked.ctx, ast.Store)
        if asked is not None and of_itself and not asks(asked):  # the table is none that scoring could make
            asked = instead.get(step.place)
        if asked is not None and asks(asked) and not (_parts(asked, ast.Load) | _columns_set(step.tree)) & changed:
            yield of_its_own(step, ast.unparse(asked))
    elsewhere = [put for (table, _), put in columns.items() if table in written and put.step.cell != cell]
    yield from (of_its_own(put.step, ast.unparse(put.value)) for put in sorted(elsewhere, key=lambda put: -put.at))
    yield from tables


def _table_of(rows: ast.expr) -> set[str]:
    """The table that is written, or that what is written has columns of."""
    match rows:
        case ast.Name(id=table) | ast.Subscript(value=ast.Name(id=table)):
            return {table}
        case ast.Call(func=ast.Attribute(attr="DataFrame"), args=[ast.Name(id=table), *_]):
            return {table}
    return set()


def _columns_set(statement: ast.stmt) -> frozenset[_Part]:
    """What a statement puts something into, which is not the last word on it where a later one does, too."""
    return frozenset(part for part in _parts(statement, ast.Store) if part[1])


def _put(statement: ast.stmt, asks: Callable[[ast.expr], object]) -> ast.expr | None:
    """What a statement puts into a column, a table or a file; where that is made of what it takes the place of, what it
    is then.
    """
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=name))) if WRITES.search(name):
            return column_that_asks(value, asks)
        case ast.Assign(targets=[(ast.Subscript() | ast.Attribute()) as target], value=value):
            return target if _parts(target, ast.Store) & _parts(value, ast.Load) else value
        case ast.Assign(targets=[ast.Name()], value=value):
            asked = column_that_asks(value, asks)
            return asked if asked is not value else None
    return None


def _parts(tree: ast.AST, context: type[ast.expr_context]) -> frozenset[_Part]:
    """The names that are read, or bound, and the columns of what they hold, in so many words."""
    found: set[_Part] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ctx) if isinstance(ctx, context):
                found.add((name, ""))
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=column), ctx=ctx) if isinstance(
                ctx, context
            ):
                found.add((name, str(column)))
            case ast.Attribute(value=ast.Name(id=name), attr=column, ctx=ctx) if isinstance(ctx, context):
                found.add((name, column))
    return frozenset(found)


def added(cell: int, steps: Sequence[Step], namespace: Mapping[str, Any]) -> Iterator[Step]:
    """What a cell asks a model at its end to put it into a table that it did not make, and may show or write then; as
    steps of their own.

    ``rows["label"] = model.predict(X)``: the answer is the label, not all of the table.
    """
    mine = [step for step in steps if step.cell == cell]
    shown: set[str] = set()
    while mine and (table := handed_on(mine[-1].tree)):
        shown.add(table)
        mine.pop()
    match mine[-1].tree if mine else None:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=table))]) if shown <= {table}:
            if not any(table in step.defines for step in mine):
                asked = put_down(cell, [*(step for step in steps if step.cell != cell), *mine])
                yield from (each for each in asked if not beside_the_truth(each, steps, namespace))


def beside_the_truth(asked: Step, steps: Sequence[Step], namespace: Mapping[str, Any]) -> bool:
    """Whether an expression holds rows of its own beside what it asks a model: ``rows.y - model.predict(X)``."""
    given = {id(inner) for node in ast.walk(asked.tree) if _is_asking(node) for inner in ast.walk(node)}
    names = {node.id for node in ast.walk(asked.tree) if isinstance(node, ast.Name) and id(node) not in given}
    return _any_rows(names - answers_of(steps), namespace)


def of_answers_alone(asked: Step, steps: Sequence[Step], namespace: Mapping[str, Any]) -> bool:
    """Whether what a cell puts down is made of answers: with the truth beside them it would be a measure."""
    return not _any_rows(asked.uses - answers_of(steps), namespace)


def _any_rows(names: Collection[str], namespace: Mapping[str, Any]) -> bool:
    values = [namespace.get(name) for name in names]
    return any(is_pandas(value, "DataFrame", "Series") or isinstance(value, np.ndarray) for value in values)


def puts_down(cell: int, steps: Sequence[Step]) -> bool:
    """Whether a cell ends by putting something into a table, ``submission["label"] = answers``, or by showing a table
    that it made or put something into.
    """
    mine = [step for step in steps if step.cell == cell]
    match mine[-1].tree if mine else None:
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute(), *_]):
            return True
        case ast.Expr(value=value) if not _asks(value):
            return any(base(value) & step.binds for step in mine[:-1])
    return False


def answers_of(steps: Sequence[Step]) -> set[str]:
    """The names that hold what a model was asked, or what was made of that; and of functions that ask one."""
    found: set[str] = set()
    for step in steps:
        match step.tree:
            case ast.FunctionDef(name=name):
                asks = any(map(_is_asking, ast.walk(step.tree)))
                found = found | {name} if asks else found - {name}
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
    return any(map(_is_asking, ast.walk(value)))


def _is_asking(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]):
            return bool(PREDICTS.search(name))
    return False
