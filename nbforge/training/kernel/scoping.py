"""The variables that may tell evaluations of an expression apart, on the way down a statement's tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from .splits import splits

TURN = ""
"""Stands among the names for the number of a turn, in a loop that gives it none."""


@dataclass(slots=True)
class Scopes:
    """Names that are bound wherever they are listed. ``deleted``: what the statement deletes, so may be gone."""

    deleted: frozenset[str] = frozenset()
    loops: list[tuple[str, ...]] = field(default_factory=list)
    given: list[tuple[str, ...]] = field(default_factory=list)

    def names(self) -> tuple[str, ...]:
        """Of enclosing ``for`` loops, then of functions, lambdas and comprehensions, the outermost first; each once."""
        given = self.local()
        loops = [name for names in self.loops for name in names if name not in given]
        found = dict.fromkeys([*loops, *(name for names in self.given for name in names)])
        return tuple(name for name in found if name not in self.deleted)

    def of_loops(self) -> frozenset[str]:
        """Those of :meth:`names` that ``for`` statements bind."""
        return frozenset(name for names in self.loops for name in names) - self.local()

    def local(self) -> frozenset[str]:
        """The names that functions, lambdas and comprehensions bind here."""
        return frozenset(name for names in self.given for name in names)


def scopes_of(tree: ast.AST) -> Scopes:
    """At the top of one statement."""
    gone = (item for node in ast.walk(tree) if isinstance(node, ast.Delete) for item in node.targets)
    return Scopes(frozenset(item.id for item in gone if isinstance(item, ast.Name)))


def _targets(node: ast.expr) -> tuple[str, ...]:
    return tuple(item.id for item in ast.walk(node) if isinstance(item, ast.Name))


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    return tuple(item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


class ScopedTransformer(ast.NodeTransformer):
    """A transformer that knows, at each node, which variables may differ between its evaluations."""

    def __init__(self, tree: ast.AST) -> None:
        self.scopes = scopes_of(tree)

    def visit_For(self, node: ast.For) -> ast.AST:
        turn = (TURN,) if self.counted(node) else ()
        node.iter = self.visit(node.iter)
        self.scopes.loops.append((*turn, *_targets(node.target)))
        node.body = [self.visit(item) for item in node.body]
        self.scopes.loops.pop()
        node.orelse = [self.visit(item) for item in node.orelse]
        return node

    def counted(self, node: ast.For) -> bool:
        """Whether nothing but their number tells the turns of a loop over the parts of a split from each other."""
        outermost = not self.scopes.loops and not self.scopes.given
        return (
            outermost and isinstance(node.target, ast.Tuple) and isinstance(node.iter, ast.Call) and splits(node.iter)
        )

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer = self.scopes
        self.scopes = Scopes(outer.deleted, [], [_parameters(node.args)])
        node.body = [self.visit(item) for item in node.body]
        self.scopes = outer
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.args.defaults = [self.visit(item) for item in node.args.defaults]
        self.scopes.given.append(_parameters(node.args))
        node.body = self.visit(node.body)
        self.scopes.given.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Only its methods: what functions in there see of a class's own names is nothing."""
        node.body = [self.visit(item) if isinstance(item, ast.FunctionDef) else item for item in node.body]
        return node

    def elements(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        """Visit a comprehension's parts, each in its scope."""
        for generator in node.generators:
            generator.iter = self.visit(generator.iter)
            self.scopes.given.append(_targets(generator.target))
            generator.ifs = [self.visit(item) for item in generator.ifs]
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.visit(node.key), self.visit(node.value)
        else:
            node.elt = self.visit(node.elt)
        del self.scopes.given[len(self.scopes.given) - len(node.generators) :]

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        self.elements(node)
        return node


def of_type(comparison: ast.Compare) -> bool:
    """Whether a column's kind of values is compared: ``df[c].dtype == object``."""
    return any(
        isinstance(side, ast.Attribute) and side.attr == "dtype" for side in (comparison.left, *comparison.comparators)
    )
