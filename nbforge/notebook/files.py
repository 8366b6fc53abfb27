"""Which file an expression names, as far as the text of the notebook tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

ANY = "*"


def file_label(node: ast.expr, literal: Callable[[ast.expr], str | None]) -> str:
    """The last path component that ``node`` names, :data:`ANY` where it is not known.

    Comparing last components only is sound whatever the working directory is.
    """
    text = _tail(node, literal)
    if text is None:
        return ANY
    if re.match(r"^(?:https?|s3|gs|ftp)://", text):
        return ANY if "*" in text else text
    last = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last if last and not set("*?[{") & set(last) else ANY


def folders(node: ast.expr, literal: Callable[[ast.expr], str | None]) -> set[str]:
    """The names of the folders that what ``node`` names lies in, :data:`ANY` for those that are not known."""
    return set(_components(node, literal)[:-1]) - {"", ".", "..", "~"}


def _components(node: ast.expr, literal: Callable[[ast.expr], str | None]) -> list[str]:
    known = literal(node)
    if known is not None:
        return known.replace("\\", "/").rstrip("/").split("/")
    match node:
        case ast.BinOp(op=ast.Div(), left=left, right=right):  # pathlib
            return [*_components(left, literal), *_components(right, literal)]
        case ast.Call(func=ast.Attribute(attr="join" | "Path") | ast.Name(id="Path" | "str" | "PurePath"), args=parts):
            return [name for part in parts for name in _components(part, literal)]
    return [ANY]


def _tail(node: ast.expr, literal: Callable[[ast.expr], str | None]) -> str | None:
    """The end of the text of ``node``, from the last separator on at least."""
    known = literal(node)
    if known is not None:
        return known
    match node:
        case ast.BinOp(op=ast.Div(), right=right):  # pathlib
            return _tail(right, literal)
        case ast.BinOp(op=ast.Add(), right=right) | ast.JoinedStr(values=[*_, right]):
            end = _tail(right, literal)
            return end if end is not None and "/" in end.replace("\\", "/") else None
        case ast.Call(func=ast.Attribute(attr="join"), args=[*_, last]) if not isinstance(node.func, ast.Constant):
            return _tail(last, literal)
        case ast.Call(func=ast.Name(id="Path" | "str" | "PurePath"), args=[*_, last]):
            return _tail(last, literal)
        case ast.Call(func=ast.Attribute(attr="Path"), args=[*_, last]):
            return _tail(last, literal)
    return None
