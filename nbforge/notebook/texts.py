"""Names in the strings that calls are given: formulas of models, queries of frames."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbforge.notebook.callee import argument
from nbforge.notebook.containers import Containers
from nbforge.notebook.scope import children

_WORD = re.compile(r"[^\W\d]\w*")
_REFERRED = re.compile(r"@\s*([^\W\d]\w*)")
_CALLED = re.compile(r"([^\W\d]\w*)\s*[(.]")


class Texts(Containers):
    """Reads the names in strings, where a call looks them up.

    A formula that is put together, or comes from a list, may be any of the notebook's strings, or consist of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._given_texts: dict[int, tuple[list[str], list[ast.Name]]] = {}

    def strings(self, node: ast.Call, name: str, known: bool) -> None:
        """Names in the arguments of a call of ``name``; ``known``: the purity tables say what it does."""
        # Methods of frames look up names marked with @ only, functions look up any name.
        formula = name in self.tables.words["formulas"]
        asks = formula or name in (".query", ".eval")
        texts = self._strings_of(node)
        if not texts and not asks:
            return
        named: set[str] = set()
        for item in texts:
            named |= set(_REFERRED.findall(item)) if "@" in item else set()
            if formula or (not known and ("~" in item or " " in item)):
                named |= set(_WORD.findall(item))
        if asks and not self._written_out(node):
            named |= self._of_all_strings(formula)
        if named:
            self.heap.note("other")
        for found in sorted(named):
            self.taken.add(found)
            if self.knows(found):
                value = self.read(found) if self.frame is not None else self.read_global(found, certain=False)
                if formula or not known:
                    self.call_back(value, value)

    def _strings_of(self, node: ast.Call) -> list[str]:
        """The texts given to a call, written out or by a name that is known to be one."""
        if id(node) not in self._given_texts:
            items = [*node.args, *(keyword.value for keyword in node.keywords)]
            written: list[str] = []
            for item in items:
                if isinstance(item, ast.Constant):
                    written += [item.value] if isinstance(item.value, str) else []
                elif not isinstance(item, ast.Call | ast.Name):
                    written += _constants(item)
            self._given_texts[id(node)] = written, [item for item in items if isinstance(item, ast.Name)]
        written, names = self._given_texts[id(node)]
        return written + [text for name in names if (text := self.literal(name)) is not None] if names else written

    def _written_out(self, node: ast.Call) -> bool:
        first = argument(node, "formula") or argument(node, "expr") or argument(node, 0)
        if isinstance(first, ast.Name) and self.frame is not None and first.id in self.frame.local:
            return False
        return first is None or self.literal(first) is not None

    def _of_all_strings(self, formula: bool) -> set[str]:
        """What the strings of the notebook so far may name in a formula, or in a query."""
        self.heap.note("other")
        for statement in self.past[self.heard :]:
            for text in _constants(statement):
                self.referred.update(_REFERRED.findall(text))
                self.named.update((_WORD if "~" in text else _CALLED).findall(text))
        self.heard = len(self.past)
        return self.named | self.referred if formula else self.referred


def _constants(node: ast.AST) -> Iterator[str]:
    nodes = [node]
    for child in nodes:
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                yield child.value
        elif not isinstance(child, ast.Name):
            nodes += children(child)
