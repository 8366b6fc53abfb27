"""The AST transformer that IPython applies to each cell: it watches, and changes no value.

Two things are watched. Every ``x.fit(...)``-like call, to know what an estimator was fitted on. And in the statements
that lead from the raw frame to the prediction, every sub-expression whose value may be a reduction of the frame: its
value in training is what scoring has to replay.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from . import beside
from .replays import REPLAYS
from .scoping import TURN, ScopedTransformer, of_type
from .sites import Site, number

HOOK = "__nbforge__"
"""The recorder's name in ``builtins`` while a notebook runs; never in the user's namespace."""

FIT_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit", "train"})


def _hook(method: str, arguments: list[ast.expr], keywords: list[ast.keyword] | None = None) -> ast.Call:
    function = ast.Attribute(ast.Name(HOOK, ast.Load()), method, ast.Load())
    return ast.Call(function, arguments, keywords or [])


def _constant(value: object) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


class Wrapper(ScopedTransformer):
    """Rewrites one top-level statement. ``observe`` switches the watching of sub-expressions on."""

    def __init__(self, cell: int, statement: int, tree: ast.stmt, observe: bool) -> None:
        super().__init__(tree)
        self.ordinals = number(tree)
        self.cell, self.statement, self.observe = cell, statement, observe

    def _site(self, node: ast.AST) -> ast.expr:
        return _constant(tuple(Site(self.cell, self.statement, self.ordinals[node])))

    def _key(self) -> ast.expr:
        turn = ast.Attribute(ast.Name(HOOK, ast.Load()), "turn", ast.Load())
        names = self.scopes.names()
        return ast.Tuple([turn if name == TURN else ast.Name(name, ast.Load()) for name in names], ast.Load())

    def _see(self, original: ast.AST, value: ast.expr) -> ast.expr:
        return ast.copy_location(_hook("see", [self._site(original), self._key(), value]), original)

    def visit_For(self, node: ast.For) -> ast.AST:
        counted = self.observe and self.counted(node)
        super().visit_For(node)
        if counted:
            node.iter = ast.copy_location(_hook("turns", [node.iter]), node.iter)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if isinstance(function, ast.Attribute):
            function.value = self.visit(function.value)
        else:
            node.func = self.visit(function)
        node.args = [self.visit(item) for item in node.args]
        node.keywords = [self.visit(item) for item in node.keywords]
        if not self._starred(node):
            if isinstance(function, ast.Attribute) and name in FIT_METHODS:
                return self._instead(node, "fit", function.value, name)
            if name in REPLAYS and self._watched(node):
                if isinstance(function, ast.Attribute):
                    return self._instead(node, "call", function.value, name)
                return self._instead(node, "function", node.func, name)
        return self._see(node, node) if self._watched(node) else node

    def _instead(self, node: ast.Call, method: str, subject: ast.expr, name: str) -> ast.AST:
        arguments = [subject, ast.Constant(name), self._site(node), self._key(), *node.args]
        return ast.copy_location(_hook(method, arguments, node.keywords), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return self._see(node, node) if self._watched(node) and isinstance(node.ctx, ast.Load) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        return self._see(node, node) if self._watched(node) and isinstance(node.ctx, ast.Load) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        kind = of_type(node)
        self.generic_visit(node)
        return self._see(node, node) if self._watched(node) and kind else node

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> ast.AST:
        self.elements(node)
        return self._see(node, node) if self._watched(node) else node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._visit_comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._visit_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._visit_comprehension(node)

    def _watched(self, node: ast.AST) -> bool:
        return self.observe and node in self.ordinals

    @staticmethod
    def _starred(node: ast.Call) -> bool:
        return any(isinstance(item, ast.Starred) for item in node.args) or any(k.arg is None for k in node.keywords)


class Wanted(Protocol):
    """What is wanted of a cell's statements."""

    def observed(self, cell: int, at: int) -> bool:
        """Whether the sub-expressions of this statement are watched."""

    def last(self, cell: int) -> bool:
        """Whether the value of the cell's last expression is kept."""

    def beside(self, cell: int, at: int) -> bool:
        """Whether the statement runs beside the slice."""

    def loaded(self, cell: int, at: int) -> bool:
        """Whether the raw table is what it is after this statement, though the cell goes on."""

    def instead(self, cell: int, at: int) -> Sequence[tuple[int, str]]:
        """The statements, with their numbers, that run in place of this one; none where it runs itself."""


class Transformer(ast.NodeTransformer):
    """What IPython calls with each cell's module. ``current()`` is the running cell, ``None`` for our own requests."""

    def __init__(self, current: Callable[[], int | None], wanted: Wanted) -> None:
        self.current, self.wanted = current, wanted

    def visit_Module(self, node: ast.Module) -> ast.Module:
        cell = self.current()
        if cell is None:
            return node
        body: list[ast.stmt] = []
        for at, statement in enumerate(node.body):
            last = at == len(node.body) - 1
            for place, each in self._running(cell, at, statement):
                body.extend(self._statement(cell, place, each, last=last and each is statement))
            if self.wanted.loaded(cell, at):
                body.append(ast.copy_location(ast.Expr(_hook("loaded", [])), statement))
        module = ast.Module(body=body, type_ignores=[])
        return ast.fix_missing_locations(module)

    def _running(self, cell: int, at: int, statement: ast.stmt) -> Iterator[tuple[int, ast.stmt]]:
        """The statement, or those in its place: what they raise comes from its line."""
        others = self.wanted.instead(cell, at)
        if not others:
            yield at, statement
        for other, text in others:
            tree = ast.parse(text).body[0]
            for node in ast.walk(tree):
                if hasattr(node, "lineno"):
                    ast.copy_location(node, statement)
            yield other, tree

    def _statement(self, cell: int, at: int, statement: ast.stmt, last: bool) -> Sequence[ast.stmt]:
        if self.wanted.beside(cell, at):
            return [beside.wrapped(cell, at, statement, last)]
        observe = self.wanted.observed(cell, at)
        result = Wrapper(cell, at, statement, observe).visit(statement)
        place = [ast.Constant(cell), ast.Constant(at)]
        if isinstance(result, ast.Expr):
            if last and self.wanted.last(cell):
                result.value = ast.copy_location(_hook("last", [ast.Constant(cell), result.value]), result.value)
            if observe:
                result.value = ast.copy_location(_hook("after", [*place, result.value]), result.value)
        if not observe:
            return [result]
        before = ast.copy_location(ast.Expr(_hook("before", list(place))), statement)
        if isinstance(result, ast.Expr):
            return [before, result]
        after = ast.copy_location(ast.Expr(_hook("after", list(place))), statement)
        return [before, result, after]
