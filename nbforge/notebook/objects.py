"""What objects hold and give: attributes, elements, copies, stores."""

from __future__ import annotations

import ast
from dataclasses import replace

from nbforge.notebook.heap import DATA, ELEMENTS, EMPTY, HIDDEN, Value
from nbforge.notebook.machine import Machine

_DEEPEST = 5
_IN_BUILTINS = 2


def _too_deep(path: str, name: str) -> bool:
    """Whether ``name`` of what is at ``path`` in a library is taken for the same thing: too deep, or round again."""
    if path.startswith("builtins."):
        return path.count(".") >= _IN_BUILTINS
    return path.count(".") > _DEEPEST or name in path.split(".")[1:]


class Objects(Machine):
    """Operations on values, whatever expression asks for them."""

    def call_back(self, value: Value, arguments: Value, only_special: bool = False) -> Value:
        """Functions of the notebook within reach of ``value`` may be called."""
        raise NotImplementedError

    def call_attribute(self, receiver: Value, name: str, arguments: Value) -> Value | None:
        """Call a method that classes of the notebook define, as the language does (``__enter__``, properties)."""
        raise NotImplementedError

    def shallow_copy(
        self, node: ast.AST, value: Value, tag: str = "copy", contained: bool = True, qual: str = ""
    ) -> Value:
        """A new object that holds what ``value`` holds.

        Args:
            node: where it is made.
            value: what is copied.
            tag: what tells it apart from others made there.
            contained: of containers it is one itself.
            qual: the kind of it, where that is known; of frames it is a frame.
        """
        containers = contained and {self.heap.regions[region].kind for region in value} == {"container"}
        if self.are_frames(value):
            qual = "frame"
        made = self.new(node, tag, kind="container" if containers else "value", qual=qual)
        for region in value - made:
            for label, members in list(self.heap.fields[region].items()):
                self.heap.link(made, label, members)
        return made

    def attribute(self, base: Value, name: str) -> Value:
        """What ``base.name`` may be."""
        found: Value = EMPTY
        for region in base:
            found |= self._attribute_of(region, name)
        if name in self.patched:
            self.use_hidden(f"<attribute {name}>")
            found |= self.patched[name]
        elif base and any(r.kind == "module" for r in map(self.heap.regions.__getitem__, self.env.get(name, EMPTY))):
            # `import hvplot.pandas` adds `.hvplot` to frames.
            self.read_global(name, certain=False)
        return found

    def _attribute_of(self, region: int, name: str) -> Value:
        facts = self.heap.regions[region]
        held = frozenset(self.heap.held({region}, name))
        if facts.kind in {"module", "external"}:
            if _too_deep(facts.qual, name):
                return held | {region}  # code that goes on from attribute to attribute has to end
            path = f"{facts.qual}.{name}"
            if held and self.seen_through(facts.qual):
                return held
            if path in self.submodules:
                self.use_hidden(f"<module {path}>")
                return held | self.module(path)
            return held | self.external(path)
        if facts.kind == "instance":
            mine = held | self._bound(region, self.class_attribute(region, name) - held)
            if mine or name in self.heap.fields[region]:
                return mine | (self.call_attribute(frozenset({region}), name, EMPTY) or EMPTY)
            made = self.call_attribute(frozenset({region}), "__getattr__", EMPTY) or EMPTY
            return made | self.heap.parts(self.heap.held({region}, HIDDEN)) | {region}
        if facts.kind == "class":
            return held | self.class_attribute(region, name) or frozenset({region})
        if name in self.tables.words.get("immutable_attributes", ()):
            return EMPTY
        if facts.qual == "frame" and name in self.tables.words["style_attributes"]:
            made = frozenset({self.heap.make((self.statement, region, name), qual="style")})
            self.heap.link(made, DATA, {region})
            return made
        return held | self.heap.parts(self.heap.held({region}, name, HIDDEN, DATA)) | {region}

    def _bound(self, region: int, found: Value) -> Value:
        """What a class has, taken from an instance: its functions become methods of that."""
        taken = set(found)
        for item in found:
            function = self.heap.regions[item].function
            if function is not None and not function.bound:
                method = replace(function, bound=frozenset({region}))
                made = self.heap.make(("bound", region, item), kind="function", function=method)
                self.heap.link({made}, HIDDEN, {region, item})
                taken = (taken - {item}) | {made}
        return frozenset(taken)

    def class_attribute(self, region: int, name: str) -> Value:
        """``name`` as the classes of ``region`` (an instance or a class) define it."""
        found: set[int] = set()
        seen = {region}
        stack = [region]
        while stack:
            current = stack.pop()
            found |= self.heap.held({current}, name)
            fresh = self.heap.held({current}, "__class__", "__bases__") - seen
            seen |= fresh
            stack.extend(fresh)
        return frozenset(found)

    def is_container(self, region: int) -> bool:
        """Whether reading an element of ``region`` never gives a view of it."""
        return self.heap.regions[region].kind == "container"

    def element(self, base: Value) -> Value:
        """One element of ``base``: held by it or, unless it is a container made here, a view of it."""
        inner = self.heap.parts(self.heap.held(base, ELEMENTS, HIDDEN, DATA))
        return inner | frozenset(region for region in base if not self.gives_new(region))

    def gives_new(self, region: int) -> bool:
        """Whether an element of ``region`` is no view of it: of containers made here, and of ``np.c_`` and its kind."""
        facts = self.heap.regions[region]
        return self.is_container(region) or (facts.kind == "external" and self.tables.knows(facts.qual))

    def elements(self, base: Value) -> Value:
        """What iterating over ``base`` yields; iterators are used up."""
        return self.iterate(base)

    def iterate(self, base: Value) -> Value:
        """What a loop over ``base`` binds."""
        used = {region for region in base if self.heap.regions[region].iterator or self.heap.regions[region].unknown}
        if any(self.heap.regions[region].iterator for region in base):  # such as `zip` of others, which it uses up
            used |= {region for region in self.heap.reach(base) if self.heap.regions[region].iterator}
        if used:
            self.mutate(used)
        result = self.call_back(base, base, only_special=not any(self.heap.regions[r].iterator for r in base))
        return result | self.element(base)

    def store_element(self, base: Value, value: Value) -> None:
        """``base[...] = value``."""
        self.heap.link(base, ELEMENTS, self._held_by_store(base, value))
        self.mutate(base)
        self.call_back(base, base | value, only_special=True)

    def _held_by_store(self, base: Value, value: Value) -> Value:
        """What a store keeps a reference to: a frame copies the columns it is given, a container does not."""
        return frozenset(self.heap.held(value)) if self.are_frames(base) else value

    def are_frames(self, value: Value) -> bool:
        """Whether all of ``value`` are known to be frames or columns of pandas, which keep no key they are given."""
        return bool(value) and all(self.heap.regions[region].qual == "frame" for region in value)

    def store_attribute(self, base: Value, name: str, value: Value) -> None:
        """``base.name = value``; patching a library's class or module can be seen from anywhere."""
        shown_only = tuple(self.tables.words.get("display_settings", ()))
        kinds = {self.heap.regions[region].kind for region in base}
        if base and all(f"{self.heap.regions[r].qual}.{name}".startswith(shown_only) for r in base):
            return
        self.heap.link(base, name, value)
        self.mutate(base)
        if kinds & {"external", "module"}:
            self.touch(f"<attribute {name}>")
            self.patched[name] = self.patched.get(name, EMPTY) | value
        self.call_attribute(base, "__setattr__", value)
        self.call_attribute(base, name, value)  # the setter of a property
