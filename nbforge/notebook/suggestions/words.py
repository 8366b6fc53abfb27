"""What calls are called, as ``words.toml`` has it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    text = (Path(__file__).parent / "words.toml").read_text("utf-8")
    return {key: tuple(names) for key, names in tomllib.loads(text).items()}


@cache
def within(name: str, kind: str) -> bool:
    """Whether ``name`` is in the list ``kind``."""
    return any(fnmatchcase(name, pattern) for pattern in _lists()[kind])


def called(node: ast.AST) -> str:
    """The last name of what a call calls, empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def is_load(node: ast.AST) -> bool:
    """Whether this is a call that loads rows."""
    name = called(node)
    return within(name, "loads") and not within(name, "loads_no_rows") if name else False


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a statement, inner ones first; not those in bodies of functions and classes, which do not run."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from calls(child)
    if isinstance(node, ast.Call):
        yield node


def names(node: ast.AST) -> set[str]:
    """The names that are read or bound anywhere in ``node``."""
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
