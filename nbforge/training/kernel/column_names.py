"""Scoring code that asks a training frame for its column names, and for nothing else, needs only the names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from .alignment import is_pandas
from .program import parse


def taken_out(
    text: str, read: list[str], namespace: Mapping[str, Any], is_data: Callable[[str, Any], bool]
) -> tuple[str, dict[str, Any]]:
    """Replace ``X_train.columns`` by a name of its own where ``X_train`` holds training rows.

    Args:
        text: a piece of scoring source.
        read: the global names that it reads.
        namespace: the notebook's variables.
        is_data: whether a variable holds training rows.

    Returns:
        The text, and the new names with their values; unchanged and empty where there is nothing to take out.
    """
    frames = [name for name in read if is_pandas(namespace.get(name), "DataFrame") and is_data(name, namespace[name])]
    if not frames:
        return text, {}
    tree = parse(text)
    asked = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "columns"]
    found: dict[str, Any] = {}
    for frame in frames:
        mine = [node for node in asked if isinstance(node.value, ast.Name) and node.value.id == frame]
        if len(mine) == sum(isinstance(node, ast.Name) and node.id == frame for node in ast.walk(tree)):
            found[f"{frame}_columns"] = namespace[frame].columns
    spots = [n for n in asked if isinstance(n.value, ast.Name) and f"{n.value.id}_columns" in found]
    return _replaced(text, spots), found


def _replaced(text: str, spots: list[ast.Attribute]) -> str:
    lines = text.encode().split(b"\n")
    for node in sorted(spots, key=lambda item: (item.lineno, item.col_offset), reverse=True):
        if node.end_lineno != node.lineno or not isinstance(node.value, ast.Name):
            continue
        line, name = lines[node.lineno - 1], f"{node.value.id}_columns".encode()
        lines[node.lineno - 1] = line[: node.col_offset] + name + line[node.end_col_offset :]
    return b"\n".join(lines).decode()
