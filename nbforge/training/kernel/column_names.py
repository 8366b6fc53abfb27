"""Scoring code that asks training data only for what is no row, such as column names or the names of classes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .alignment import is_pandas
from .parsing import parse

IsData = Callable[[str, Any], bool]


def taken_out(text: str, read: list[str], namespace: Mapping[str, Any], is_data: IsData) -> tuple[str, dict[str, Any]]:
    """Replace ``X_train.columns``, ``y_train.name`` and ``iris.target_names`` by names of their own.

    Args:
        text: a piece of scoring source.
        read: the global names that it reads.
        namespace: the notebook's variables.
        is_data: whether a variable holds training rows.

    Returns:
        The text, and the new names with their values; unchanged and empty where there is nothing to take out.
    """
    holders = [
        name
        for name in read
        if is_bunch(namespace.get(name))
        or (is_pandas(namespace.get(name), "DataFrame", "Series") and is_data(name, namespace[name]))
    ]
    if not holders:
        return text, {}
    tree = parse(text)
    found: dict[str, Any] = {}
    spots: dict[ast.expr, str] = {}
    for holder in holders:
        reads = (node for node in ast.walk(tree) if isinstance(node, ast.expr))
        asked = {node: key for node in reads if (key := _asked(node, holder)) is not None}
        if is_pandas(namespace[holder], "DataFrame"):
            asked |= {node: "columns" for node in _gone_through(tree) if node.id == holder}
        parts = {key: _part(namespace[holder], key) for key in asked.values()}
        uses = sum(isinstance(node, ast.Name) and node.id == holder for node in ast.walk(tree))
        if len(asked) == uses and not any(part is None or is_data(holder, part) for part in parts.values()):
            found |= {f"{holder}_{key}": part for key, part in parts.items()}
            spots |= {node: f"{holder}_{key}" for node, key in asked.items()}
    return _replaced(text, spots), found


def is_bunch(value: Any) -> bool:
    """Whether a value is what scikit-learn loads a data set into: a dict whose keys are attributes."""
    return isinstance(value, dict) and type(value).__name__ == "Bunch"


def _asked(node: ast.AST, holder: str) -> str | None:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=key) if name == holder:
            return key
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if name == holder:
            return key if key.isidentifier() else None
    return None


def _gone_through(tree: ast.AST) -> Iterator[ast.Name]:
    """What loops and comprehensions go through; of a table, these are its columns."""
    for node in ast.walk(tree):
        match node:
            case ast.For(iter=ast.Name() as name) | ast.comprehension(iter=ast.Name() as name):
                yield name


def _part(value: Any, key: str) -> Any:
    if is_bunch(value):
        return value.get(key)
    return getattr(value, key) if key == ("columns" if is_pandas(value, "DataFrame") else "name") else None


def _replaced(text: str, spots: Mapping[ast.expr, str]) -> str:
    lines = text.encode().split(b"\n")
    for node in sorted(spots, key=lambda item: (item.lineno, item.col_offset), reverse=True):
        if node.end_lineno != node.lineno:
            continue
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + spots[node].encode() + line[node.end_col_offset :]
    return b"\n".join(lines).decode()
