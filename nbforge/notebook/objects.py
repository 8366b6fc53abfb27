"""What objects hold and give: attributes, elements, copies, stores."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace
from functools import cache

from nbforge.notebook.heap import DATA, ELEMENTS, HIDDEN
from nbforge.notebook.machine import Machine
from nbforge.notebook.purity import is_stdlib
from nbforge.notebook.regions import EMPTY, Value

_DEEPEST = 5
_TEXTS_OF_CLASSES = frozenset({"__doc__", "__module__", "__name__", "__qualname__"})
_IN_BUILTINS = 2
_MAY_HAVE_ANY = (ELEMENTS, HIDDEN, "__dict__", "__getattr__", "__getattribute__", "__new__")
"""What an object or a class of it has where the object may have attributes that nothing else shows."""


@cache
def _too_deep(path: str, name: str) -> bool:
    """Whether ``name`` of what is at ``path`` in a library is taken for the same thing: too deep, or round again."""
    if path.startswith("builtins."):
        return path.count(".") >= _IN_BUILTINS
    return path.count(".") > _DEEPEST or name in path.split(".")[1:]


class Objects(Machine):
    """Operations on values, whatever expression asks for them."""

    def call_back(self, value: Value, arguments: Value, only_special: bool = False, named: bool = True) -> Value:
        """Functions of the notebook within reach of ``value`` may be called."""
        raise NotImplementedError

    def hand_over(self, value: Value, arguments: Value | None = None) -> Value:
        """What ``value`` holds of libraries may be called, with ``arguments`` or what ``value`` holds."""
        raise NotImplementedError

    def call_attribute(self, receiver: Value, name: str, arguments: Value) -> Value | None:
        """Call a method that classes of the notebook define, as the language does (``__enter__``, properties)."""
        raise NotImplementedError

    def let_go(self, name: str) -> None:
        """``name`` will not stand for what it stood for."""
        value = self.env.get(name, EMPTY) if self.finalizes else EMPTY
        if any(self.class_attribute(region, "__del__") for region in value):
            with self.maybe():
                self.call_attribute(self.read(name), "__del__", EMPTY)

    def taken_whole(self, value: Value) -> None:
        """All that ``value`` holds may be looked at."""
        raise NotImplementedError

    def shallow_copy(
        self, node: ast.AST, value: Value, tag: str = "copy", contained: bool = True, qual: str | None = None
    ) -> Value:
        """A new object that holds what ``value`` holds.

        Args:
            node: where it is made.
            value: what is copied.
            tag: what tells it apart from others made there.
            contained: of containers it is one itself.
            qual: the kind of it, where that is known; else, of frames, it is a frame.
        """
        containers = contained and bool(value) and all(self.is_container(region) for region in value)
        if qual is None:
            qual = "frame" if self.are_frames(value) else ""
        kind = "container" if containers else "value"
        made = self.new(node, tag, kind=kind, qual=qual, library=self.library_of(value), shifted=True)
        held: dict[str, set[int]] = {}
        for region in value - made:
            for label, members in self.heap.fields[region].items():
                held.setdefault(label, set()).update(members)
        for label, members in held.items():
            if members:
                self.heap.place(min(made), label, members)
        return made

    def library_of(self, value: Value) -> str:
        """Whose code made all of ``value``, where that is known."""
        found = {self.heap.regions[region].library for region in value}
        return found.pop() if len(found) == 1 else ""

    def attribute(self, base: Value, name: str) -> Value:
        """What ``base.name`` may be."""
        found: Value = EMPTY
        others: set[int] = set()
        for region in base:
            own = self._attribute_of(region, name)
            if own is None:
                others.add(region)
            else:
                found |= own
        found = found.union(others, self.heap.parts(self.heap.held(others, name, HIDDEN, DATA)))
        if name in self.patched:
            self.use_hidden(f"<attribute {name}>")
            found |= self.patched[name]
        elif base and name in self.env and self._is_foreign_module(name):
            # `import hvplot.pandas` adds `.hvplot` to frames.
            self.read_global(name, certain=False)
        return found

    def kind_of(self, value: Collection[int]) -> str:
        """What all of ``value`` is known to be: ``frame``, ``picture``, ...; empty where it is not known."""
        if len(value) == 1:
            (region,) = value
            facts = self.heap.regions[region]
            return facts.qual if facts.kind == "value" else facts.kind
        known = [self.heap.regions[region] for region in value]
        kinds = {facts.qual if facts.kind == "value" else facts.kind for facts in known}
        return kinds.pop() if len(kinds) == 1 else ""

    def _is_foreign_module(self, name: str) -> bool:
        """Whether ``name`` is a module that may have added something to classes of others: none of Python does."""
        facts = (self.heap.regions[region] for region in self.env[name])
        return any(one.kind == "module" and not is_stdlib(one.qual) for one in facts)

    def _attribute_of(self, region: int, name: str) -> Value | None:
        """What is known of an attribute of ``region``; ``None`` where it may be anything that ``region`` holds."""
        facts = self.heap.regions[region]
        held = frozenset(self.heap.fields[region].get(name, ()))
        if facts.kind in {"module", "external"}:
            if _too_deep(facts.qual, name):
                return held | {region}  # code that goes on from attribute to attribute has to end
            path = f"{facts.qual}.{name}"
            if name in self.heap.fields[region] and self.seen_through(facts.qual):
                return held
            if path in self.submodules:
                self.use_hidden(f"<module {path}>")
                return held | self.module(path)
            return held | self.external(path)
        if facts.kind in {"instance", "class"}:
            return self._own_attribute(region, name, held)
        if name in self.tables.words.get("immutable_attributes", ()):
            return EMPTY
        if facts.qual == "frame" and name in self.tables.words["style_attributes"]:
            made = frozenset({self.heap.make((self.statement, region, name), qual="style")})
            self.heap.link(made, DATA, {region})
            return made
        if facts.qual == "frame" and name in self.tables.words["label_attributes"]:
            return held | {self.heap.make(("labels", region, name), qual="labels", owner=region)}
        if not self.heap.fields[region]:
            return frozenset({region})
        return None

    def _own_attribute(self, region: int, name: str, held: Value) -> Value:
        """What an instance or a class of the notebook has."""
        if self.heap.regions[region].kind == "class":
            found = held | self.class_attribute(region, name)
            known = found or self.has(region, name) or name in _TEXTS_OF_CLASSES
            return found if known else frozenset({region})
        held |= self.heap.elements({region})  # by way of `__dict__`, or a name that is not known
        found = self.class_attribute(region, name)
        mine = held | self._bound(region, found - held)
        if found:
            mine |= self.call_attribute(found, "__get__", frozenset({region})) or EMPTY
        if mine or self.has(region, name):
            return mine | (self.call_attribute(frozenset({region}), name, EMPTY) or EMPTY)
        if self._lacks(region, name):
            return EMPTY
        made = self.call_attribute(frozenset({region}), "__getattr__", EMPTY) or EMPTY
        return made | self.heap.parts(self.heap.held({region}, HIDDEN)) | {region}

    def _lacks(self, region: int, name: str) -> bool:
        """Whether an instance, whose classes do not define ``name``, does not have it for sure."""
        heap, lineage = self.heap, self.lineage(region)
        if name.startswith("__") or region in heap.seen_elsewhere or not lineage.isdisjoint(heap.libraries):
            return False
        return not any(label in heap.fields[each] for each in lineage for label in _MAY_HAVE_ANY)

    def written_out(self, region: int) -> bool:
        """Whether a region stands for instances of classes that the notebook defines from nothing else."""
        return self.heap.regions[region].kind == "instance" and self.lineage(region).isdisjoint(self.heap.libraries)

    def _bound(self, region: int, found: Value) -> Value:
        """What a class has, taken from an instance: its functions become methods of that."""
        taken = set(found)
        for item in found:
            function = self.heap.regions[item].function
            if function is not None and not function.bound:
                method = replace(function, bound=frozenset({region}))
                self.heap.pinned.add(region)
                made = self.heap.make(("bound", region, item), kind="function", function=method)
                self.heap.link({made}, HIDDEN, {region, item})
                taken = (taken - {item}) | {made}
        return frozenset(taken)

    def class_attribute(self, region: int, name: str) -> Value:
        """``name`` as the classes of ``region`` (an instance or a class) define it."""
        return frozenset(self.heap.held(self.lineage(region), name))

    def has(self, region: int, name: str) -> bool:
        """Whether ``region`` or a class of it has ``name``, if only with a value that cannot change."""
        return any(name in self.heap.fields[owner] for owner in self.lineage(region))

    def lineage(self, region: int) -> set[int]:
        """``region``, its classes and theirs."""
        seen = {region}
        stack = [region]
        while stack:
            fresh = self.heap.held({stack.pop()}, "__class__", "__bases__") - seen
            seen |= fresh
            stack.extend(fresh)
        return seen

    def is_container(self, region: int) -> bool:
        """Whether reading an element of ``region`` never gives a view of it."""
        return self.heap.regions[region].kind == "container"

    def element(self, base: Value, key: str = "") -> Value:
        """One element of ``base``, the one under ``key`` if that is given: held by it or, unless it is a container made
        here, a view of it.
        """
        whole = self._sources(base, key)
        containers = frozenset(region for region in whole if self.is_container(region))
        direct = self.heap.elements(containers & base, key) | self.heap.elements(containers - base)
        others = whole - containers
        inner = self.heap.parts(self.heap.held(whole, HIDDEN, DATA) | self.heap.elements(others))
        return inner | direct | {region for region in others if not self.gives_new(region)}

    def _sources(self, base: Value, key: str) -> Value:
        """``base`` and all that it takes its elements from, or the one under ``key``."""
        if self.heap.taking.isdisjoint(base):
            return base
        found, fresh = base, frozenset(self.heap.sources(base, key)) - base
        while fresh:
            found |= fresh
            fresh = frozenset(self.heap.sources(fresh)) - found
        return found

    def gives_new(self, region: int) -> bool:
        """Whether an element of ``region`` is no view of it: of containers here, labels, ``np.c_`` and its kind.

        Functions have no elements at all.
        """
        facts = self.heap.regions[region]
        apart = facts.qual == "labels" or facts.kind == "function" or self.is_container(region)
        return apart or (facts.kind == "external" and self.tables.knows(facts.qual))

    def elements(self, base: Value) -> Value:
        """What iterating over ``base`` yields; iterators are used up."""
        return self.iterate(base)

    def iterate(self, base: Value) -> Value:
        """What a loop over ``base`` binds."""
        self.taken_whole(base)
        used = {region for region in base if self.heap.regions[region].iterator or self.heap.regions[region].unknown}
        iterates = not base.isdisjoint(self.heap.iterators)
        if iterates:  # such as `zip` of others, which it uses up
            used |= self.heap.reach(base) & self.heap.iterators
        if used:
            self.mutate(used)
        foreign = any(self.heap.regions[region].library for region in base)
        given = base
        if iterates and not any(self.heap.regions[region].unknown for region in base):
            given = self.heap.parts(base) - (base & self.heap.iterators)
        result = self.call_back(base, given, only_special=not iterates, named=foreign)
        if iterates:
            result |= self.hand_over(base, given)
        return result | self.element(base)

    def are_frames(self, value: Value) -> bool:
        """Whether all of ``value`` are known to be frames or columns of pandas, which keep no key they are given."""
        return bool(value) and all(self.heap.regions[region].qual == "frame" for region in value)
