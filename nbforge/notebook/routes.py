"""What names are bound to on each way that a run may take through a statement.

On its way, code finds what it bound last. Where ways meet, a name may be what any of them bound it to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from nbforge.notebook.heap import Heap
from nbforge.notebook.regions import EMPTY, Value


@dataclass(slots=True)
class Route:
    """One way: for each name that is bound on it, the value before (``None``: it had none) and all values on it.

    ``grew``, known at its end: names have got values that they did not have before it.
    """

    before: dict[str, Value | None] = field(default_factory=dict)
    bound: dict[str, Value] = field(default_factory=dict)
    grew: bool = False

    def all_of(self, name: str) -> Value:
        """The value of ``name`` before, and all that it was bound to."""
        return self.bound[name] | (self.before[name] or EMPTY)


@dataclass(slots=True)
class End:
    """What names were bound to at the end of a route; ``reached``: a run may go on from there."""

    route: Route
    values: dict[str, Value]
    reached: bool

    def value(self, name: str, before: Value | None) -> Value:
        """What ``name`` may be for whoever comes this way, or left it on its way."""
        if name not in self.values:
            return before or EMPTY
        return self.values[name] if self.reached else self.route.all_of(name)


class Names:
    """The notebook's names: what each is bound to."""

    heap: Heap

    def __init__(self) -> None:
        self.env: dict[str, Value] = {}
        self.routes: list[Route] = []
        self.rebinds = 0  # how often a name was bound to another value
        self.rebound: set[str] = set()  # names that the body of the innermost loop rebinds

    def bind_name(self, name: str, value: Value) -> None:
        """Bind ``name`` where the code at hand stands."""
        self.heap.note("other")
        if self.routes:
            route = self.routes[-1]
            route.before.setdefault(name, self.env.get(name))
            route.bound[name] = route.bound.get(name, EMPTY) | value
        self._put(name, value)

    def forget_name(self, name: str) -> None:
        """``name`` has no value any more."""
        self._put(name, EMPTY)
        del self.env[name]
        self.name_changed(name)

    @contextmanager
    def route(self) -> Iterator[Route]:
        """Code that may not run to its end, or not at all."""
        route = Route()
        self.routes.append(route)
        try:
            yield route
        finally:
            self._close(route)

    def _close(self, route: Route) -> None:
        self.routes.pop()
        for name in route.before:
            value = route.all_of(name)
            route.grew |= value != route.before[name]
            self._carry(name, route.before[name], value)

    def end(self, reached: bool) -> End:
        """End one of several routes, and go back to where they part."""
        route = self.routes.pop()
        found = End(route, {name: self.env[name] for name in route.before}, reached)
        for name, value in route.before.items():
            self._put(name, value or EMPTY)
            if value is None:
                del self.env[name]
                self.name_changed(name)
        return found

    def meet(self, ends: Sequence[End]) -> None:
        """Go on where all of ``ends`` meet."""
        for name in dict.fromkeys(name for end in ends for name in end.values):
            before = self.env.get(name)
            self._carry(name, before, EMPTY.union(*(end.value(name, before) for end in ends)))

    def _carry(self, name: str, before: Value | None, value: Value) -> None:
        """Let ``name`` have ``value`` from here on, on the route around, too."""
        if self.routes:
            outer = self.routes[-1]
            outer.before.setdefault(name, before)
            outer.bound[name] = outer.bound.get(name, EMPTY) | value
        self._put(name, value)

    def _put(self, name: str, value: Value) -> None:
        old = self.env.get(name, EMPTY)
        if old != value or name not in self.env:
            self.heap.bind(name, old, value)
            self.env[name] = value
            self.rebinds += 1
            self.rebound.add(name)
            self.name_changed(name)

    def name_changed(self, name: str) -> None:
        """``name`` stands for something else from now on."""
        raise NotImplementedError
