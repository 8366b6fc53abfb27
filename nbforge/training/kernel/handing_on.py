"""Statements that hand a table on as it is, to a file or to somebody who looks at it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from .program import Step, names_in

WRITES = re.compile(r"^to_(csv|excel|feather|html|json|markdown|parquet|pickle|sql|string)$")
_SHOWS = frozenset({"describe", "head", "info", "sample", "tail"})


def writes(statement: ast.stmt) -> bool:
    """Whether all that comes of a statement is what it writes: ``pd.DataFrame(answers).to_csv(path)``."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return bool(WRITES.search(name))
    return False


def handed_on(statement: ast.stmt) -> str:
    """The table that a statement only shows or writes, ``rows``, ``rows.head()``, ``rows.to_csv(path)``; or nothing."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "display"), args=[value], keywords=[])):
            return handed_on(ast.Expr(value))
        case ast.Expr(value=ast.Name(id=table)):
            return table
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr=name))):
            return table if WRITES.search(name) or name in _SHOWS else ""
    return ""


def only_filled(table: str, steps: Sequence[Step]) -> bool:
    """Whether all that these steps do with a table is to put something into it and to hand it on: a submission."""
    return all(_filled(step.tree) == table or handed_on(step.tree) == table for step in steps if table in step.uses)


def _filled(statement: ast.stmt) -> str:
    """The table that a statement puts a column into which is not made of it."""
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=table)) | ast.Attribute(value=ast.Name(id=table))]):
            return table if table not in names_in(statement.value) else ""
    return ""
