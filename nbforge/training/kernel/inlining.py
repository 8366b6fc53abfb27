"""An expression of a cell with what its names were assigned, as far as that leads to a call in question."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence

from .program import Step

Leads = Callable[[ast.expr], bool]


def inlined(value: ast.expr, before: Sequence[Step], leads: Leads) -> ast.expr:
    """``value``, a copy, in which names stand for what the steps ``before`` assigned to them.

    Only where that holds what ``leads``, or names of what does, and nothing but assignments to the name lies between: a
    name whose object was changed, or that a branch may have bound, stays.
    """
    return _Inliner(before, leads).visit(copy.deepcopy(value))  # type: ignore[return-value]


class _Inliner(ast.NodeTransformer):
    """``hidden``: names that a comprehension binds for itself."""

    def __init__(self, before: Sequence[Step], leads: Leads, hidden: frozenset[str] = frozenset()) -> None:
        self.before, self.leads, self.hidden = before, leads, hidden

    def visit(self, node: ast.AST) -> ast.AST:
        match node:
            case ast.Name(id=name):
                return node if name in self.hidden else self._assigned(node)
            case ast.Lambda():
                return node
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                own = {
                    item.id for each in node.generators for item in ast.walk(each.target) if isinstance(item, ast.Name)
                }
                return _Inliner(self.before, self.leads, self.hidden | own).generic_visit(node)
        return self.generic_visit(node)

    def _assigned(self, node: ast.Name) -> ast.expr:
        at = next((at for at, step in reversed(list(enumerate(self.before))) if node.id in step.binds), None)
        value = _assigned(self.before[at], node.id) if at is not None else None
        if at is None or value is None:
            return node
        found = inlined(value, self.before[:at], self.leads)
        return found if self.leads(found) else node


def _assigned(step: Step, name: str) -> ast.expr | None:
    """What a statement assigns to a name, and does nothing else to it."""
    if name in step.may_define:
        return None
    match step.tree:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            return value
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as value):
            places = [at for at, each in enumerate(targets) if isinstance(each, ast.Name) and each.id == name]
            return ast.Subscript(value, ast.Constant(places[0]), ast.Load()) if len(places) == 1 else None
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
            return value
        case ast.AugAssign(target=ast.Name(id=target), op=operator, value=value) if target == name:
            return ast.BinOp(ast.Name(name, ast.Load()), operator, value)
    return None
