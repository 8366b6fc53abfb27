"""What a loop goes through that has one item a row: labels, or the entries of columns."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OneByOne:
    """``names``: those of tables and columns of rows; ``namespace``: what they hold at the end."""

    names: Collection[str]
    namespace: Mapping[str, Any]

    def items(self, node: ast.expr, otherwise: Callable[[ast.expr], bool]) -> bool:
        """Whether it is of rows, alone or together with others that are; ``otherwise`` knows more ways to be."""
        match node:
            case ast.Attribute(attr="index", value=table):
                return self._table(table) or self._column(table)
            case ast.Call(func=ast.Name(id="enumerate" | "list" | "zip"), args=[_, *_] as held, keywords=[]):
                return all(self._column(each) or otherwise(each) for each in held)
        return False

    def _table(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.names

    def _column(self, node: ast.expr) -> bool:
        """``df["name"]``, ``df.name`` or their values: not ``df`` or ``df.columns``, whose items are no rows."""
        match node:
            case ast.Attribute(attr="values", value=column) | ast.Call(func=ast.Attribute(attr="tolist", value=column)):
                return self._column(column)
            case ast.Subscript(value=table, slice=ast.Constant(value=str())):
                return self._table(table)
            case ast.Attribute(attr=name, value=ast.Name(id=table)) if table in self.names:
                return name in getattr(self.namespace.get(table), "columns", ())
        return False
