"""What names may share: abstract objects, what they hold, and which names reach them.

A *region* stands for the objects made at one place of the program; a *value* is the set of regions it may be. Regions
hold others under labels: attribute names, ``"[]"`` for elements, ``"['a']"`` for the one under a known key, ``"*"`` for
what an object may keep without showing how, ``"<data>"`` for what it keeps and never changes, ``"<source>"`` for what
it takes its elements from when it is read, ``"<source>[0]"`` for what it takes its first one from, ``"__module__"`` for
the module around a function.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any

from nbforge.notebook.closures import Closure, Closures
from nbforge.notebook.regions import Region, Value

ELEMENTS = "[]"
HIDDEN = "*"
DATA = "<data>"
SOURCE = "<source>"
MODULE = "__module__"
_LOOKED_AT = 16  # members of a set that cost as much as one step
_CALLABLE = frozenset({"function", "instance"})
_LIBRARY = frozenset({"external", "module"})
_CLASSES = frozenset({"__class__", "__bases__", MODULE})


def _without_position(label: str) -> str:
    """The label of what is under any position, where ``label`` is that of what is under one."""
    taken = SOURCE if label.startswith(SOURCE) else ""
    place = label[len(taken) :]
    return (taken or ELEMENTS) if place[:1] == "[" and place[1].isdigit() else label


class Heap:
    """Regions, what they hold, and who holds them."""

    def __init__(self) -> None:
        self.regions: list[Region] = []
        self.fields: list[dict[str, set[int]]] = []
        self.parents: list[set[int]] = []
        self.holders: list[set[str]] = []
        self.callables: set[int] = set()  # functions and instances of the notebook
        self.handed: set[int] = set()  # of libraries: they change something where other code calls them
        self.seen_elsewhere: set[int] = set()  # of the callables, those that code of which nothing is known has seen
        self.opened: set[int] = set()  # files that are written to
        self.iterators: set[int] = set()
        self.unknowns: set[int] = set()
        self.taking: set[int] = set()  # what takes its elements from others
        self.rough: set[int] = set()
        self.generators: set[int] = set()
        self.delicate: set[int] = set()  # iterators, rough ones and generators: a call may change them unasked
        self.libraries: set[int] = set()  # modules, and what is in them
        self.libraries_hold = False  # one of these holds something else
        self.journal: list[tuple[Any, ...]] | None = None  # what happens, where somebody wants to know
        self.touched: set[int] = set()  # made, held, bound or let go since the heap was settled
        self.pinned: set[int] = set()  # known to others than names and regions: neither forgotten nor replaced
        self.owners: set[int] = set()  # what others change with, see ``Region.owner``
        self.version = 0  # grows with every new fact, so that loops know when nothing is left to learn
        self.mark = 0  # regions below it were there before the body of the innermost loop
        self.carried = 0  # grows with what that body learns of them
        self.made: dict[Hashable, int] = {}  # the regions by their sites
        self.closures = Closures(self.fields, _LOOKED_AT)
        self._looked_at = 0  # beside what closures looked at

    def make(self, site: Hashable, lasting: bool = True, **facts: object) -> int:
        """The region of ``site``; the same one when the place is evaluated again.

        ``lasting``: it may be asked for again when the statement at hand has run.
        """
        known = self.made.get(site)
        return self.add(site, facts, lasting) if known is None else self.found(known)

    def found(self, region: int) -> int:
        """``region``, which was there before it was asked for."""
        self.note("found", region)
        return region

    def show(self, value: Collection[int]) -> None:
        """Code of which nothing is known sees ``value``."""
        fresh = self.callables.intersection(value) - self.seen_elsewhere
        if fresh:
            self.note("other")
            self.seen_elsewhere |= fresh
            self.version += 1

    def note(self, *entry: Any) -> None:
        """Write down what happens, where somebody wants to know; ``other`` is what no summary tells."""
        if self.journal is not None:
            self.journal.append(entry)

    def add(self, site: Hashable, facts: Mapping[str, object], lasting: bool) -> int:
        """A new region for ``site``, which has none."""
        index = len(self.regions)
        self.made[site] = index
        region = Region(**facts)  # type: ignore[arg-type]
        self.regions.append(region)
        if region.kind in _CALLABLE:
            self.callables.add(index)
        if region.kind == "method":
            self.handed.add(index)
        if region.file:
            self.opened.add(index)
        if region.owner is not None:
            self.owners.add(region.owner)
        if region.unknown:
            self.unknowns.add(index)
        if region.iterator or region.rough or region.generator:
            self._watch(index, region)
        self.fields.append({})
        self.parents.append(set())
        self.holders.append(set())
        (self.pinned if lasting else self.touched).add(index)
        self.version += 1
        if region.kind in _LIBRARY:
            self.libraries.add(index)
        self.note("make", index, site, facts, lasting)
        return index

    def _watch(self, index: int, region: Region) -> None:
        self.delicate.add(index)
        if region.iterator:
            self.iterators.add(index)
        if region.rough:
            self.rough.add(index)
        if region.generator:
            self.generators.add(index)

    def link(self, owners: Iterable[int], label: str, held: Iterable[int]) -> None:
        """Let ``owners`` hold ``held`` under ``label``."""
        held = frozenset(held)
        for owner in owners:
            fields = self.fields[owner]
            slot = fields.get(label)
            new = slot is None
            if slot is None:
                slot = fields[label] = set()
            fresh = held - slot - {owner} if owner in held else held - slot
            if fresh:
                self._hold(owner, label, slot, fresh)
            if fresh or new:
                self.note("link", owner, label, fresh)

    def _hold(self, owner: int, label: str, slot: set[int], fresh: Value) -> None:
        if label.startswith(SOURCE):
            self.taking.add(owner)
        for region in fresh:
            self.parents[region].add(owner)
        slot |= fresh
        self.closures.add(owner, label, fresh)
        self.touched |= fresh
        self.version += len(fresh)
        if owner < self.mark:
            self.carried += len(fresh)
        if owner in self.libraries and not fresh <= self.libraries:
            self.libraries_hold = True

    def replace(self, owner: int, label: str, held: Collection[int]) -> None:
        """Let ``owner`` hold ``held`` under ``label``, and nothing else."""
        self.note("other")
        before = self.fields[owner].get(label, set())
        self.fields[owner][label] = set()
        self.closures.forget()
        for region in before.difference(held):
            if not any(region in members for members in self.fields[owner].values()):
                self.parents[region].discard(owner)
                self.touched.add(region)
        self.version += 1
        self.carried += owner < self.mark
        self.link({owner}, label, held)

    def shift(self, owner: int) -> None:
        """Let the positions of what ``owner`` holds be unknown from now on."""
        self.carried += owner < self.mark and not self.regions[owner].shifted
        self.regions[owner].shifted = True
        self.note("shift", owner)
        fields = self.fields[owner]
        for label in [label for label in fields if _without_position(label) != label]:
            self.link({owner}, _without_position(label), fields.pop(label))

    def place(self, owner: int, label: str, held: Iterable[int]) -> None:
        """Let ``owner`` hold ``held`` under a key or position, if it still holds anything by position."""
        self.link({owner}, _without_position(label) if self.regions[owner].shifted else label, held)

    def elements(self, value: Iterable[int], key: str = "") -> set[int]:
        """What ``value`` holds as elements: under any key, or, where they are told apart, under ``key``."""
        found: set[int] = set()
        for region in value:
            for label, members in self.fields[region].items():
                if label == ELEMENTS or (label[0] == "[" and (not key or label == key)):
                    found |= members
        return found

    def sources(self, value: Iterable[int], key: str = "") -> set[int]:
        """What ``value`` takes its elements from: any, or, where they are told apart, the one under ``key``."""
        found: set[int] = set()
        for region in self.taking.intersection(value):
            for label, members in self.fields[region].items():
                if label.startswith(SOURCE) and (not key or label in {SOURCE, SOURCE + key}):
                    found |= members
        return found

    def held(self, value: Iterable[int], *labels: str) -> set[int]:
        """What ``value`` holds directly, under ``labels`` or, with none, under any."""
        found: set[int] = set()
        for region in value:
            fields = self.fields[region]
            for label in (labels or fields) if fields else ():
                if label in fields:
                    found |= fields[label]
        return found

    def parts(self, value: Iterable[int]) -> Value:
        """``value`` and all that it may hand out: what it reaches, but not by way of its class or module, and of the
        containers that it goes through only their elements.
        """
        value = frozenset(value)
        return self.closures.of("parts", value, self._hand_out) if any(self.fields[each] for each in value) else value

    def _hand_out(self, so_far: Closure, label: str, members: Collection[int]) -> Iterable[int]:
        if label in _CLASSES or members <= so_far.found:  # type: ignore[operator]
            return ()
        fresh = set(members) - so_far.found
        if label.startswith(SOURCE):  # hands out its elements by way of others, not itself
            through = {region for region in fresh if self.regions[region].kind == "container"}
            fresh -= through
            through -= so_far.passed
            so_far.passed |= through
            so_far.found |= fresh
            return (*through, *fresh)
        so_far.found |= fresh
        return fresh

    def reach(self, value: Iterable[int], without: Collection[str] = ()) -> Value:
        """``value`` and all that it holds, however deep, except under the labels ``without``."""
        value = frozenset(value)
        if not any(self.fields[each] for each in value):
            return value

        def follow(so_far: Closure, label: str, members: Collection[int]) -> Iterable[int]:
            if label in without:
                return ()
            fresh = set(members) - so_far.found
            so_far.found |= fresh
            return fresh

        return self.closures.of(tuple(without), value, follow)

    @property
    def work(self) -> int:
        """How much was looked at so far."""
        return self._looked_at + self.closures.work

    @work.setter
    def work(self, work: int) -> None:
        self._looked_at = work - self.closures.work

    def names(self, value: Iterable[int]) -> set[str]:
        """The names that reach any of ``value``."""
        seen = set(value)
        stack = list(seen)
        found: set[str] = set()
        while stack:
            region = stack.pop()
            found |= self.holders[region]
            self._looked_at += 1 + len(self.parents[region]) // _LOOKED_AT
            fresh = self.parents[region] - seen
            seen |= fresh
            stack.extend(fresh)
        return found

    def bind(self, name: str, old: Value, new: Value) -> None:
        """Keep :meth:`names` true when a top-level name changes its value."""
        self.touched |= old ^ new
        for region in old - new:
            self.holders[region].discard(name)
        for region in new - old:
            self.holders[region].add(name)
