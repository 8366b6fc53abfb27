"""Statements that a library still takes and that do something else since: what pandas 3 made of two habits.

Nothing is raised where it happens, so a notebook of 2019 goes on with other values, and fails later or not at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

LIBRARY = "pandas"
SINCE = 3
"""The first major version in which the statements mean something else."""

PIN = "pandas<3"
OBJECTS = "pd.set_option('future.infer_string', False)"

_IN_PLACE = frozenset({"bfill", "clip", "ffill", "fillna", "interpolate", "mask", "replace", "where"})
"""Methods of a column that people call for its frame's sake."""

_INDEXERS = frozenset({"at", "iat", "iloc", "loc"})


@dataclass(frozen=True, slots=True)
class Changed:
    """One statement. ``said``: what became of it; ``instead``: what to write; ``line`` of the code, from 1."""

    line: int
    said: str
    instead: str


def found(code: str) -> list[Changed]:
    """The statements of ``code`` that pandas 3 takes otherwise, in their order; none where it is no Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []
    every = [item for node in ast.walk(tree) for item in _of(node)]
    return sorted({(item.line, item.said): item for item in every}.values(), key=lambda item: item.line)


def _of(node: ast.AST) -> Iterator[Changed]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=column, attr=method) as function) as call):
            if method in _IN_PLACE and _is_column(column) and any(map(_is_inplace, call.keywords)):
                given = [item for item in [*call.args, *call.keywords] if not _is_inplace(item)]
                made = f"{ast.unparse(function)}({', '.join(map(ast.unparse, given))})"
                yield _copied(node, f"{ast.unparse(column)} = {made}")
        case ast.Assign(targets=[ast.Subscript(value=base, slice=rows)]):
            frame = _frame_of_masked(base, rows)
            if frame is not None:
                name, label = frame
                counted = isinstance(base, ast.Attribute) and base.attr in {"iat", "iloc"}
                chosen = f"{name}.index[{ast.unparse(rows)}]" if counted else ast.unparse(rows)
                yield _copied(node, f"{name}.loc[{chosen}, {label}] = {ast.unparse(node.value)}")
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot()], comparators=[right]) | (
            ast.Compare(
                left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.List(elts=[right]) | ast.Tuple(elts=[right])]
            )
        ):
            if (_is_dtype(left) and _is_object(right)) or (_is_dtype(right) and _is_object(left)):
                yield Changed(
                    node.lineno,
                    f"`{ast.unparse(node)}` is no longer a question for text, whose type is `str` since pandas {SINCE}",
                    "`pandas.api.types.is_numeric_dtype` or `select_dtypes` with `'number'` tells the columns apart; "
                    f"or begin the notebook with `{OBJECTS}`, then texts are objects again",
                )


def _copied(node: ast.stmt, instead: str) -> Changed:
    text = " ".join(ast.unparse(node).split())
    return Changed(node.lineno, f"`{text}` changes a copy since pandas {SINCE}", f"write `{instead}`")


def _is_column(node: ast.expr) -> bool:
    """``df['a']`` or ``df.a``: a column, as far as it is written with names."""
    match node:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str()) | ast.Name()):
            return True
        case ast.Attribute(value=ast.Name()):
            return True
    return False


def _frame_of_masked(base: ast.expr, rows: ast.expr) -> tuple[str, str] | None:
    """The frame and the label in ``df['a'][df['b'] > 0]`` and ``df['a'].iloc[3]``."""
    indexed = isinstance(base, ast.Attribute) and base.attr in _INDEXERS
    column = base.value if isinstance(base, ast.Attribute) and indexed else base
    if not _is_column(column) or not (indexed or any(isinstance(child, ast.Compare) for child in ast.walk(rows))):
        return None
    match column:
        case ast.Subscript(value=frame, slice=label):
            return ast.unparse(frame), ast.unparse(label)
        case ast.Attribute(value=frame, attr=name):
            return ast.unparse(frame), repr(name)
    return None


def _is_inplace(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg == "inplace" and ast.unparse(node.value) == "True"


def _is_dtype(node: ast.expr) -> bool:
    """``df.a.dtype``, ``df.dtypes["a"]``, or the name of one."""
    match node:
        case ast.Attribute(attr="dtype" | "dtypes"):
            return True
        case (
            ast.Attribute(value=inner, attr="name")
            | ast.Subscript(value=inner)
            | ast.Call(func=ast.Name(id="str"), args=[inner])
        ):
            return _is_dtype(inner)
    return False


def _is_object(node: ast.expr) -> bool:
    return ast.unparse(node) in {"'object'", "'O'", "object", "np.object", "np.object_", "numpy.object_"}
