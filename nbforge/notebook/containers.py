"""What builtin containers and iterators take from what they are made of: the elements, not the thing itself."""

from __future__ import annotations

import ast
from dataclasses import replace

from nbforge.notebook.callee import argument, path_name
from nbforge.notebook.expressions import Expressions
from nbforge.notebook.heap import ELEMENTS, HIDDEN, SOURCE
from nbforge.notebook.regions import EMPTY, Value

HOLDS_RESULTS = frozenset({"iterator", "list", "tuples"})
"""What a call may give that holds what functions given to the call return."""
USED_UP = frozenset({"iterator", "iterators", "tuples"})
_SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "sorted", "deque", "extend", "extendleft"})
_STEERING = frozenset({"key", "reverse"})


class Containers(Expressions):
    """Evaluation of calls that make containers and iterators, or take something out of them."""

    def fill(self, node: ast.Call, gives: str, made: Value, receiver: Value, arguments: Value) -> None:
        """Let what a call has ``made`` hold, or go through, what it was given."""
        if gives == "list":
            self.heap.link(made, ELEMENTS, self.poured(node, arguments))
        elif gives == "iterator":
            self.heap.link(made, SOURCE, receiver | arguments)
        else:
            inner = self.new(node, "tuple", kind="container")
            for place, source in self._places(node, receiver | arguments).items():
                self.heap.link(inner, SOURCE + place, source)
            self.heap.link(made, ELEMENTS, inner)

    def _places(self, node: ast.Call, arguments: Value) -> dict[str, Value]:
        """What each position of the tuples that a call gives is taken from, as far as they are told apart."""
        if node.keywords or not node.args or any(isinstance(item, ast.Starred) for item in node.args):
            return {"": arguments}
        given = [self.evaluate(item) for item in node.args]
        if EMPTY.union(*given) != arguments:
            return {"": arguments}
        if path_name(node) == "enumerate":
            given = [EMPTY, given[0]]
        elif path_name(node) != "zip":
            return {"": arguments}
        return {f"[{position}]": value for position, value in enumerate(given)}

    def poured(self, node: ast.Call, arguments: Value) -> Value:
        """What goes from the arguments into a container: elements of iterables, and values given by keyword."""
        inner = self.element(arguments)
        if path_name(node) not in _SEQUENCES:
            inner = self.heap.parts(inner)  # of pairs, what they hold
        return inner | self._by_keyword(node, arguments)

    def _by_keyword(self, node: ast.Call, arguments: Value) -> Value:
        if not (node.args or node.keywords):
            return arguments  # a call that the language makes
        given = ((k, self.evaluate(k.value)) for k in node.keywords if k.arg not in _STEERING)
        return frozenset[int]().union(*(value if k.arg else self.element(value) for k, value in given))

    def unpacked(self, value: Value, depth: int) -> Value:
        """``value``, but of containers, down to ``depth``, only the elements."""
        for _ in range(depth):
            containers = frozenset(region for region in value if self.is_container(region))
            value = (value - containers) | self.element(containers)
        return value

    def melted(self, value: Value) -> Value:
        """``value``, but for containers of frames these frames: a library that joins them copies what they hold."""
        containers = frozenset(region for region in value if self.is_container(region))
        inner = self.element(containers)
        joined = inner and all(self.heap.regions[region].qual == "frame" for region in inner)
        return (value - containers) | inner if joined else value

    def taken_out(self, node: ast.Call, receiver: Value, arguments: Value) -> Value:
        """An element of a container, or what was given to be taken where there is none."""
        if receiver:
            first = argument(node, 0)
            return self.element(receiver, self.key(first) if first is not None else "") | arguments
        if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            return self.element(arguments) | self._by_keyword(node, arguments)
        return self.element(arguments) | arguments

    def properties(self, value: Value) -> Value:
        """``value``, its functions being called where the attribute is read or set."""
        made = set()
        for region in value & self.heap.callables:
            function = self.heap.regions[region].function
            if function is not None:
                called = self.heap.make(("property", region), kind="function", function=replace(function, plain=False))
                self.heap.link({called}, HIDDEN, {region})
                made.add(called)
        return (value - self.heap.callables) | made
