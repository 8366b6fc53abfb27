"""Statements that a library still takes and that do something else since: what pandas 3 made of some habits.

Nothing is raised where it happens, so a notebook of 2019 goes on with other values, and fails later or not at all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType

LIBRARY = "pandas"
SINCE = 3
"""The first major version in which the statements mean something else."""

PIN = "pandas<3"
OBJECTS = "pd.set_option('future.infer_string', False)"

_TELLS_TEXT = (
    "`pandas.api.types.is_numeric_dtype` or `select_dtypes` with `'number'` tells the columns apart; "
    f"or begin the notebook with `{OBJECTS}`, then texts are objects again"
)

_IN_PLACE = frozenset({"bfill", "clip", "ffill", "fillna", "interpolate", "mask", "replace", "where"})
"""Methods of a column that people call for its frame's sake."""

_TYPES = frozenset({"astype", "convert_dtypes", "infer_objects"})
"""What gives a column a type, whatever it had."""

_INDEXERS = frozenset({"at", "iat", "iloc", "loc"})


@dataclass(frozen=True, slots=True)
class Changed:
    """One statement. ``said``: what became of it; ``instead``: what to write; ``line`` of the code, from 1."""

    line: int
    said: str
    instead: str


def texts_are_objects(code: str) -> bool:
    """Whether it says that texts stay what they were, ``pd.set_option("future.infer_string", False)``."""
    return bool(re.search(r"infer_string\W+False", code))


def found(code: str, *, objects: bool = False) -> list[Changed]:
    """The statements of ``code`` that pandas 3 takes otherwise, in their order; none where it is no Python.

    ``objects``: texts are objects as they were, so that questions for these are no such statements.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []
    typed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in _TYPES}
    every = [item for node in ast.walk(tree) if id(node) not in typed for item in _of(node)]
    every = [item for item in every if not (objects and item.instead == _TELLS_TEXT)]
    return sorted({(item.line, item.said): item for item in every}.values(), key=lambda item: item.line)


def _of(node: ast.AST) -> Iterator[Changed]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=column, attr=method) as function) as call):
            if method in _IN_PLACE and _is_column(column) and any(map(_is_inplace, call.keywords)):
                given = [item for item in [*call.args, *call.keywords] if not _is_inplace(item)]
                made = f"{ast.unparse(function)}({', '.join(map(ast.unparse, given))})"
                typed = ".infer_objects()" if _numbers_for_texts(call) else ""
                yield _copied(node, f"{ast.unparse(column)} = {made}{typed}")
            elif _numbers_for_texts(call) and any(map(_is_inplace, call.keywords)):
                yield Changed(
                    node.lineno,
                    f"`{_line(node)}` leaves objects since pandas {SINCE}, no numbers",
                    f"write `{ast.unparse(column)} = {ast.unparse(column)}.infer_objects()` after it",
                )
        case ast.Call() if _numbers_for_texts(node) and not any(map(_is_inplace, node.keywords)):
            yield Changed(
                node.lineno,
                f"`{_line(node)}` leaves objects since pandas {SINCE}, no numbers",
                f"write `{_line(node)}.infer_objects()`",
            )
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
                    _TELLS_TEXT,
                )


def _copied(node: ast.stmt, instead: str) -> Changed:
    return Changed(node.lineno, f"`{_line(node)}` changes a copy since pandas {SINCE}", f"write `{instead}`")


def _line(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _numbers_for_texts(call: ast.Call) -> bool:
    """``replace({"Yes": 1, "No": 0})``, ``replace("Yes", 1)`` and the like."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "replace":
        return False
    words = {each.arg: each.value for each in call.keywords}
    given = dict(zip(("to_replace", "value"), call.args, strict=False)) | words
    match given.get("to_replace"), given.get("value"):
        case ast.Dict() as table, None:
            pairs = _pairs(table)
        case old, new if old is not None and new is not None:
            pairs = [(old, new)]
        case _:
            return False
    return any(_all(old, str) and _all(new, int | float) for old, new in pairs)


def _pairs(table: ast.Dict) -> list[tuple[ast.expr, ast.expr]]:
    """What stands for what, in a table of a column's values or in one of these for each column."""
    own = [(old, new) for old, new in zip(table.keys, table.values, strict=True) if old is not None]
    return [pair for old, new in own for pair in (_pairs(new) if isinstance(new, ast.Dict) else [(old, new)])]


def _all(node: ast.expr, kind: type | UnionType) -> bool:
    """Whether this is a constant of a kind, or a list of such."""
    each = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    try:
        return bool(each) and all(isinstance(ast.literal_eval(one), kind) for one in each)
    except ValueError:
        return False


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
