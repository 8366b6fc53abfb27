"""The state that evaluating statements works on: names, abstract objects, and the effects of the statement at hand."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbforge.notebook import purity
from nbforge.notebook.effects import Effects, Part
from nbforge.notebook.heap import HIDDEN, MODULE, Heap
from nbforge.notebook.presumption import Asked
from nbforge.notebook.regions import EMPTY, Frame, Value
from nbforge.notebook.routes import Names
from nbforge.notebook.scope import always_there
from nbforge.notebook.surroundings import MODULES, PLANTED, Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 2_000  # bodies of functions and loops that one statement may run
_SMALLEST = 100
_WORK = 200  # things looked at for each of these bodies


class TooInvolvedError(Exception):
    """A statement runs so much code that following it would take minutes."""


class Machine(Surroundings, Names):
    """State, and how names are read, bound and mutated."""

    def __init__(self) -> None:
        super().__init__()
        self.heap = Heap()
        self.tables = purity.tables()
        self.effects = Effects()
        self.part = Part()  # of the effects: what the code at hand does of them
        self.sure: set[str] = set()  # names that are bound, whatever way the notebook took so far
        self.frame: Frame | None = None
        self.weak = 0  # > 0 where the code may not run, or runs more than once
        self.unsure = 0  # > 0 in functions that were called from such code
        self.statement = 0
        self.spent = 0  # bodies that the statement at hand has run
        self.begun = 0  # the heap's work before it
        self.budget = _LARGEST
        self.presuming = False  # calls of unknown effect are judged by convention
        self.shows_last = False  # the statement is the last of its cell: the value of an expression is displayed
        self.asked: dict[int, Asked] = {}
        self.frames: dict[object, Frame] = {}
        self.closed_over: dict[int, Frame] = {}  # those that functions made by the statement at hand live in
        self.libraries: dict[str, Value] = {}
        self.modules: dict[str, Value] = {}
        self.taken: set[str] = set()  # names that a loop's body reads of functions around, or by their text
        self.submodules: set[str] = set()
        self.patched: dict[str, Value] = {}
        self.patchers: dict[str, Value] = {}  # of what they are attributes
        self.accessors: dict[str, Value] = {}  # classes of the notebook, by the attribute that a library makes them at
        self.finalizes = False  # a class of the notebook has `__del__`
        self.past: list[ast.stmt] = []  # the statements so far, the one at hand included
        self.heard = 0  # how many of them have been looked through for names in strings
        self.named: set[str] = set()
        self.referred: set[str] = set()
        self.parsed: dict[tuple[int, str], list[ast.stmt]] = {}

    def site(self, node: ast.AST | str, tag: object = "", **facts: object) -> int:
        """The region made by ``node`` in the current statement."""
        place = (self.statement, node if isinstance(node, str) else id(node), tag)
        known = self.heap.made.get(place)
        if known is not None:
            return self.heap.found(known)
        facts["single"] = self.frame is None and self.certain
        return self.heap.add(place, facts, lasting=False)

    def new(self, node: ast.AST, tag: object = "", **facts: object) -> Value:
        """:meth:`site` as a value."""
        return frozenset((self.site(node, tag, **facts),))

    def frame_of(self, node: ast.AST, outer: Frame | None) -> Frame:
        """The names of a body inside of ``outer``; the same when the place is evaluated again, so that loops end."""
        return self.frames.setdefault((id(node), id(outer)), Frame(parent=outer))

    @property
    def certain(self) -> bool:
        """Whether the code at hand runs for sure, once."""
        return not (self.weak or self.unsure)

    @contextmanager
    def maybe(self) -> Iterator[None]:
        """Code that may not run: its bindings add to what was there, and count as made only inside."""
        before = set(self.assigned)
        self.weak += 1
        with self.route():
            yield
        self.weak -= 1
        self.assigned = before

    def read(self, name: str) -> Value:
        """The value of ``name`` where the code at hand looks it up."""
        frame, inner = self.frame, True
        while frame is not None:
            if (inner or not frame.is_class) and name in frame.local:
                if not frame.is_class or name in frame.names:
                    if not inner:
                        self.taken.add(name)
                    return frame.names.get(name, EMPTY)
            elif name in frame.declared_global:
                break
            frame, inner = frame.parent, False
        module = self._module_around(self.frame)
        return self.read_global(name) if module is None else self._read_in_module(module, name)

    def _module_around(self, frame: Frame | None) -> Frame | None:
        """The names of the project's module whose code is at hand; ``None`` in the notebook's own code."""
        while frame is not None and frame.parent is not None:
            frame = frame.parent
        return frame if frame is not None and frame.module else None

    def _read_in_module(self, module: Frame, name: str) -> Value:
        if name in module.names:
            return module.names[name]
        if always_there(name):
            return self.external(f"builtins.{name}")
        return frozenset({self.heap.make(("unresolved", name), unknown=True)})

    def keep_in_module(self, module: Frame, name: str, value: Value) -> None:
        """A module holds its names; its functions and classes hold the module."""
        self.heap.link(module.module, name, value)
        self.heap.pinned |= value
        own = (region for region in value if self.heap.regions[region].kind in {"function", "class"})
        self.heap.link(own, MODULE, module.module)

    def read_global(self, name: str, certain: bool | None = None) -> Value:
        """The value of a name of the notebook, a builtin, or something unknown."""
        sure = self.certain if certain is None else certain
        self.heap.note("read", name, sure)
        self.part.reads.add(name)
        if name not in self.assigned:
            alone = sure and name not in self.effects.may_define
            self.effects.uses[name] = self.effects.uses.get(name, False) or alone
        if name in self.env:
            if self.set_so_far:
                self.touch_libraries(self.env[name])
            return self.env[name]
        if always_there(name):
            return self.external(f"builtins.{name}")
        made = frozenset({self.heap.make(("unresolved", name), unknown=True)})
        self.bind_name(name, made)
        return made

    def knows(self, name: str) -> bool:
        """Whether the notebook has bound ``name`` so far."""
        return name in self.env

    def bind(self, name: str, value: Value) -> None:
        """Bind ``name`` in the scope at hand."""
        frame = self.frame
        if frame is None or name in frame.declared_global:
            module = self._module_around(frame)
            if module is None:
                self.bind_global(name, value)
                return
            self._widen(module, name, value)
            self.heap.carried += 1
            self.keep_in_module(module, name, value)
            self.mutate(module.module)
            return
        if name in frame.nonlocals:
            owner = frame.parent
            while owner is not None and (owner.is_class or name not in owner.local):
                owner = owner.parent
            if owner is not None:
                self._widen(owner, name, value)
                self.heap.carried += 1
                self.heap.pinned |= value
                self.mutate(self._closing_over(owner))
        elif self.weak:
            self._widen(frame, name, value)
        else:
            frame.names[name] = value

    def _closing_over(self, owner: Frame) -> Iterator[int]:
        """The functions that see the names of ``owner``."""
        for region in self.heap.callables:
            function = self.heap.regions[region].function
            frame = function.around if function is not None else None
            while frame is not None and frame is not owner:
                frame = frame.parent
            if frame is owner:
                yield region

    def bind_global(self, name: str, value: Value) -> None:
        """Bind a name of the notebook."""
        if self.constants.pop(name, None) is not None:
            self.name_changed(name)
            self.heap.version += 1  # what went by it has to be looked at again
        self.bind_name(name, value | self.env.get(name, EMPTY) if self.recurses() else value)
        self.assigned.add(name)
        self.effects.may_define.add(name)
        self.part.writes.add(name)

    def unbind(self, name: str) -> None:
        """``del name``."""
        self.heap.note("other")
        declared = self.frame is not None and name in self.frame.declared_global
        if self.frame is None or (declared and self._module_around(self.frame) is None):
            self.read_global(name)
            self.assigned.add(name)
            self.effects.may_define.add(name)
            self.effects.unbinds.add(name)
            self.part.writes.add(name)
            self.sure.discard(name)
            if self.certain and name in self.env:
                self.forget_name(name)

    def recurses(self) -> bool:
        """Whether a function of the notebook that is at hand was called by itself."""
        raise NotImplementedError

    def _widen(self, frame: Frame, name: str, value: Value) -> None:
        old = frame.names.get(name, EMPTY)
        if not value <= old or name not in frame.names:
            frame.names[name] = old | value
            self.heap.version += 1

    def mutate(self, value: Iterable[int]) -> None:
        """Record that the objects in ``value`` change; every name that reaches them is updated."""
        value = frozenset(value)
        self.heap.note("mutate", value)
        value |= {owner for region in value if (owner := self.heap.regions[region].owner) is not None}
        changed = self.heap.names(value)
        self.effects.updates |= changed
        self.part.writes |= changed
        for region in value:
            if self.heap.regions[region].file:
                self.writes(self.heap.regions[region].file)

    def presume(self, value: Iterable[int], call: ast.Call) -> None:
        """Record that ``call`` is taken to leave the objects in ``value`` as they are."""
        self.heap.note("presume", frozenset(value), call)
        for name in self.heap.names(value):
            self.effects.presumed.setdefault(name, call)
            self.part.presumed.setdefault(name, call)

    def external(self, path: str) -> Value:
        """The function, class or module of a library at dotted ``path``."""
        if path == MODULES:
            self.use_hidden(PLANTED)
        if path in self.libraries:
            return self.libraries[path]
        region = self.heap.make(("external", path), kind="external", qual=path)
        found = self.libraries[path] = frozenset({region})
        if self.tables.function(path).acts or path in self.tables.words["prints"]:
            self.heap.handed.add(region)
        head, _, _ = path.rpartition(".")
        if head and head != "builtins" and path != "os.environ":  # variables are followed one by one
            owner = self.module(head)
            self.heap.link(owner, HIDDEN, found)
            if not self.tables.knows(head) and not purity.is_stdlib(head):
                # Its functions share state that nothing is known of.
                self.heap.link(found, HIDDEN, owner)
        return found

    def module(self, path: str) -> Value:
        """The module at dotted ``path``."""
        if path in self.modules:
            return self.modules[path]
        region = self.heap.make(("module", path), kind="module", qual=path)
        found = self.modules[path] = frozenset({region})
        head = path.rpartition(".")[0]
        if head:
            self.heap.link(self.module(head), HIDDEN, found)
        return found

    def seen_through(self, module: str) -> bool:
        """Whether ``module`` is one of the project whose source was read."""
        raise NotImplementedError

    def spend(self) -> None:
        """Count one more body that the statement at hand runs.

        Raises:
            TooInvolvedError: there were too many.
        """
        self.spent += 1
        self.check()

    def check(self) -> None:
        """Whether the statement at hand may go on.

        Raises:
            TooInvolvedError: it runs too many bodies, or looks at too much.
        """
        if self.spent > self.budget or self.heap.work - self.begun > self.budget * _WORK:
            self.budget = max(self.budget // 2, _SMALLEST)  # what it called may be called again
            raise TooInvolvedError

    def give_up(self, bound: Iterable[str], reason: str) -> None:
        """Nothing is known of what the statement did: any name may be changed, and reach what any other one reaches.

        Args:
            bound: the names that its text binds.
            reason: why it could not be followed.
        """
        self.frame, self.weak, self.unsure = None, 1, 0
        self.everything(reason)
        anything = frozenset({self.heap.make(("given up", self.statement), unknown=True)})
        for name in dict.fromkeys((*self.env, *sorted(bound))):
            self.bind_name(name, self.env.get(name, EMPTY) | anything)
        self.effects.may_define.update(bound)
        self.weak = 0

    def everything(self, reason: str) -> None:
        """The code at hand cannot be seen through: it may read, bind and mutate any name."""
        self.heap.note("other")
        self.effects.opaque = self.effects.opaque or reason
        self.heap.show(self.heap.callables)
        self.sure.clear()
        self.effects.touches.add("*")
        for name in self.env:
            self.effects.uses.setdefault(name, False)
        self.effects.updates |= set(self.env)
