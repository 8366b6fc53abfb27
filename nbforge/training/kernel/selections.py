"""Expressions that take some rows of a table, by their text."""

from __future__ import annotations

import ast

_MASKS = frozenset({"duplicated", "eq", "ge", "gt", "isin", "isna", "isnull", "le", "lt", "ne", "notna", "notnull"})

_ROW_BY_ROW = frozenset(
    {
        *("abs", "apply", "astype", "clip", "copy", "fillna", "map", "replace", "round"),
        *("to_list", "to_numpy", "tolist"),
    }
)
"""Methods that make one value of each."""


_SHOWS = frozenset({"head", "nlargest", "nsmallest", "sample", "tail"})


def says_rows(taken: ast.expr) -> bool:
    """Whether what stands in the brackets says which rows, not which columns."""
    match taken:
        case ast.Slice() | ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Invert()):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _MASKS
        case ast.Tuple(elts=[first, *_]):
            return says_rows(first) and not every_row(first)
    return False


def every_row(node: ast.expr) -> bool:
    """Whether it is the slice ``:``."""
    return isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None


def selects(node: ast.expr) -> bool:
    """Whether it is rows that a mask takes of a table, each by itself: ``df.loc[df.age < 5, "fare"].fillna(0)``."""
    while True:
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _ROW_BY_ROW:
                node = inner
            case ast.Subscript(value=inner, slice=taken):
                if says_rows(taken) and not isinstance(taken, ast.Slice):
                    return True
                node = inner
            case ast.Attribute(value=inner, attr="index" | "loc" | "values"):
                node = inner
            case _:
                return False


def labels(node: ast.expr) -> bool:
    """Whether it is the labels of the rows that a mask takes: ``df.index[df.age.isnull()].tolist()``."""
    return selects(node) and any(isinstance(each, ast.Attribute) and each.attr == "index" for each in ast.walk(node))


def shows(node: ast.expr) -> bool:
    """Whether it takes a few rows to look at: ``df.head()``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SHOWS
