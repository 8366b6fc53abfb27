"""What a call as written gives to whatever it calls."""

from __future__ import annotations

import ast

from nbforge.notebook.callbacks import Arguments
from nbforge.notebook.regions import EMPTY, Value
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
        spread: Value = EMPTY
        for item in node.args:
            if isinstance(item, ast.Starred):
                spread |= self.elements(self.evaluate(item.value))
            elif spread:
                spread |= self.evaluate(item)
            elif at_once and isinstance(item, ast.GeneratorExp):
                positional.append(self.comprehension(item))
            else:
                positional.append(self.evaluate(item))
        keywords: list[tuple[str, Value]] = []
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                spread |= self.elements(value)
            else:
                keywords.append((keyword.arg, value))
        return Arguments(tuple(positional), tuple(keywords), spread)
