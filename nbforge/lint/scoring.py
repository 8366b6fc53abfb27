"""The notebook's own code that runs when something is scored."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbforge.notebook.scope import function_scope

if TYPE_CHECKING:
    from nbforge.lint.subject import Subject

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement that scoring runs; ``step`` is its position in the flow."""

    step: int
    cell: int
    node: ast.stmt


def pieces(subject: Subject, functions_only: bool = False) -> list[Piece]:
    """Predict, features and validate cells with the functions they lead to; or only those of the entry point."""
    found: dict[int, Piece] = {}
    defined = _functions(subject)
    waiting: list[Piece] = []
    if functions_only:
        entry = subject.analysis.entry
        named = (entry.call or entry.name) if entry is not None else None
        waiting = [defined[named]] if named in defined else []
    else:
        cells = {cell.index for cell in subject.code if cell.cell.roles & {"predict", "features", "validate"}}
        steps = [(at, step) for at, step in subject.analysis.steps() if step.cell in cells]
        waiting = [Piece(at, step.cell, step.piece.node) for at, step in steps if step.piece is not None]
    while waiting:
        piece = waiting.pop()
        if piece.step in found:
            continue
        found[piece.step] = piece
        waiting += [defined[name] for name in _loaded(piece.node) if name in defined]
    return [found[step] for step in sorted(found)]


def free_names(node: ast.stmt) -> Iterator[tuple[ast.Name, str]]:
    """Names of the notebook that a function reads, each with the attribute that is asked of it, if any."""
    local = function_scope(node).local if isinstance(node, _Function) else frozenset()
    asked = {id(child.value): child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load) and child.id not in local:
            yield child, asked.get(id(child), "")


def _loaded(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)}


def _functions(subject: Subject) -> dict[str, Piece]:
    return {
        step.piece.node.name: Piece(at, step.cell, step.piece.node)
        for at, step in subject.analysis.steps()
        if step.piece is not None and isinstance(step.piece.node, _Function)
    }
