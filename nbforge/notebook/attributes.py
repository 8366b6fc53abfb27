"""Attributes that are asked for where nothing calls them at once: methods, and what libraries make of a frame."""

from __future__ import annotations

from nbforge.notebook.heap import HIDDEN
from nbforge.notebook.regions import EMPTY, Value
from nbforge.notebook.stores import Stores


class Attributes(Stores):
    """Evaluation of ``base.name``."""

    def attribute_object(self, base: Value, name: str) -> Value:
        """:meth:`attribute` where it is not called at once: a method that changes its object is one of its own."""
        if name in self.accessors and all(self.heap.regions[region].kind == "value" for region in base):
            self.use_hidden(f"<attribute {name}>")
            return self._accessors_made(base, name)
        found = self.attribute(base, name)
        for region in base:
            if self._is_changing_method(region, name):
                self.heap.note("other")
                made = self.site(f"<method {name}>", region, kind="method", qual=name, owner=region)
                self.heap.link({made}, HIDDEN, {region})
                found = (found - {region} if self.is_container(region) else found) | {made}
        return found

    def _accessors_made(self, base: Value, name: str) -> Value:
        """The objects of the notebook's classes that a library makes of ``base`` where ``base.name`` is asked for."""
        made: Value = EMPTY
        for cls in sorted(self.accessors[name]):
            self.heap.note("other")
            made |= {self.site(f"<accessor {name}>", (cls, base), kind="instance")}
            self.heap.link(made, "__class__", {cls})
        self.call_attribute(made, "__init__", base)
        return made

    def _is_changing_method(self, region: int, name: str) -> bool:
        """Whether ``name`` of ``region`` may be a method of a library's class that changes it."""
        own = self.heap.regions[region].kind
        if own not in {"container", "instance", "value"} or (own == "instance" and self.has(region, name)):
            return False
        kind = self.kind_of({region})
        rule = self.tables.kinds[kind].get(name) if kind == "frame" else self.tables.method(name, kind)
        return rule is not None and rule.known and not {"picture"}.issuperset(rule.changes)
