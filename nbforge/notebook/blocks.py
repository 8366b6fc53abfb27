"""Statements: which names they bind for certain, and which only on some path."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from nbforge.notebook.callbacks import Arguments
from nbforge.notebook.callee import path_name
from nbforge.notebook.effects import Part
from nbforge.notebook.heap import ELEMENTS, EMPTY, HIDDEN, Value
from nbforge.notebook.imports import Imports
from nbforge.notebook.paths import CATCHES, RESTORES, context_name, decided, never_runs, runs
from nbforge.notebook.scope import parameters
from nbforge.notebook.ways import Ways

_ACCESSOR = re.compile("register_(dataframe|index|series)_accessor")


class Blocks(Imports, Ways):
    """Evaluation of statements. ``assigned`` follows the paths: what it holds in the end is bound for certain."""

    def __init__(self) -> None:
        super().__init__()
        self.returns: list[set[str]] = []
        self._quoted = False  # the code at hand does not stand in the statement at hand
        self._runners: dict[type[ast.stmt], Callable[[Any], None]] = {}

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Run statements one after the other; what follows a ``return`` on the same level never runs."""
        for node in body:
            if self.left:
                return
            self.check()
            handler = self._runners.get(type(node))
            if handler is None:
                handler = self._runners[type(node)] = getattr(self, f"_do_{type(node).__name__.lower()}", self._nothing)
            if self.frame is None and not self._quoted:
                self._run_part(handler, node)
            else:
                handler(node)

    def _run_part(self, handler: Callable[[Any], None], node: ast.stmt) -> None:
        around = self.part
        self.part = self.effects.parts.setdefault(id(node), Part())
        try:
            handler(node)
        finally:
            self.part = around

    def run_top_level(self, body: list[ast.stmt]) -> None:
        """Run code that was found in a string or behind a magic."""
        outer, self._quoted = self._quoted, True
        self.run(body)
        self._quoted = outer

    def run_body(self, body: list[ast.stmt]) -> None:
        """Run a function's body: what it binds for certain is what it has bound at each of its ends."""
        outer_left, outer_returns = self.left, self.returns
        self.left, self.returns = False, []
        self.run(body)
        ends = self.returns if self.left else [*self.returns, self.assigned]
        self.assigned = set.intersection(*ends) if ends else set(self.assigned)
        self.left, self.returns = outer_left, outer_returns

    # Simple statements

    def _nothing(self, node: ast.stmt) -> None:
        """``pass``, ``global``, ``nonlocal``: scopes were read before."""

    def _do_expr(self, node: ast.Expr) -> None:
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        self.asked[id(value)] = "shown" if self.shows_last and self.frame is None and self.certain else "dropped"
        self.evaluate(node.value)

    def _do_assign(self, node: ast.Assign) -> None:
        targets = node.targets
        match targets, node.value:
            case [[ast.Tuple(elts=names)], ast.Tuple(elts=values)] if self._pairs(names, values):
                found = [self.evaluate(value) for value in values]
                for name, value in zip(names, found, strict=True):
                    self.assign(name, value)
                return
        value = self.evaluate(node.value)
        for target in targets:
            self.assign(target, value)
        text = self.literal(node.value)
        if text is not None and self.frame is None and self.certain:
            for target in targets:
                if isinstance(target, ast.Name):
                    self.constants[target.id] = text
                    self.name_changed(target.id)

    def _pairs(self, names: Sequence[ast.expr], values: Sequence[ast.expr]) -> bool:
        return len(names) == len(values) and not any(isinstance(item, ast.Starred) for item in (*names, *values))

    def _do_annassign(self, node: ast.AnnAssign) -> None:
        if self.frame is None or self.frame.is_class:
            self.evaluate(node.annotation)
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value))

    def _do_augassign(self, node: ast.AugAssign) -> None:
        added = self.evaluate(node.value)
        load: ast.expr = node.target
        if isinstance(load, ast.Name):
            old = self.read(load.id)
            if old:
                self.heap.link(old, ELEMENTS, self.element(added))
                self.shift(old)
                self.mutate(old)
                self.call_back(old, old | added, only_special=True)
            made = self.shallow_copy(node, old | added) if old | added else EMPTY
            self.bind(load.id, old | made)
        elif isinstance(load, ast.Attribute):
            base = self.evaluate(load.value)
            inner = self.attribute(base, load.attr)
            self.change_environ(inner)
            self.heap.link(inner, ELEMENTS, self.element(added))
            self.shift(inner)
            self.mutate(inner)
            self.store_attribute(base, load.attr, inner | added)
        elif isinstance(load, ast.Subscript):
            base = self.evaluate(load.value)
            key = self.evaluate(load.slice)
            inner = self.element(base)
            self.change_environ(base, load.slice)
            self.heap.link(inner, ELEMENTS, self.element(added))
            self.shift(inner)
            self.mutate(inner)
            self.store_element(base, inner | added | key)

    def _do_delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._delete(target)

    def _delete(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.let_go(name)
                self.unbind(name)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for inner in targets:
                    self._delete(inner)
            case ast.Attribute(value=base) | ast.Subscript(value=base):
                owner = self.evaluate(base)
                self.shift(owner)
                if isinstance(target, ast.Subscript):
                    self.evaluate(target.slice)
                    self.change_environ(owner, target.slice)
                self.mutate(owner)

    def _do_return(self, node: ast.Return) -> None:
        value = self.evaluate(node.value)
        if self.frame is not None:
            self.frame.result |= value
        self.returns.append(set(self.assigned))
        self.left = True

    def _do_raise(self, node: ast.Raise) -> None:
        self.evaluate(node.exc)
        self.evaluate(node.cause)
        self.left = True

    def _do_break(self, _: ast.stmt) -> None:
        self.left = True

    _do_continue = _do_break

    def _do_assert(self, node: ast.Assert) -> None:
        self.condition(node.test)
        if node.msg is not None:
            with self.maybe():
                self.evaluate(node.msg)

    # Definitions

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

    # Compound statements

    def _do_if(self, node: ast.If) -> None:
        self.condition(node.test)
        known = True if self._is_sure(node.test) else decided(node.test)
        if known is not None:
            self.run(node.body if known else node.orelse)
            return
        self.join(*self.one_of(lambda: self.run(node.body), lambda: self.run(node.orelse)))

    def _is_sure(self, test: ast.expr) -> bool:
        """Whether ``test`` asks for a name that is there for sure."""
        match test:
            case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In()], comparators=[space]):
                return name in self.sure and self.is_namespace(space)
        return False

    def _do_for(self, node: ast.For | ast.AsyncFor) -> None:
        items = self.iterate(self.evaluate(node.iter))
        steps = (lambda: self.assign(node.target, items), lambda: self.run(node.body))
        told = not self.knows("range")
        with self.choosing(node):
            end = self.loop(node, *steps) if not (told and never_runs(node)) else None
            if told and runs(node):
                self.assigned = end or self.assigned
        self.branch(lambda: self.run(node.orelse))

    _do_asyncfor = _do_for

    def _do_while(self, node: ast.While) -> None:
        self.condition(node.test)
        self.loop(node, lambda: self.run(node.body), lambda: void(self.condition(node.test)))
        self.branch(lambda: self.run(node.orelse))

    def _do_with(self, node: ast.With | ast.AsyncWith) -> None:
        swallows, settings = False, set(self.effects.settings)
        caught, self.caught = (
            self.caught,
            self.caught + any(context_name(i.context_expr) in CATCHES for i in node.items),
        )
        for item in node.items:
            context = self.evaluate(item.context_expr)
            swallows |= not self._lets_errors_through(item.context_expr)
            entered = self.call_attribute(context, "__enter__", EMPTY)
            self.call_attribute(context, "__exit__", EMPTY)
            if item.optional_vars is not None:
                self.assign(
                    item.optional_vars, context | (entered or EMPTY) | self.heap.parts(self.heap.held(context, HIDDEN))
                )
        if swallows:
            self.branch(lambda: self.run(node.body))
        else:
            self.run(node.body)
        self.caught = caught
        restored = {RESTORES.get(context_name(item.context_expr)) for item in node.items} - settings
        if restored & self.effects.settings:
            self.effects.settings -= restored
            self.memo.clear()  # outside of the block, the functions called in it do set them

    _do_asyncwith = _do_with

    def _lets_errors_through(self, node: ast.expr) -> bool:
        return context_name(node) in self.tables.words.get("contexts", ())

    def _do_try(self, node: ast.Try) -> None:
        body = self.branch(lambda: self.run(node.body), lambda: self.run(node.orelse))
        handlers = [self.branch(lambda handler=handler: self._handle(handler)) for handler in node.handlers]  # type: ignore[misc]
        before = set(self.assigned)
        self.join(body, *handlers)
        left, joined = self.left, self.assigned
        self.left, self.assigned = False, before
        self.run(node.finalbody)
        self.left, self.assigned = self.left or left, self.assigned | joined

    _do_trystar = _do_try

    def _handle(self, handler: ast.ExceptHandler) -> None:
        self.evaluate(handler.type)
        if handler.name:
            self.bind(handler.name, self.new(handler, unknown=False))
        self.run(handler.body)

    def _do_match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        ways: list[Callable[[], None]] = [partial(self._case, case, subject) for case in node.cases]
        last = node.cases[-1]
        whole = last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        self.join(*self.one_of(*ways, *([] if whole else [void])))

    def _case(self, case: ast.match_case, subject: Value) -> None:
        for name, value in self.capture(case.pattern, subject).items():
            self.bind(name, value)
        self.condition(case.guard)
        self.run(case.body)


def void(*_: object) -> None:
    """Take values and do nothing with them."""
