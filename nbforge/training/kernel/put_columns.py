"""The columns that statements put answers into, each with the expression that it comes to without its table."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .program import Step, names_in

Asks = Callable[[ast.expr], bool]
Column = tuple[str, str]
"""The name of a table, and a column of it."""


@dataclass(frozen=True, slots=True)
class Put:
    """``value``: what the column holds after ``step``, the statement number ``at``."""

    step: Step
    at: int
    value: ast.expr


def put_into_columns(steps: Sequence[Step], asks: Asks) -> tuple[dict[Column, Put], list[Put]]:
    """Columns of tables that hold answers after all of the steps, and what each step put into one, which may go on with
    what it holds: ``table["label"] = answers`` and then ``table["label"] = table["label"].map(names)``.
    """
    pandas = _pandas(steps)
    known: dict[Column, Put] = {}
    found: list[Put] = []
    for at, step in enumerate(steps):
        columns = dict(_set(step.tree))
        if not columns:
            known = {column: put for column, put in known.items() if column[0] not in step.binds}
        elif isinstance(step.tree, ast.Assign) and isinstance(step.tree.targets[0], ast.Name):
            known = {column: put for column, put in known.items() if column[0] != step.tree.targets[0].id}
        for column, value in columns.items():
            before = {each: put for each, put in known.items() if _as_it_was(put, steps[:at])}
            made = _Instead(before, pandas).visit(copy.deepcopy(value))
            known.pop(column, None)
            if column[0] not in names_in(made) and asks(made):
                known[column] = Put(step, at, made)
                found.append(known[column])
    return known, found


def _set(statement: ast.stmt) -> Iterator[tuple[Column, ast.expr]]:
    match statement:
        case (
            ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=table), slice=ast.Constant(value=str() as column))],
                value=value,
            )
            | ast.Assign(targets=[ast.Attribute(value=ast.Name(id=table), attr=column)], value=value)
        ):
            yield (table, column), value
        case ast.Assign(
            targets=[ast.Name(id=table)],
            value=ast.Call(func=ast.Attribute(attr="DataFrame"), args=[ast.Dict(keys=keys, values=values)]),
        ):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield (table, key.value), value


def _as_it_was(put: Put, steps: Sequence[Step]) -> bool:
    """Whether nothing has bound the names anew that a column was made of."""
    return not any(names_in(put.value) & step.binds for step in steps[put.at + 1 :])


class _Instead(ast.NodeTransformer):
    """Puts in place of a column, as it is read, what it was made of."""

    def __init__(self, known: Mapping[Column, Put], pandas: str) -> None:
        self.known, self.pandas = known, pandas

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        match node:
            case ast.Subscript(value=ast.Name(id=table), slice=ast.Constant(value=str() as column)):
                return self._column(node, (table, column))
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node:
            case ast.Attribute(value=ast.Name(id=table), attr=column):
                return self._column(node, (table, column))
        return self.generic_visit(node)

    def _column(self, node: ast.expr, column: Column) -> ast.expr:
        if column not in self.known or not self.pandas:
            return node
        series = ast.Attribute(ast.Name(self.pandas, ast.Load()), "Series", ast.Load())
        return ast.Call(series, [self.known[column].value], [])


def _pandas(steps: Sequence[Step]) -> str:
    """What the notebook calls pandas, or nothing."""
    imported = (alias for step in steps if isinstance(step.tree, ast.Import) for alias in step.tree.names)
    return next((alias.asname or alias.name for alias in imported if alias.name == "pandas"), "")
