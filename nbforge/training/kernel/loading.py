"""Where the loading of the raw table ends, in a cell that goes on with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .parsing import parse
from .selections import says_rows
from .stacks import stacked

GOING_ON = frozenset({"features", "train", "predict"})
"""What else a cell may be tagged that loads the raw table: what comes after the loading counts as that."""
_READS = re.compile(r"^(read|scan)_")
_FITS = frozenset({"fit", "predict", "predict_proba", "train"})
_HELD_OUT = re.compile(r"(^|_)tests?(_|$)|^df_?test|test_?(df|data|set)$", re.IGNORECASE)


def in_order(cells: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The cells in the order in which they run: the training phase first."""
    return sorted(cells, key=lambda cell: cell["phase"] != "training")


def loadings(cells: Sequence[Mapping[str, Any]]) -> Mapping[int, int | None]:
    """Of each cell of a plan, by its index, the statement that ends the loading of the raw table, where the cell goes
    on with it.
    """
    cells = in_order(cells)
    bodies = [parse(cell["code"]).body if cell["included"] else [] for cell in cells]
    found: dict[int, int | None] = {}
    for at, (cell, body) in enumerate(zip(cells, bodies, strict=True)):
        rest = [statement for later in bodies[at + 1 :] for statement in later]
        found[cell["index"]] = _loading(body, cell["roles"], rest)
    return found


def _loading(body: Sequence[ast.stmt], roles: Collection[str], rest: Sequence[ast.stmt]) -> int | None:
    """Which statement of a cell ends the loading of the raw table, where the cell goes on with it: a whole notebook may
    be one cell that is tagged ``data`` and ``predict``. What it reads after a fit is no such table. A cell that only
    loads goes on where it transforms the table into rows of another name and then adds columns to the table, or where
    it stacks the tables that it loaded, for later cells to cut apart again.
    """
    if "data" not in roles:
        return None
    if not GOING_ON & set(roles):
        ends = (_before_the_last_columns(body), _before_the_stack(body, rest))
        return min((at for at in ends if at is not None), default=None)
    fits = next((at for at, node in enumerate(body) if fitting(node)), len(body))
    assigns = (at for at, node in enumerate(body[:fits]) if isinstance(node, ast.Assign))
    return max((at for at in assigns if any(map(_READS.search, called(body[at])))), default=None)


def _before_the_last_columns(body: Sequence[ast.stmt]) -> int | None:
    """The statement before ``X = transformer.fit_transform(df)``, where ``df["column"] = ...`` comes after that."""
    written = [(at, node.targets[0]) for at, node in enumerate(body) if isinstance(node, ast.Assign)]
    last = {
        target.value.id: at
        for at, target in written
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)
    }
    for at, node in enumerate(body):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=made)],
                value=ast.Call(func=ast.Attribute(attr="fit_transform"), args=[ast.Name(id=table), *_]),
            ) if made != table and last.get(table, -1) > at > 0:
                return at - 1
    return None


def _before_the_stack(body: Sequence[ast.stmt], rest: Sequence[ast.stmt]) -> int | None:
    """The statement before ``both = pd.concat([train, test])``, where rows are taken of such a stack later on: clients
    send rows of the one table or the other.
    """
    for at, node in enumerate(body):
        shown = stacked(node)
        parts = [base for each in shown.elts if (base := _base(each))] if shown is not None else []
        held_out = [name for name in parts if _HELD_OUT.search(name)]
        if at > 0 and 0 < len(held_out) < len(parts) and _takes_rows([*body[at + 1 :], *rest], parts):
            return at - 1
    return None


def _base(table: ast.expr) -> str:
    """The name of a table, or of what columns are taken of."""
    while isinstance(table, ast.Attribute | ast.Subscript | ast.Call):
        table = table.func if isinstance(table, ast.Call) else table.value
    return table.id if isinstance(table, ast.Name) else ""


def _takes_rows(statements: Sequence[ast.stmt], parts: Collection[str]) -> bool:
    """Whether rows are taken of another table than ``parts``."""
    for statement in statements:
        for node in ast.walk(statement):
            match node:
                case ast.Subscript(value=table, slice=taken, ctx=ast.Load()) if says_rows(taken):
                    name = _base(table)
                    if name and name not in parts:
                        return True
    return False


def fitting(statement: ast.stmt) -> bool:
    """Whether a statement fits or asks a model: what it makes, and what comes after it, is no raw table."""
    return bool(called(statement) & _FITS)


def called(statement: ast.stmt) -> set[str]:
    """The names of the functions and methods that a statement calls, but for those that it defines for later."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return set()
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in calls}
