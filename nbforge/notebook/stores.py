"""What objects are given to hold: elements and attributes, and what is put in the place of parts of libraries."""

from __future__ import annotations

from nbforge.notebook.heap import ELEMENTS
from nbforge.notebook.objects import Objects
from nbforge.notebook.regions import EMPTY, Value


class Stores(Objects):
    """Evaluation of ``base[...] = value`` and ``base.name = value``."""

    def store_element(self, base: Value, value: Value, key: str = "") -> None:
        """``base[...] = value``, under ``key`` where it is known."""
        if key and base and all(self.is_container(region) for region in base):
            self._store(base, key, value)
        else:
            self.heap.link(base, ELEMENTS, self._held_by_store(base, value))
            self.shift(base)
        self.mutate(base)
        self.call_back(base, base | value, only_special=True)

    def _store(self, base: Value, label: str, value: Value) -> None:
        """Store under ``label``; where it is sure which object that is, what was there is gone."""
        single = len(base) == 1 and all(r.single and not r.shifted for r in map(self.heap.regions.__getitem__, base))
        if single and self.frame is None and self.certain:
            self.heap.replace(min(base), label, value)
        else:
            for region in base:
                self.heap.place(region, label, value)

    def shift(self, value: Value) -> None:
        """Elements of containers may have come under other keys than they were."""
        for region in value:
            if self.is_container(region):
                self.heap.shift(region)

    def _held_by_store(self, base: Value, value: Value) -> Value:
        """What a store keeps a reference to: a frame copies the columns it is given, a container does not."""
        return frozenset(self.heap.held(value)) if self.are_frames(base) else value

    def patch(self, base: Value, name: str, value: Value) -> None:
        """Record what now stands at ``name`` of classes and modules of libraries."""
        owners = self.patchers.get(name, base) | base
        again = len(owners) == 1 and self.frame is None and self.certain and not self.caught
        self.patched[name] = value if again else self.patched.get(name, EMPTY) | value
        self.patchers[name] = owners

    def store_attribute(self, base: Value, name: str, value: Value) -> None:
        """``base.name = value``; patching a library's class or module can be seen from anywhere."""
        shown_only = tuple(self.tables.words.get("display_settings", ()))
        kinds = {self.heap.regions[region].kind for region in base}
        if base and all(f"{self.heap.regions[r].qual}.{name}".startswith(shown_only) for r in base):
            self.sets("display")
            return
        if all(self._plain_attribute(region, name) for region in base):
            self._store(base, name, value)
        else:
            self.heap.link(base, name, value)
        self.mutate(base)
        if kinds & {"external", "module"}:
            self.heap.note("other")
            self.touch(f"<attribute {name}>")
            self.patch(base, name, value)
            self.heap.carried += 1
            self.heap.pinned |= value
        self.call_attribute(base, "__setattr__", value)
        self.call_attribute(base, name, value)  # the setter of a property
        for region in base:
            self.call_attribute(self.class_attribute(region, name), "__set__", base | value)

    def _plain_attribute(self, region: int, name: str) -> bool:
        """Whether storing under ``name`` of an instance does nothing else, and reading it gives what was stored."""
        if self.heap.regions[region].kind != "instance":
            return False
        classes = self.heap.held({region}, "__class__")
        own = self.class_attribute(region, "__setattr__") or self.class_attribute(region, name) & self.heap.callables
        return bool(classes) and not self.heap.held(classes, "__bases__") and not own
