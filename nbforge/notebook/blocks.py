"""Statements: which names they bind for certain, and which only on some path."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from nbforge.notebook.definitions import Definitions
from nbforge.notebook.effects import Part
from nbforge.notebook.heap import ELEMENTS, HIDDEN
from nbforge.notebook.paths import CATCHES, RESTORES, context_name, decided, never_runs, runs
from nbforge.notebook.regions import EMPTY, Value


class Blocks(Definitions):
    """Evaluation of statements. ``assigned`` follows the paths: what it holds in the end is bound for certain."""

    def __init__(self) -> None:
        super().__init__()
        self.returns: list[set[str]] = []
        self.divided = False  # what the statements inside of the one at hand do is recorded apart
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
            if self.divided and self.frame is None:
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
        divided, self.divided = self.divided, False
        self.run(body)
        self.divided = divided

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
        if handler.name:  # Python deletes it
            self.effects.unbinds.add(handler.name)
            self.sure.discard(handler.name)
            self.assigned.discard(handler.name)

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
