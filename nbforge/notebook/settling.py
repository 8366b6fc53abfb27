"""What is left of a statement's objects when it has run.

What nothing reaches any more is forgotten, so that a name bound again and again does not drag along all that it was
bound to. Of objects that nothing tells apart, such as what a list is given cell after cell, one stands for all: whoever
gets at one of them gets at each. Neither changes what any later statement is found to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nbforge.notebook.heap import Heap
from nbforge.notebook.regions import Value, looks

Places = frozenset[tuple[int, str] | str]
"""Who holds an object, under which labels, and which names are bound to it."""

_ALIKE = frozenset({"value", "container"})
_OWNERS = 8  # what more hold is seldom held by the same ones as another
_LABELS = 32  # an owner with more of them tells apart what it holds


class Settling:
    """Keeps a heap, and what names are bound to, small, statement by statement. ``changed`` is told which names do."""

    def __init__(self, heap: Heap, env: dict[str, Value], changed: Callable[[str], None]) -> None:
        self._heap = heap
        self._changed = changed
        self._env = env
        self._known: dict[tuple[object, Places], int] = {}

    def settle(self) -> None:
        """Look at all that was made, held, bound or let go since the last time."""
        heap = self._heap
        heap.version += 1
        left = self._forget(heap.touched - heap.pinned)
        heap.touched = set()
        for region in sorted(left):
            if heap.parents[region] or heap.holders[region]:
                self._join(region)
        heap.closures.forget()

    def _forget(self, regions: Iterable[int]) -> set[int]:
        """Let go of those of ``regions`` that nothing reaches, and of what only they held; the others are returned."""
        heap = self._heap
        left: set[int] = set()
        stack = list(regions)
        while stack:
            region = stack.pop()
            if heap.parents[region] or heap.holders[region]:
                left.add(region)
                continue
            for members in heap.fields[region].values():
                for held in members:
                    heap.parents[held].discard(region)
                stack += members - heap.pinned
            heap.fields[region] = {}
        return left

    def _join(self, region: int) -> None:
        """Let the one that is known of its kind and in its places stand for ``region``, too."""
        heap = self._heap
        facts = heap.regions[region]
        if facts.kind not in _ALIKE or facts.parts:
            return
        places = self._places(region)
        if places is None:
            return
        telling = self._telling(region, places)
        key = looks(facts), telling
        known = self._known.setdefault(key, region)
        if known == region:
            return
        around = self._places(known)
        alike = around is not None and self._telling(known, around) == telling
        if known in heap.pinned or region in heap.owners or not alike:
            self._known[key] = region
            return
        self._replace(region, known, places)

    def _places(self, region: int) -> Places | None:
        """Where ``region`` is held; ``None`` where it takes too long to say."""
        heap = self._heap
        owners = heap.parents[region]
        if len(owners) > _OWNERS:
            return None
        places: set[tuple[int, str] | str] = set(heap.holders[region])
        for owner in owners:
            fields = heap.fields[owner]
            if len(fields) > _LABELS:
                return None
            places.update((owner, label) for label, members in fields.items() if region in members)
        return frozenset(places)

    def _telling(self, region: int, places: Places) -> Places:
        """Those of ``places`` that can be got at without ``region``: a view is got at with all that holds it."""
        regions = self._heap.regions
        if regions[region].kind != "value" or not self._heap.parents[region]:
            return places
        silent = set()
        for owner in self._heap.parents[region]:
            if regions[owner].kind == "value" and owner not in self._heap.pinned:
                around = self._places(owner)
                if around and around <= places:
                    silent.add(owner)
        return frozenset(place for place in places if isinstance(place, str) or place[0] not in silent)

    def _replace(self, region: int, known: int, places: Places) -> None:
        heap = self._heap
        for place in places:
            if isinstance(place, str):
                self._env[place] -= {region}
                self._changed(place)
            else:
                owner, label = place
                heap.fields[owner][label].discard(region)
                heap.link({owner} - {known}, label, {known})
        heap.parents[region], heap.holders[region] = set(), set()
        heap.regions[known].single = False
        if region in heap.seen_elsewhere:
            heap.seen_elsewhere.add(known)
        for label, members in heap.fields[region].items():
            for held in members:
                heap.parents[held].discard(region)
            heap.link({known}, label, members - {known})
        heap.fields[region] = {}
