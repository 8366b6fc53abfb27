"""Where an expression stands in a notebook, independent of layout: cell, statement, the node's place in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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
