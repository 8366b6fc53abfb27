"""What a call does: functions of the notebook are seen through, those of libraries are looked up."""

from __future__ import annotations

import ast
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from nbforge.notebook.callbacks import Arguments
from nbforge.notebook.callee import argument
from nbforge.notebook.giving import Giving
from nbforge.notebook.heap import ELEMENTS, HIDDEN
from nbforge.notebook.hidden import STDOUT
from nbforge.notebook.regions import EMPTY, Frame, Function, Value
from nbforge.notebook.scope import parameters


@dataclass(slots=True)
class Active:
    """A function of the notebook while its body is evaluated; recursion joins its arguments to the outermost call's."""

    frame: Frame
    parameters: dict[str, Value]
    run: int
    recursed: bool = False  # it was called while its body was evaluated: its arguments and result may be incomplete
    grown: bool = False


class Calls(Giving):
    """Evaluation of calls."""

    def __init__(self) -> None:
        super().__init__()
        self.active: dict[int, Active] = {}
        self.memo: dict[object, tuple[object, Value, int]] = {}
        self.calls_made: dict[int, ast.Call] = {}

    def run_body(self, body: list[ast.stmt]) -> None:
        """Run the statements of a function."""
        raise NotImplementedError

    def recurses(self) -> bool:
        """Whether a function of the notebook that is at hand was called by itself."""
        return any(running.recursed for running in self.active.values())

    # Calls as written

    def call(self, node: ast.Call) -> Value:
        """The value of a call as written."""
        special = self.special_form(node)
        if special is not None:
            return special
        if isinstance(node.func, ast.Attribute) and not self._super(node.func.value):
            receiver = self.evaluate(node.func.value)
            at_once = isinstance(node.func.value, ast.Constant) and node.func.attr == "join"
            return self._method(node, receiver, node.func.attr, self.arguments_of(node, at_once=at_once))
        if isinstance(node.func, ast.Attribute):
            return self._super_method(node, node.func.attr, self.arguments_of(node))
        callee = self.evaluate(node.func)
        outer, self.showing = self.showing, self.showing or self._shows(node)
        arguments = self.arguments_of(node, at_once=self.reads_at_once(callee))
        self.showing = outer
        if self._prints_elsewhere and not outer and self._prints(node):
            self.spell(arguments.everything)
        return self.call_value(node, callee, arguments)

    def _prints(self, node: ast.Call) -> bool:
        return isinstance(node.func, ast.Name) and node.func.id == "print"

    def _shows(self, node: ast.Call) -> bool:
        """Whether a call prints to the screen."""
        return self._prints(node) and not self._prints_elsewhere and argument(node, "file") is None

    @property
    def _prints_elsewhere(self) -> bool:
        """Whether what is printed goes elsewhere."""
        return self.caught > 0 or STDOUT in self.patched

    def call_value(self, node: ast.Call, callee: Value, arguments: Arguments) -> Value:
        """Call whatever ``callee`` may be."""
        result: Value = EMPTY
        for region in sorted(callee):
            self.check()
            with self._one_of(callee):
                result |= self._call_object(node, region, arguments)
        return result

    def _call_object(self, node: ast.Call, region: int, arguments: Arguments) -> Value:
        facts = self.heap.regions[region]
        if facts.function is not None:
            return self.apply(facts.function, arguments, EMPTY)
        if facts.kind == "class":
            return self._instantiate(node, region, arguments)
        if facts.kind == "instance":
            return self._method(node, frozenset({region}), "__call__", arguments)
        if facts.kind == "method":
            owner = EMPTY if facts.owner is None else frozenset({facts.owner})
            return self.call_method(node, owner, facts.qual, arguments.everything, EMPTY)
        if facts.kind in {"external", "module"}:
            return self.call_library(node, facts.qual, region, arguments.everything)
        return self.call_unknown(node, frozenset({region}), arguments.everything)

    def _one_of(self, candidates: Collection[int]) -> AbstractContextManager[None]:
        """Where there are several, one of them is called, and the others are not."""
        return self.maybe() if len(candidates) > 1 else nullcontext()

    def _method(self, node: ast.Call, receiver: Value, name: str, arguments: Arguments) -> Value:
        result: Value = EMPTY
        others: set[int] = set()
        for region in sorted(receiver):
            self.check()
            facts = self.heap.regions[region]
            if facts.kind in {"module", "external"}:
                result |= self.call_value(node, self.attribute(frozenset({region}), name), arguments)
                continue
            if facts.kind not in {"instance", "class"}:
                others.add(region)
                continue
            own = self.class_attribute(region, name)
            several = receiver if len(receiver) > 1 else own
            functions = {r: made for r in sorted(own) if (made := self.heap.regions[r].function) is not None}
            for function in functions.values():
                bound = frozenset({region}) if facts.kind == "instance" or not function.plain else EMPTY
                with self._one_of(several):
                    result |= self.apply(function, arguments, bound)
            if own - functions.keys():
                with self._one_of(several):
                    result |= self.call_value(node, own - functions.keys(), arguments)
            if not own:
                others.add(region)
        if name in self.patched:
            self.use_hidden(f"<attribute {name}>")
            result |= self.call_back(self.patched[name], receiver | arguments.everything)
        if others or not receiver:
            known = self.attribute(frozenset(others), name) if others else EMPTY
            result |= self.call_method(node, frozenset(others), name, arguments.everything, known)
        return result

    def _super(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"

    def _super_method(self, node: ast.Call, name: str, arguments: Arguments) -> Value:
        """``super().name(...)``: any class above may be meant."""
        frame = self.frame
        while frame is not None and frame.parent is not None and not frame.names:
            frame = frame.parent
        myself = next(iter(frame.names.values()), EMPTY) if frame is not None else EMPTY
        result: Value = EMPTY
        for region in myself:
            above = self.class_attribute(region, name)
            for item in above:
                function = self.heap.regions[item].function
                if function is not None and id(function.node) not in self.active:
                    with self._one_of(myself if len(myself) > 1 else above):
                        result |= self.apply(function, arguments, frozenset({region}))
        if name == "__init__":
            self.heap.link(myself, HIDDEN, arguments.everything)
            return result
        return result | self.call_method(node, myself, name, arguments.everything, EMPTY)

    def _instantiate(self, node: ast.Call, cls: int, arguments: Arguments) -> Value:
        made = self.new(node, ("instance", cls), kind="instance")
        self.heap.link(made, "__class__", {cls})
        found = EMPTY
        for name in ("__new__", "__init__", "__post_init__"):
            functions = self.class_attribute(cls, name)
            found |= functions
            for region in functions:
                function = self.heap.regions[region].function
                if function is not None:
                    with self._one_of(functions):
                        self.apply(function, Arguments() if name == "__post_init__" else arguments, made)
        if not found or self.heap.held({cls}, "__bases__"):
            self.heap.link(made, HIDDEN, arguments.everything)
            for keyword, value in arguments.keywords:
                self.heap.link(made, keyword, value)
        return made

    # Functions of the notebook

    def apply(self, function: Function, arguments: Arguments, bound: Value = EMPTY) -> Value:
        """Run a function's body on ``arguments``, and return what it returns."""
        if function.given is not None:
            return self._run(function, dict(function.given))
        bound = bound or function.bound
        if not function.plain:
            # A decorator stands between: what goes to which parameter is not known.
            arguments, bound = Arguments(spread=arguments.everything | bound), EMPTY
        values = self._match(function, arguments, bound)
        return self._run(function, values)

    def _match(self, function: Function, arguments: Arguments, bound: Value) -> dict[str, Value]:
        args = function.node.args
        defaults = dict(function.defaults)
        names = [arg.arg for arg in parameters(args)]
        values = {name: defaults.get(name, EMPTY) | arguments.spread for name in names}
        ordered = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        given = ([bound] if bound else []) + list(arguments.positional)
        values.update(zip(ordered, given, strict=False))
        rest = arguments.spread.union(*given[len(ordered) :])
        for keyword, value in arguments.keywords:
            if keyword in values:
                values[keyword] = value
            else:
                rest |= value
        for packed in (args.vararg, args.kwarg):
            if packed is not None:
                made = self.new(packed, kind="container")
                self.heap.link(made, ELEMENTS, rest)
                values[packed.arg] = made
        return values

    def _run(self, function: Function, values: dict[str, Value]) -> Value:
        node = function.node
        running = self.active.get(id(node))
        if running is not None:
            running.recursed = True
            self.known_since(running.run)
            for name, value in values.items():
                if not value <= running.parameters.get(name, EMPTY):
                    running.parameters[name] = running.parameters.get(name, EMPTY) | value
                    running.grown = True
            return running.frame.result
        key = (
            id(node),
            id(function.around),
            tuple(values.items()),
            frozenset(self.assigned),
            self.certain,
            self.statement,
            id(self.part),
        )
        learnt, known, run = self.memo.get(key, (None, EMPTY, 0))
        if learnt == self.learnt:
            self.known_since(run)
            return known
        run = self.runs + 1
        result = self.summed(function, values, key)
        self.memo[key] = (self.learnt, result, run)
        return result

    def is_active(self, nodes: frozenset[int]) -> bool:
        """Whether one of the functions is being run."""
        return not nodes.isdisjoint(self.active)

    def evaluate_body(self, function: Function, values: dict[str, Value], key: object) -> Value:
        """Run a body in the frame of ``key``."""
        self.spend()
        scope, node = self.scope_of(function.node), function.node
        outer, weak = self.frame, self.weak
        frame = self.frames.setdefault(key, Frame())
        frame.local, frame.declared_global = scope.local, scope.declared_global
        frame.nonlocals, frame.parent = scope.nonlocals, function.around
        running = self.active[id(node)] = Active(frame, dict(values), self.runs)
        self.unsure += weak > 0
        self.weak, self.frame = 0, frame
        try:
            while True:
                before, running.grown = frame.result, False
                self._enter(frame, running.parameters)
                if isinstance(node, ast.Lambda):
                    frame.result |= self.evaluate(node.body)
                else:
                    self.run_body(node.body)
                if not running.recursed or (not running.grown and frame.result == before):
                    break
                self.answered += 1
        finally:
            del self.active[id(node)]
            self.frame, self.weak = outer, weak
            self.unsure -= weak > 0
        later = scope.is_generator or isinstance(node, ast.AsyncFunctionDef)
        return self._generator(function, frame, running.parameters) if later else frame.result

    def _enter(self, frame: Frame, values: dict[str, Value]) -> None:
        """Bind the parameters; in a frame that calls share, to what any of them gives."""
        if self.wanted is None:
            frame.names.update(values)
            return
        for name, value in values.items():
            known = frame.names.get(name, EMPTY)
            self.answered += not value <= known
            frame.names[name] = known | value

    def _generator(self, function: Function, frame: Frame, values: dict[str, Value]) -> Value:
        """A generator, or a coroutine: its body runs on when it is read, so whoever reads it calls the function."""
        made = self.new(function.node, "generator", kind="container", iterator=True)
        self.heap.note("other")
        given = tuple(values.items())
        again = self.new(function.node, ("again", given), kind="function", function=replace(function, given=given))
        self.heap.pinned = self.heap.pinned.union(*values.values())
        self.heap.link(made, ELEMENTS, frame.result)
        self.heap.link(made, HIDDEN, again.union(*frame.names.values()))
        return made

    def call_attribute(self, receiver: Value, name: str, arguments: Value) -> Value | None:
        """A method or property that a class of the notebook defines, called by the language itself."""
        result: Value | None = None
        for region in receiver:
            if self.heap.regions[region].kind != "instance":
                continue
            for item in self.class_attribute(region, name):
                function = self.heap.regions[item].function
                if function is not None and (name.startswith("__") or not function.plain):
                    given = Arguments(spread=arguments)
                    result = (result or EMPTY) | self.apply(function, given, frozenset({region}))
        return result
