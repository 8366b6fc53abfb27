"""Comprehensions, which run where they stand, and generator expressions, which run where they are read."""

from __future__ import annotations

import ast

from nbforge.notebook.heap import ELEMENTS, HIDDEN
from nbforge.notebook.loops import NO_NAMES, Loops
from nbforge.notebook.regions import EMPTY, Frame, Function, Value
from nbforge.notebook.scope import Callable as Code
from nbforge.notebook.scope import loop_variables, walrus_targets

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_BASE = ".0"
"""Python's own name for what a generator expression goes through."""


class Comprehensions(Loops):
    """Evaluation of comprehensions, and of conditions."""

    def __init__(self) -> None:
        super().__init__()
        self._read_later: dict[int, ast.Lambda] = {}  # what generator expressions do
        self._bound_inside: dict[int, tuple[frozenset[str], frozenset[str]]] = {}

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind a target."""
        raise NotImplementedError

    def closure(self, node: Code) -> Value:
        """Objects of enclosing functions that a body reads."""
        raise NotImplementedError

    def condition(self, node: ast.expr | None) -> Value:
        """What ``node`` gives, asked whether it is true: objects of the notebook's classes say it themselves."""
        value = self.evaluate(node)
        for region in sorted(value & self.heap.callables) if value else ():
            asked = frozenset({region})
            if self.call_attribute(asked, "__bool__", EMPTY) is None:
                self.call_attribute(asked, "__len__", EMPTY)
        return value

    def comprehension(self, node: Comprehension, base: Value | None = None) -> Value:
        """What a comprehension makes, or a generator expression that is read here. ``base``: what it goes through."""
        made = self.new(node, kind="container", iterator=isinstance(node, ast.GeneratorExp))
        first = self.iterate(self.evaluate(node.generators[0].iter) if base is None else base)
        if id(node) not in self._bound_inside:
            self._bound_inside[id(node)] = loop_variables(node), walrus_targets(node)
        local, walrus = self._bound_inside[id(node)]
        outer = self.frame
        self.frame = self.frame_of(node, outer)
        self.frame.local, self.frame.nonlocals = local, self._outer_names(outer)
        if outer is None:
            self.frame.declared_global = walrus

        def once() -> None:
            for position, generator in enumerate(node.generators):
                items = first if position == 0 else self.iterate(self.evaluate(generator.iter))
                self.assign(generator.target, items)
                for condition in generator.ifs:
                    self.condition(condition)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            for part in parts:
                self.heap.link(made, ELEMENTS, self.evaluate(part))

        with self.maybe():
            self.stable(once, None if walrus else NO_NAMES)
        self.frame = outer
        return made

    _listcomp = _setcomp = _dictcomp = comprehension

    def _generatorexp(self, node: ast.GeneratorExp) -> Value:
        base = self.evaluate(node.generators[0].iter)
        made = self.comprehension(node, base)
        self.heap.link(made, HIDDEN, base | self._reading(node, base))
        return made

    def _reading(self, node: ast.GeneratorExp, base: Value) -> Value:
        """What a generator expression does when it is read, as a function of what it goes through."""
        if id(node) not in self._read_later:
            self._read_later[id(node)] = _as_function(node)
        code = self._read_later[id(node)]
        function = Function(code, self.frame, ((_BASE, base),), True)
        region = self.site(code, id(self.frame), kind="function", function=function)
        self.heap.pinned |= base
        self.heap.link({region}, HIDDEN, base | self.closure(code))
        return frozenset({region})

    def _outer_names(self, outer: Frame | None) -> frozenset[str]:
        if outer is None:
            return frozenset()
        return outer.local | outer.nonlocals


def _as_function(node: ast.GeneratorExp) -> ast.Lambda:
    """A generator expression as Python compiles it: a function of the first thing that it goes through."""
    first, *others = node.generators
    inner = ast.comprehension(first.target, ast.Name(_BASE, ast.Load()), first.ifs, first.is_async)
    body = ast.ListComp(node.elt, [inner, *others])
    taken = ast.arguments([], [ast.arg(_BASE)], None, [], [], None, [ast.Constant(None)])
    return ast.fix_missing_locations(ast.copy_location(ast.Lambda(taken, body), node))
