"""Expressions that take some rows of a table, by their text."""

from __future__ import annotations

import ast
from collections.abc import Container

_MASKS = frozenset({"duplicated", "eq", "ge", "gt", "isin", "isna", "isnull", "le", "lt", "ne", "notna", "notnull"})

_ROW_BY_ROW = frozenset(
    {
        *("abs", "apply", "astype", "clip", "copy", "fillna", "map", "replace", "round"),
        *("to_list", "to_numpy", "tolist"),
    }
)
"""Methods that make one value of each."""


_SHOWS = frozenset({"head", "nlargest", "nsmallest", "sample", "tail"})


def says_rows(taken: ast.expr, masks: Container[str] = ()) -> bool:
    """Whether what stands in the brackets says which rows, not which columns; ``masks``: names of such."""
    match taken:
        case ast.Name(id=name):
            return name in masks
        case ast.Slice() | ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Invert()):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _MASKS
        case ast.Tuple(elts=[first, *_]):
            return says_rows(first, masks) and not every_row(first)
    return False


def every_row(node: ast.expr) -> bool:
    """Whether it is the slice ``:``."""
    return isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None


def selects(node: ast.expr, masks: Container[str] = ()) -> bool:
    """Whether it is rows that a mask takes of a table, each by itself: ``df.loc[df.age < 5, "fare"].fillna(0)``.

    ``masks``: names of masks.
    """
    while True:
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _ROW_BY_ROW:
                node = inner
            case ast.Subscript(value=inner, slice=taken):
                if says_rows(taken, masks) and not isinstance(taken, ast.Slice):
                    return True
                node = inner
            case ast.Attribute(value=inner, attr="index" | "loc" | "values"):
                node = inner
            case _:
                return False


def filled_one_by_one(node: ast.Assign) -> str | None:
    """The mask of the rows of which each gets what a function makes of it: ``df.loc[gaps, "a"] = df.b[gaps].map(f)``.

    Of no rows at all such a method makes values of no type, which a column may refuse.
    """
    match node:
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Attribute(attr="loc"), slice=ast.Tuple(elts=[mask, _]))],
            value=ast.Call(func=ast.Attribute(attr="apply" | "map", value=rows)),
        ) if _plain_mask(mask):
            text = ast.unparse(mask)
            taken = (each.slice for each in ast.walk(rows) if isinstance(each, ast.Subscript))
            first = (each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each for each in taken)
            return text if text in map(ast.unparse, first) else None
    return None


def _plain_mask(node: ast.expr) -> bool:
    """Whether it says of each row by itself whether it is one, or is the name of something that may."""
    match node:
        case ast.Name():
            return True
        case ast.UnaryOp(op=ast.Invert(), operand=mask):
            return _plain_mask(mask)
        case ast.Call(func=ast.Attribute(attr="isna" | "isnull" | "notna" | "notnull", value=column), args=[]):
            return isinstance(column, ast.Subscript | ast.Attribute)
        case ast.Compare(comparators=[ast.Constant()], left=ast.Subscript() | ast.Attribute()):
            return True
    return False


def labels(node: ast.expr) -> bool:
    """Whether it is the labels of the rows that a mask takes: ``df.index[df.age.isnull()].tolist()``."""
    return selects(node) and any(isinstance(each, ast.Attribute) and each.attr == "index" for each in ast.walk(node))


def shows(node: ast.expr) -> bool:
    """Whether it takes a few rows to look at: ``df.head()``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SHOWS
