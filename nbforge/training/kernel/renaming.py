"""Other names for the variables of a function."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .program import names_in


def rebound(function: ast.FunctionDef) -> set[str]:
    """The names that the body of a function binds or deletes."""
    nodes = (node for each in function.body for node in ast.walk(each))
    return {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}


class Renamer(ast.NodeTransformer):
    """Renames a function's variables, but for what functions, lambdas and comprehensions in it call the same."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node.name = self.names.get(node.name, node.name) if node.name else node.name
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_alias(self, node: ast.alias) -> ast.alias:
        bound = node.asname or node.name.split(".")[0]
        if self.names.get(bound, bound) != bound:
            node.asname = self.names[bound]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self.names.get(node.name, node.name)
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        bound = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)} | rebound(node)
        node.body = [self._within(bound).visit(each) for each in node.body]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        bound = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        node.body = self._within(bound).visit(node.body)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._comprehension(node)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> ast.AST:
        first = node.generators[0]
        outer, first.iter = self.visit(first.iter), ast.Constant(None)
        inner = self._within({name for each in node.generators for name in names_in(each.target)})
        inner.generic_visit(node)
        first.iter = outer
        return node

    def _within(self, bound: set[str]) -> Renamer:
        return Renamer({name: new for name, new in self.names.items() if name not in bound})
