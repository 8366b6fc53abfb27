"""Statements that define functions and classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from nbforge.notebook.callbacks import Arguments
from nbforge.notebook.callee import path_name
from nbforge.notebook.heap import HIDDEN
from nbforge.notebook.imports import Imports
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.scope import parameters
from nbforge.notebook.ways import Ways

_ACCESSOR = re.compile("register_(dataframe|index|series)_accessor")


class Definitions(Imports, Ways):
    """What definitions make, and what decorators, base classes and metaclasses do with it."""

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Run statements one after the other."""
        raise NotImplementedError

    def _do_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [self.evaluate(item) for item in node.decorator_list]
        value = self.function(node, plain=not decorators)
        for annotation in (node.returns, *(arg.annotation for arg in parameters(node.args))):
            self.evaluate(annotation)
        self.bind(node.name, self._decorated(node.decorator_list, decorators, value))

    _do_asyncfunctiondef = _do_functiondef

    def _decorated(self, nodes: Sequence[ast.expr], decorators: Sequence[Value], value: Value) -> Value:
        for written, decorator in zip(reversed(nodes), reversed(decorators), strict=True):
            call = self.synthetic(written)
            value |= self.call_value(call, decorator, Arguments(positional=(value,)))
        return value

    def synthetic(self, node: ast.expr) -> ast.Call:
        """A call that the language makes; the same node each time it is asked for."""
        made = self.calls_made.get(id(node))
        if made is None:
            made = self.calls_made[id(node)] = ast.copy_location(ast.Call(node, [], []), node)
        return made

    def _do_classdef(self, node: ast.ClassDef) -> None:
        decorators = [self.evaluate(item) for item in node.decorator_list]
        bases = frozenset[int]().union(*(self.evaluate(base) for base in node.bases))
        for keyword in node.keywords:
            bases |= self.evaluate(keyword.value)
        scope, frame = self.scope_of(node), self.frame_of(node, self.frame)
        frame.local, frame.declared_global, frame.is_class = scope.local | scope.nonlocals, scope.declared_global, True
        outer, self.frame = self.frame, frame
        self.run(node.body)
        self.frame = outer
        made = self.new(node, kind="class", qual=node.name)
        for name, value in frame.names.items():
            self.heap.link(made, name, value)
        self.heap.link(made, "__bases__", bases)
        if node.decorator_list:
            self.heap.link(made, HIDDEN, EMPTY)  # it may have got anything
        self._class_made(bases, made)
        self.finalizes |= "__del__" in frame.names
        others = [number for number, item in enumerate(node.decorator_list) if not self._registers(item, made)]
        written, decorators = [node.decorator_list[at] for at in others], [decorators[at] for at in others]
        self.bind(node.name, self._decorated(written, decorators, made))

    def _registers(self, decorator: ast.expr, made: Value) -> bool:
        """After ``@register_dataframe_accessor("geo")`` frames have ``.geo``, which makes an object of the class."""
        match decorator:
            case ast.Call(args=[ast.Constant(value=str(name))]) if _ACCESSOR.fullmatch(path_name(decorator)):
                self.accessors[name] = self.accessors.get(name, EMPTY) | made
                self.heap.pinned |= made
                self.touch(f"<attribute {name}>")
                return True
        return False

    def _class_made(self, bases: Value, made: Value) -> None:
        """What base classes, metaclasses and attributes do when a class is made."""
        hooks = [(base, name) for base in sorted(bases) for name in ("__init_subclass__", "__new__", "__init__")]
        for base, name in hooks:
            of_bases = name == "__init_subclass__" or self._is_metaclass(base)
            for item in sorted(self.class_attribute(base, name)) if of_bases else ():
                function = self.heap.regions[item].function
                if function is not None:
                    self.apply(function, Arguments(spread=made), made)
        self.call_attribute(frozenset(self.heap.held(made)), "__set_name__", made)

    def _is_metaclass(self, base: int) -> bool:
        return any(self.heap.regions[region].qual == "builtins.type" for region in self.lineage(base))
