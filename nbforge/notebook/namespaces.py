"""Names in strings: ``globals()["x"]``, ``locals()``, texts that are filled from a namespace."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from string import Formatter

from nbforge.notebook.environ import Environ
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.scope import bindings

_PERCENT = re.compile(r"%\((\w+)\)")
_NAMESPACES = frozenset({"globals", "locals", "vars"})
_LISTS_NAMES = frozenset({"len", "list", "set", "sorted", "tuple"})


class Namespaces(Environ):
    """What reads and binds names by their text. ``choices``: the texts that the variable of a loop goes through."""

    def __init__(self) -> None:
        super().__init__()
        self.choices: dict[str, tuple[str, ...]] = {}

    def evaluate(self, node: ast.expr | None) -> Value:
        """The value of ``node``; its effects are recorded."""
        raise NotImplementedError

    def call_back(self, value: Value, arguments: Value, only_special: bool = False, named: bool = True) -> Value:
        """Functions of the notebook within reach of ``value`` may be called."""
        raise NotImplementedError

    def is_namespace(self, node: ast.expr) -> bool:
        """Whether ``node`` is ``globals()``, or ``locals()`` or ``vars()`` at top level."""
        match node:
            case ast.Call(func=ast.Name(id="globals"), args=[]):
                return True
            case ast.Call(func=ast.Name(id="locals" | "vars"), args=[]):
                return self.frame is None
        return False

    @contextmanager
    def choosing(self, node: ast.For | ast.AsyncFor) -> Iterator[None]:
        """The body of a loop whose variable may go through texts that are written out."""
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.List(elts=items) | ast.Tuple(elts=items)):
                texts = tuple(text for item in items if (text := self.literal(item)) is not None)
                rebound = any(name in bindings(child) for child in _body(node))
                if len(texts) == len(items) and not rebound and self.frame is None:
                    self.choices[name] = texts
                    try:
                        yield
                    finally:
                        del self.choices[name]
                    return
        yield

    def _keys(self, key: ast.expr) -> tuple[str, ...]:
        """The names that ``key`` may be; none where that is not known."""
        text = self.literal(key)
        if text is not None:
            return (text,)
        return self.choices.get(key.id, ()) if isinstance(key, ast.Name) else ()

    def read_key(self, key: ast.expr) -> Value:
        """The value of ``globals()[key]``."""
        self.evaluate(key)
        names = self._keys(key)
        if not names:
            return self.read_all()
        return frozenset[int]().union(*(self.read_global(name, certain=False) for name in names))

    def bind_key(self, key: ast.expr, value: Value) -> None:
        """``globals()[key] = value``."""
        names = self._keys(key)
        if len(names) == 1:
            self.bind_global(names[0], value)
            return
        with self.maybe():
            for name in names:
                self.bind_global(name, value)
            if not names:
                self.effects.binds_anything = "`globals()` with a name that is made at run time"
                for name in list(self.env):
                    self.bind_global(name, value)

    def read_all(self) -> Value:
        """Any name may be read."""
        for name in self.env:
            self.effects.uses.setdefault(name, False)
        self.part.reads.update(self.env)
        return frozenset[int]().union(*self.env.values())

    def filled(self, text: str | None, names: Iterator[str] | None) -> Value:
        """A text is filled with the values of ``names``; of any where the text is not known."""
        known = EMPTY
        if text is None or names is None:
            known = self.read_all()
        else:
            for name in names:
                known |= self.read_global(name, certain=False) if self.knows(name) else EMPTY
        self.call_back(known, known, only_special=True)
        self.spell(known)
        return EMPTY

    def fill_percent(self, node: ast.BinOp) -> bool:
        """``"%(x)s" % globals()``; whether ``node`` is that."""
        if not (isinstance(node.op, ast.Mod) and self.is_namespace(node.right)):
            return False
        self.evaluate(node.left)
        text = self.literal(node.left)
        self.filled(text, iter(_PERCENT.findall(text)) if text is not None else None)
        return True

    def namespace_form(self, node: ast.Call) -> Value | None:
        """The value of a call that reads or binds names of a namespace, else ``None``."""
        func = node.func
        if isinstance(func, ast.Name):
            if (
                func.id in _LISTS_NAMES
                and not node.keywords
                and len(node.args) == 1
                and self.is_namespace(node.args[0])
            ):
                self.read_all()
                return EMPTY
        elif isinstance(func, ast.Attribute):
            if func.attr in {"format", "format_map"}:
                return self._format(node, func.value)
            if self.is_namespace(func.value):
                return self._method_of_namespace(node, func.attr)
        return None

    def _method_of_namespace(self, node: ast.Call, method: str) -> Value | None:
        match method, node.args:
            case "get", [key, *rest]:
                return self._known(key).union(*(self.evaluate(item) for item in rest))
            case "setdefault", [key, value] if self._keys(key):
                given = self.evaluate(value)
                with self.maybe():
                    self.bind_key(key, given)
                return self._known(key) | given
            case "update", [] if all(keyword.arg for keyword in node.keywords):
                for keyword in node.keywords:
                    self.bind_global(keyword.arg or "", self.evaluate(keyword.value))
                return EMPTY
        return None

    def _format(self, node: ast.Call, text: ast.expr) -> Value | None:
        match node:
            case ast.Call(args=[], keywords=[ast.keyword(None, space)]) if self.is_namespace(space):
                return self._formatted(text)
            case ast.Call(func=ast.Attribute(attr="format_map"), args=[space]) if self.is_namespace(space):
                return self._formatted(text)
        return None

    def _known(self, key: ast.expr) -> Value:
        names = self._keys(key)
        if names and not any(self.knows(name) for name in names):
            return EMPTY
        return self.read_key(key)

    def _formatted(self, node: ast.expr) -> Value:
        self.evaluate(node)
        text = self.literal(node)
        names = (re.split(r"[.\[]", field)[0] for _, field, _, _ in Formatter().parse(text) if field) if text else None
        return self.filled(text, names)


def mentions_namespace(node: ast.Call) -> bool:
    """Whether a call may be one of :meth:`Namespaces.namespace_form`: a quick look before a closer one."""
    args, keywords, func = node.args, node.keywords, node.func
    looked_at = [args[0]] if args else []
    if keywords:
        looked_at.append(keywords[0].value)
    if isinstance(func, ast.Attribute):
        looked_at.append(func.value)
    for item in looked_at:
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id in _NAMESPACES:
            return True
    return False


def _body(node: ast.For) -> Iterator[ast.AST]:
    for part in node.body:
        yield from ast.walk(part)
