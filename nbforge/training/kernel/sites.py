"""Where an expression stands in a notebook, independent of layout: cell, statement, the node's place in it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple


class Site(NamedTuple):
    """``statement`` counts the top-level statements of the cell, ``ordinal`` that statement's nodes, in preorder."""

    cell: int
    statement: int
    ordinal: int


def preorder(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, each before its children, as they stand in the source."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from preorder(child)


def number(statement: ast.stmt) -> dict[ast.AST, int]:
    """Each node of a statement with its ordinal. Only valid before the tree is changed."""
    return {node: ordinal for ordinal, node in enumerate(preorder(statement))}


SHARED = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
"""Nodes that Python may share between all places where they stand."""


def remaining(
    statement: ast.stmt, kept: Collection[ast.AST], changed: ast.stmt, ordinals: Sequence[int] | None = None
) -> tuple[int, ...]:
    """For each node of ``changed`` the ordinal it has in ``statement``, of which only the nodes ``kept`` are left.

    ``ordinals``: those of the statement's nodes, where it is not the one that ran either.
    """
    known = dict(zip(number(statement), ordinals, strict=True)) if ordinals else number(statement)
    left = (ordinal for node, ordinal in known.items() if node in kept and not isinstance(node, SHARED))
    return tuple(-1 if isinstance(node, SHARED) else next(left) for node in number(changed))
