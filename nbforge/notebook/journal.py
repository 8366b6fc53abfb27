"""What happens to objects and effects while a body runs, and what of it a summary has to tell.

A journal has an entry for each fact that is new, in order: ``link``, ``make``, ``shift`` of objects; ``mutate``,
``presume``, ``presume draw``, ``read``, ``use``, ``touch``, ``text`` of effects; ``ran`` and ``told`` of functions;
``found`` for an object that was there, ``since`` for what was known of a run, ``called back`` for a function that
others may have called before, with its first run; ``other`` for all that no summary tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.notebook.heap import Heap
from nbforge.notebook.regions import Value

Entry = tuple[Any, ...]
FrameKey = tuple[int, int]
"""Names of a function, by the identities of its text and of the names around."""
Codes = tuple[int, ...]
"""Objects: numbers of those compared, then of those made; those of libraries, which are always the same, inverted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a body did. ``places``: where it makes what is kept; ``nodes``: the functions that ran."""

    steps: tuple[Entry, ...]
    result: Codes
    places: tuple[tuple[object, ...], ...]
    nodes: frozenset[int]
    called_back: frozenset[FrameKey]
    spent: int
    work: int


@dataclass(frozen=True, slots=True)
class Start:
    """Where the body of ``node`` began: the objects that it may see, how many there were, the counts of the machine."""

    node: int
    order: Sequence[int]
    regions: int
    runs: int
    spent: int
    work: int


_TOLD_AS_THEY_ARE = frozenset({"presume draw", "read", "text", "touch", "use"})


class _UntoldError(Exception):
    """A body did what no summary tells."""


def summary_of(entries: Sequence[Entry], start: Start, result: Value, spent: int, heap: Heap) -> Summary | None:
    """What a body did that had ``entries`` and gave ``result``; ``None`` where no summary tells it."""
    try:
        writing = _Writing(entries, start, result, heap)
        for entry in entries:
            writing.add(entry)
        return Summary(
            steps=tuple(writing.steps),
            result=writing.codes(result),
            places=tuple(writing.places),
            nodes=frozenset(writing.nodes),
            called_back=frozenset(writing.called_back),
            spent=spent - start.spent,
            work=heap.work - start.work,
        )
    except _UntoldError:
        return None


class _Writing:
    """A summary in the making. Objects that nothing keeps, and all that happens to them, are left out."""

    def __init__(self, entries: Sequence[Entry], start: Start, result: Value, heap: Heap) -> None:
        self.start = start
        self.heap = heap
        self.steps: list[Entry] = []
        self.places: list[tuple[object, ...]] = []
        self.nodes = {start.node}
        self.called_back: set[FrameKey] = set()
        self._codes = {region: code for code, region in enumerate(start.order)}
        self._kept = _kept(entries, start, result)
        self._said: set[Entry] = set()
        self._writers: dict[str, Callable[..., None]] = {
            "link": self._link,
            "make": self._make,
            "shift": self._shift,
            "mutate": self._mutate,
            "presume": self._presume,
            "ran": self.nodes.add,
            "told": self._told,
            "called back": self._called_back,
            "found": self._found,
            "since": self._since,
        }

    def add(self, entry: Entry) -> None:
        """Tell one entry."""
        if entry[0] in _TOLD_AS_THEY_ARE:
            self._once(entry)
            return
        writer = self._writers.get(entry[0])
        if writer is None:
            raise _UntoldError
        writer(*entry[1:])

    def _shift(self, owner: int) -> None:
        if self._stays(owner):
            self.steps.append(("shift", self._code(owner)))
            self._said.clear()

    def _told(self, summary: Summary) -> None:
        self.nodes |= summary.nodes
        self.called_back |= summary.called_back

    def _called_back(self, shared: FrameKey, run: int) -> None:
        self._since(run)
        self.called_back.add(shared)

    def _found(self, region: int) -> None:
        if region < self.start.regions:
            raise _UntoldError

    def _since(self, run: int) -> None:
        if run < self.start.runs:
            raise _UntoldError

    def codes(self, value: Iterable[int]) -> Codes:
        """The objects of ``value``."""
        return tuple([self._code(region) for region in sorted(value)])

    def _code(self, region: int) -> int:
        code = self._codes.get(region)
        if code is None:
            if region not in self.heap.libraries:
                raise _UntoldError  # it was not seen
            code = ~region
        return code

    def _stays(self, region: int) -> bool:
        return region < self.start.regions or region in self._kept

    def _link(self, owner: int, label: str, held: Value) -> None:
        if owner not in self.heap.libraries and self._stays(owner):
            self.steps.append(("link", self._code(owner), label, self.codes(held)))
            self._said.clear()

    def _make(self, region: int, site: Any, facts: dict[str, object], lasting: bool) -> None:
        if region in self.heap.libraries:
            return
        if lasting:
            raise _UntoldError
        if region in self._kept:
            self._codes[region] = len(self.start.order) + len(self.places)
            self.places.append(site[1:])
            self.steps.append(("make", site[1:], facts))

    def _mutate(self, value: Value) -> None:
        codes = self._own(value)
        if codes:
            self._once(("mutate", codes))

    def _presume(self, value: Value, call: object) -> None:
        codes = self._own(value)
        if codes:
            self._once(("presume", codes, call))

    def _own(self, value: Value) -> Codes:
        if not value.isdisjoint(self.heap.libraries):
            raise _UntoldError
        return self.codes(region for region in value if self._stays(region))

    def _once(self, step: Entry) -> None:
        """Tell something, once until objects hold others."""
        if step not in self._said:
            self._said.add(step)
            self.steps.append(step)


def _kept(entries: Sequence[Entry], start: Start, result: Value) -> set[int]:
    """The objects made by a body that others hold, or get from it."""
    held: dict[int, set[int]] = {}
    found = set(result)
    for entry in entries:
        if entry[0] == "link":
            _, owner, _, members = entry
            if owner < start.regions:
                found |= members
            else:
                held.setdefault(owner, set()).update(members)
    stack = list(found)
    while stack:
        fresh = held.get(stack.pop(), set()) - found
        found |= fresh
        stack += fresh
    return found
