"""Calls that work on names or code: ``exec``, ``globals()``, ``getattr``, and what IPython makes of magics."""

from __future__ import annotations

import ast
import re

from nbforge.notebook import shell
from nbforge.notebook.heap import ELEMENTS, HIDDEN
from nbforge.notebook.library import Library
from nbforge.notebook.namespaces import mentions_namespace
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.source import parse, transform

_SPECIAL_FUNCTIONS = frozenset({"exec", "eval", "globals", "locals", "vars", "dir", "getattr", "setattr", "__import__"})
_SPECIAL_METHODS = frozenset({"__setattr__", "import_module"})


def _may_be_special(func: ast.expr) -> bool:
    if isinstance(func, ast.Name):
        return func.id in _SPECIAL_FUNCTIONS
    return isinstance(func, ast.Attribute) and (func.attr in _SPECIAL_METHODS or isinstance(func.value, ast.Call))


class Special(Library):
    """Evaluation of what is no ordinary call."""

    def run_top_level(self, body: list[ast.stmt]) -> None:
        """Run statements where the code at hand stands."""
        raise NotImplementedError

    def special_form(self, node: ast.Call) -> Value | None:
        """The value of ``node`` if it is one of the special forms, else ``None``."""
        found = self.namespace_form(node) if mentions_namespace(node) else None
        if found is not None or not _may_be_special(node.func):
            return found
        match node:
            case ast.Call(func=ast.Name(id="exec" | "eval" as name), args=[code, *rest]) if not self.knows(name):
                return self._code(node, name, code, rest)
            case ast.Call(func=ast.Name(id="globals"), args=[]):
                return self._namespace_escapes(node)
            case ast.Call(func=ast.Name(id="dir"), args=[]):
                if self.frame is None:
                    self.read_all()
                return EMPTY
            case ast.Call(func=ast.Name(id="locals" | "vars"), args=[]):
                return self._locals(node)
        named = self._by_name(node)
        return self._dynamic(node) if named is None else named

    def _by_name(self, node: ast.Call) -> Value | None:
        """Attributes by name."""
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[base, text, *rest]) if name := self.literal(text):
                value = self.attribute_object(self.evaluate(base), name)
                self.evaluate(text)
                return value.union(*(self.evaluate(item) for item in rest))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="object"), attr="__setattr__"), args=[base, text, value]
            ):
                owner, name = self.evaluate(base), self.literal(text)
                self.evaluate(text)
                self.heap.link(owner, name or ELEMENTS, self.evaluate(value))
                self.mutate(owner)
                return EMPTY
            case ast.Call(func=ast.Name(id="setattr"), args=[base, text, value]) if name := self.literal(text):
                self.evaluate(text)
                self.store_attribute(self.evaluate(base), name, self.evaluate(value))
                return EMPTY
            case ast.Call(func=ast.Name(id="setattr"), args=[base, _, value]):
                self.heap.link(self.evaluate(base), ELEMENTS, self.evaluate(value))  # under some name
        return None

    def _dynamic(self, node: ast.Call) -> Value | None:
        """Imports by name, and what IPython makes of magics."""
        match node:
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(name)), *_]):
                return self.module(name.split(".")[0])
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name))]):
                self.evaluate(node.func)
                return self.module(name)
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=name), args=args):
                return self._ipython(node, name, args)
        return None

    def _code(self, node: ast.Call, name: str, code: ast.expr, rest: list[ast.expr]) -> Value:
        text = self.literal(code)
        self.evaluate(code)
        if self.frame is not None:
            self.taken |= self.frame.local
        here = all(self.is_namespace(item) for item in rest) and not (rest and self.frame is not None)
        if text is not None and not here and self._stays_inside(node, text, rest):
            spaces = frozenset[int]().union(*(self.evaluate(item) for item in rest))
            self.mutate(self.heap.reach(spaces))
            self.heap.link(spaces, HIDDEN, self.heap.reach(spaces) - spaces)
            return self.heap.parts(spaces) if name == "eval" else EMPTY
        if text is None or not here:
            for item in rest:
                self.evaluate(item)
            self.everything(f"`{name}` runs code that is made at run time")
            return self.heap.reach(frozenset().union(*self.env.values())) if self.env else EMPTY
        body = self._parsed(node, text)
        if name == "eval" and len(body) == 1 and isinstance(body[0], ast.Expr):
            return self.evaluate(body[0].value)
        self.run_top_level(body)
        return EMPTY

    def _stays_inside(self, node: ast.Call, text: str, spaces: list[ast.expr]) -> bool:
        """Whether code that runs in namespaces of its own reads and changes nothing but what is in there."""
        leaves = ast.Call | ast.Import | ast.ImportFrom | ast.With | ast.AsyncWith
        body = self._parsed(node, text)
        if not body or any(self.is_namespace(space) for space in spaces):
            return False
        return not any(isinstance(child, leaves) for part in body for child in ast.walk(part))

    def _parsed(self, node: ast.Call, text: str) -> list[ast.stmt]:
        """The statements in a text, always the same nodes: places are told apart by the identity of their nodes."""
        known = self.parsed.get((id(node), text))
        if known is None:
            try:
                known = parse(transform(text if text.endswith("\n") else f"{text}\n")[0]).body
            except (SyntaxError, ValueError):
                known = []
            self.parsed[id(node), text] = known
        return known

    def _namespace_escapes(self, node: ast.Call) -> Value:
        """``globals()`` where it is not read or written by a literal key."""
        self.everything("`globals()` gives access to every name")
        return self._all_names(node)

    def _all_names(self, node: ast.Call) -> Value:
        made = self.new(node, kind="container", unknown=True)
        self.heap.link(made, ELEMENTS, frozenset[int]().union(*self.env.values()) - made)
        return made

    def _locals(self, node: ast.Call) -> Value:
        if self.frame is None:
            self.everything("`locals()` gives access to every name")
            return self._all_names(node)
        self.taken |= self.frame.local
        made = self.new(node, kind="container")
        for value in list(self.frame.names.values()):
            self.heap.link(made, "[]", value)
        return made

    # Magics

    def _ipython(self, node: ast.Call, name: str, args: list[ast.expr]) -> Value | None:
        texts = [self.literal(arg) for arg in args]
        if any(text is None for text in texts):
            return None
        known = [text or "" for text in texts]
        if name in {"system", "getoutput"} and known:
            return self._shell(node, known[0])
        if name == "run_line_magic" and len(known) == 2:
            return self._line_magic(node, known[0], known[1])
        if name == "run_cell_magic" and len(known) == 3:
            return self._cell_magic(node, known[0], known[1], known[2])
        return None

    def _shell(self, node: ast.Call, command: str) -> Value:
        self._words(shell.interpolated(command))
        self.ask_variable()
        effect = shell.command_effect(command)
        if effect == "installs":
            self.sets("IPython")
        elif effect == "reads":
            self.reads("*")
        elif effect == "writes":
            self.reads("*")
            self.writes("*")
        return self.new(node)

    def _line_magic(self, node: ast.Call, magic: str, text: str) -> Value:
        if not magic and text.split():  # `% matplotlib inline`
            magic, _, text = text.partition(" ")
        if magic in shell.RUNS_CODE:
            return self._run_text(node, shell.without_options(text), magic)
        if magic in shell.SHOWS:
            return EMPTY
        if magic in shell.SETTINGS:
            self.sets("IPython")
            self._words(shell.interpolated(text))
            return EMPTY
        if magic in {"system", "sx", "sc", "bash", "pip", "conda", "mamba", "uv"}:
            return self._shell(node, text if magic in {"system", "sx", "sc", "bash"} else f"{magic} {text}")
        if magic in {"run", "pylab", "store", "load", "macro", "loadpy", "recall", "rerun"}:
            self.everything(f"`%{magic}` runs code that is not in the notebook")
            self.effects.binds_anything = f"`%{magic}`"
            self.sets("IPython")
            return EMPTY
        return self._foreign(node, f"%{magic}", text)

    def _cell_magic(self, node: ast.Call, magic: str, line: str, body: str) -> Value:
        if magic in shell.SHOWS:
            return EMPTY
        if magic == "timeit":
            with self.maybe():
                return self._run_text(node, body, magic)
        if magic in shell.RUNS_CODE or magic == "capture":
            target = [word for word in line.split() if not word.startswith("-")]
            self.caught += bool(target)
            value = self._run_text(node, body, magic)
            self.caught -= bool(target)
            if magic == "capture" and target:
                self.bind_global(target[0], self.new(node, "capture"))
            return value
        if magic in {"writefile", "file"}:
            self.writes(line.rsplit(maxsplit=1)[-1].rpartition("/")[2] if line.split() else "*")
            return EMPTY
        if magic in {"bash", "sh", "script", "!", "system", "sx"}:
            for part in body.splitlines():
                self._shell(node, part)
            return self.new(node)
        return self._foreign(node, f"%%{magic}", f"{line}\n{body}")

    def _foreign(self, node: ast.Call, magic: str, text: str) -> Value:
        """A magic that nothing is known of: it may read, change and bind what its text names."""
        self.sets("IPython")
        self.effects.binds_anything = f"`{magic}`"
        for name in sorted(self._words(set(re.findall(r"[^\W\d]\w*", text)))):
            self.mutate(self.heap.reach(self.env[name]))
            self.effects.may_define.add(name)
        for generator in sorted(self.seeded):
            self.draw(generator)
        self.writes("*")
        self.reads("*")
        return self.new(node, unknown=True)

    def _words(self, names: set[str]) -> set[str]:
        known = {name for name in names if self.knows(name)}
        for name in sorted(known):
            self.read_global(name, certain=False)
        return known

    def _run_text(self, node: ast.Call, text: str, magic: str) -> Value:
        before = set(self.effects.may_define)
        self.run_top_level(self._parsed(node, text))
        if magic == "timeit":  # it runs in a function of its own
            self.effects.may_define = before
        return EMPTY
