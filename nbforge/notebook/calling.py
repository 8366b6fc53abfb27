"""Which of the functions that a call of a library is given it calls, and with what."""

from __future__ import annotations

import ast

from nbforge.notebook.callee import argument
from nbforge.notebook.handing import Handing
from nbforge.notebook.purity import Rule
from nbforge.notebook.regions import EMPTY, Value

_REDUCE = "functools.reduce"
_START = 2  # position of what `reduce` starts with


class Calling(Handing):
    """Evaluation of calls that a library makes of what it is given."""

    def call_given(
        self, node: ast.Call, rule: Rule, path: str, involved: Value, receiver: Value, arguments: Value
    ) -> Value:
        """What functions that are given to a call give; who makes an object that holds them calls none yet.

        Args:
            node: the call.
            rule: what is known of it.
            path: what is called; a method's name after a dot.
            involved: all that the receiver and the arguments reach.
            receiver: whose method it is.
            arguments: what it is given.
        """
        idle = not (self.heap.callables or self.heap.handed)
        if rule.quiet or (idle and path != _REDUCE):
            return EMPTY
        given = receiver | arguments
        if self._only_holds(node, path, involved, receiver, given):
            return self.call_back(self.heap.parts(given), given, only_special=True)
        if path in self.tables.words["elementwise"] and self._of_python(path, receiver):
            return self._one_by_one(node, path, given)
        handed = self.hand_over(given)
        if rule.gives == "holds" and path.rpartition(".")[2][:1].isupper():
            return handed
        if self._goes_by_protocols(rule, path, receiver):
            return handed | self.call_back(given, given, named=False)
        return handed | self.call_back(involved, given)

    def _only_holds(self, node: ast.Call, path: str, involved: Value, receiver: Value, given: Value) -> bool:
        """Whether a call takes functions as it takes anything else, and reads nothing that would call them."""
        if path not in self.tables.words["holders"] or not self._of_python(path, receiver):
            return False
        if path == "builtins.dict" and not node.args and node.keywords and all(item.arg for item in node.keywords):
            return True
        heap = self.heap
        reading = not involved.isdisjoint(heap.iterators) or not involved.isdisjoint(heap.unknowns)
        return not (reading or any(heap.regions[region].kind == "instance" for region in given & heap.callables))

    def _of_python(self, path: str, receiver: Value) -> bool:
        """Whether a method is one of Python's own containers; what is no method is what it says."""
        return path[0] != "." or self.kind_of(receiver) == "container"

    def _goes_by_protocols(self, rule: Rule, path: str, receiver: Value) -> bool:
        """Whether a call uses nothing of objects but ``__len__`` and its like."""
        if path in self.tables.words["protocols"]:
            return True
        return rule.known and path != ".update" and self.kind_of(receiver) == "container"  # it asks for ``keys()``

    def _one_by_one(self, node: ast.Call, path: str, given: Value) -> Value:
        """A function is called with elements of what is ``given``; what it gives, where the call gives it on."""
        heap = self.heap
        functions = frozenset(region for region in given if not self.is_container(region))
        kinds = {region: heap.regions[region].kind for region in functions}
        passed = self.iterate(given - heap.handed - frozenset(r for r in functions if kinds[r] == "function"))
        bound = frozenset(region for region in functions if kinds[region] in {"instance", "value"})
        passed |= heap.parts(bound)  # what they were made to be called with
        special = self.call_back(heap.parts(given), given, only_special=True)
        if path == _REDUCE:
            return special | self._reduced(node, functions, passed, given)
        result = self.hand_over(functions, passed) | self.call_back(functions, passed, named=False)
        return special | (result if path == "builtins.map" else EMPTY)

    def _reduced(self, node: ast.Call, functions: Value, passed: Value, given: Value) -> Value:
        """What goes from one call of a function to the next, and out in the end."""
        start = argument(node, _START)
        found = passed | (self.evaluate(start) if start is not None else EMPTY)
        if any(isinstance(item, ast.Starred) for item in node.args) or not node.args:
            found |= self.heap.parts(given)
        while True:
            got = self.hand_over(functions, found) | self.call_back(functions, found, named=False)
            if got <= found:
                return found
            found |= got
