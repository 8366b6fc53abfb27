"""Environment variables: which ones code sets and asks for, whatever name ``os.environ`` goes by; and modules that it
puts into ``sys.modules``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbforge.notebook.attributes import Attributes
from nbforge.notebook.callee import argument
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.surroundings import MODULES, PLANTED

_ANY = "*"
_MAPPING = "os.environ"
_ASKS = frozenset({"get", "__getitem__", "__contains__"})
_SETS = frozenset({"pop", "setdefault", "__setitem__", "__delitem__"})


class Environ(Attributes):
    """Each variable is hidden state of its own, told apart from the others where its name is written out."""

    def is_environ(self, value: Iterable[int]) -> bool:
        """Whether ``value`` may be ``os.environ``."""
        mapping = self.libraries.get(_MAPPING)
        return mapping is not None and not mapping.isdisjoint(value)

    def taken_whole(self, value: Value) -> None:
        """All that ``value`` holds may be looked at: where it is ``os.environ``, any variable."""
        if self.is_environ(value):
            self.ask_variable()

    def ask_variable(self, key: ast.expr | None = None) -> None:
        """A variable is read; any of them where ``key`` is no known text."""
        name = self.literal(key) if key is not None else None
        self.use_hidden(f"<environ {_ANY}>")
        self.use_hidden("<environs>" if name is None else f"<environ {name}>")

    def set_variable(self, key: ast.expr | None = None) -> None:
        """A variable is set or deleted; libraries look for some of them at any time."""
        self.heap.note("other")
        name = self.literal(key) if key is not None else None
        prefixes = tuple(self.tables.words.get("library_variables", ()))
        if name is None or name.startswith(prefixes):
            self.sets("os")
        if name is not None and self.certain:
            self.assigned.add(f"<environ {name}>")
            self.effects.may_define.add(f"<environ {name}>")
            self.part.writes.add(f"<environ {name}>")
        else:
            self.touch(f"<environ {name or _ANY}>")
        self.touch("<environs>")

    def call_environ(self, node: ast.Call, method: str) -> None:
        """Call a method of ``os.environ``."""
        first = argument(node, 0)
        if method in _SETS:
            self.ask_variable(first)
            self.set_variable(first)
        elif method == "update" and not node.args and all(keyword.arg for keyword in node.keywords):
            for keyword in node.keywords:
                self.set_variable(ast.Constant(keyword.arg))
        elif method in _ASKS:
            self.ask_variable(first)
        else:
            self.ask_variable()
            if method in {"update", "clear", "popitem", "__ior__"}:
                self.set_variable()

    def store_variable(self, base: Value, key: ast.expr) -> Value:
        """``base[key] = ...`` where ``base`` may be ``os.environ`` or ``sys.modules``.

        Returns:
            What it may be beside ``os.environ``.
        """
        self._plant(base)
        if self.is_environ(base):
            self.set_variable(key)
            return base - self.libraries[_MAPPING]
        return base

    def change_environ(self, value: Value, key: ast.expr | None = None) -> None:
        """``value`` changes in some way, under ``key`` if that is given: of ``os.environ`` variables do, of
        ``sys.modules`` what imports find.
        """
        self._plant(value)
        if self.is_environ(value):
            self.ask_variable(key)
            self.set_variable(key)

    def _plant(self, value: Value) -> None:
        if not value.isdisjoint(self.libraries.get(MODULES, EMPTY)):
            self.touch(PLANTED)
