"""What a call as written gives to whatever it calls."""

from __future__ import annotations

import ast

from nbforge.notebook.callbacks import Arguments
from nbforge.notebook.heap import EMPTY, HIDDEN, Value
from nbforge.notebook.summaries import Summaries


class Giving(Summaries):
    """Evaluation of arguments."""

    def reads_at_once(self, callee: Value) -> bool:
        """Whether what is called has read an iterator when it returns."""
        readers = self.tables.words["readers"]
        return bool(callee) and all(
            self.heap.regions[region].qual.removeprefix("builtins.") in readers for region in callee
        )

    def arguments_of(self, node: ast.Call, *, at_once: bool = False) -> Arguments:
        """The arguments of a call as written. ``at_once``: iterators among them are read before the call returns."""
        positional: list[Value] = []
        methods: list[Value] = []
        spread: Value = EMPTY
        for item in node.args:
            if isinstance(item, ast.Starred):
                spread |= self.elements(self.evaluate(item.value))
            elif spread:
                spread |= self._given_away(item, methods)
            else:
                positional.append(self._given_away(item, methods, at_once=at_once))
        keywords: list[tuple[str, Value]] = []
        for keyword in node.keywords:
            value = self._given_away(keyword.value, methods)
            if keyword.arg is None:
                spread |= self.elements(value)
            else:
                keywords.append((keyword.arg, value))
        given = Arguments(tuple(positional), tuple(keywords), spread)
        for taking in methods:
            self.heap.link(taking, HIDDEN, given.everything - taking)
            self.shift(taking)
        return given

    def _given_away(self, item: ast.expr, methods: list[Value], *, at_once: bool = False) -> Value:
        """An argument. A method such as ``rows.append`` that is given away will be called, perhaps with what is given
        with it: containers that it is a method of are added to ``methods``. ``at_once``: an iterator is read here.
        """
        if at_once and isinstance(item, ast.GeneratorExp):
            return self.comprehension(item)
        value = self.evaluate(item)
        if isinstance(item, ast.Attribute) and self._changes_owner(item.attr):
            self.mutate(region for region in value if self.heap.regions[region].kind in {"value", "container"})
            methods.append(frozenset(region for region in value if self.is_container(region)))
        return value

    def _changes_owner(self, method: str) -> bool:
        rule = self.tables.method(method)
        return rule.known and bool(rule.changes)
