"""Backwards from what must run to what it needs."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from nbforge.notebook.cutting import apart
from nbforge.notebook.flow import Flow, Step
from nbforge.notebook.hidden import STDOUT
from nbforge.notebook.inside import Inside, inside
from nbforge.notebook.pairs import Pairs, only_given
from nbforge.notebook.purity import is_stdlib

_ANY = "*"
_SCREEN = f"<attribute {STDOUT}>"
_WITHOUT = {
    "display": frozenset[str](),
    "warnings": frozenset[str](),
    "numpy": frozenset[str](),
    "pandas": frozenset({"numpy", "scipy"}),
    "sklearn": frozenset({"matplotlib", "numpy", "pandas", "plotly", "scipy", "seaborn"}),
}
"""What does not depend on the settings of these, beside Python's own library; anything may depend on other settings."""


@dataclass(frozen=True, slots=True)
class Need:
    """Why a step is kept: ``name`` is wanted by step ``by``; both ``None`` for a step that nobody had to ask for."""

    name: str | None = None
    by: int | None = None


@dataclass(slots=True)
class Given:
    """What is needed of a step that gives names to others: ``wanted`` of it, and for that what ``values`` stand for."""

    pairs: Pairs
    wanted: set[str | None] = field(default_factory=set)
    values: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Needed:
    """The steps to keep, each with all the needs that led to it, the first one first.

    ``inside``: what is needed of those that need not stay whole; ``given``: of those that only give names on.
    """

    steps: dict[int, list[Need]] = field(default_factory=dict)
    inside: dict[int, Inside] = field(default_factory=dict)
    given: dict[int, Given] = field(default_factory=dict)

    def __contains__(self, position: int) -> bool:
        return position in self.steps

    def left_out(self, flow: Flow, position: int) -> AbstractSet[str]:
        """The names that a step updates in what is not kept of it."""
        updates = flow.steps[position].effects.updates
        if position in self.inside:
            return updates - self.inside[position].writes
        return updates if position not in self else frozenset()

    def reads(self, flow: Flow, position: int) -> AbstractSet[str]:
        """The names that a kept step reads, as far as it is needed."""
        sources = flow.steps[position].sources.keys()
        return self.inside[position].reading(sources) if position in self.inside else sources


def needed(flow: Flow, roots: Iterable[int]) -> Needed:
    """Everything that ``roots`` need, settings that they may depend on included."""
    found = Needed()
    worklist: list[tuple[int, Need]] = [(root, Need()) for root in sorted(set(roots))]
    settings = [position for position, step in enumerate(flow.steps) if step.effects.settings]
    again = _set_again(flow, settings)
    patches = [position for position, step in enumerate(flow.steps) if _SCREEN in step.effects.updates]
    passed: set[tuple[int, str]] = set()
    while worklist:
        while worklist:
            _visit(flow, found, passed, worklist)
        open_ = [position for position in settings if position not in found]
        touching = _touching(flow, found) if open_ else {}
        for position in open_:
            until = again.get(position, len(flow.steps))
            by = [_next(library, touching, position) for library in flow.steps[position].effects.settings]
            users = [at for at in by if at is not None and at < until]
            if users:
                worklist.append((position, Need("<settings>", min(users))))
        worklist += _put_back(found, patches)
    return found


def _put_back(found: Needed, patches: list[int]) -> list[tuple[int, Need]]:
    """What stands in the place of ``sys.stdout`` by a kept step is not to stay there, where the notebook ends it."""
    kept = [position for position in patches if position in found]
    return [(position, Need(_SCREEN, kept[0])) for position in patches if kept and kept[0] < position not in found]


def _set_again(flow: Flow, settings: list[int]) -> dict[int, int]:
    """For statements that set something, the next one that sets the very same."""
    found: dict[int, int] = {}
    seen: dict[str, int] = {}
    for position in settings:
        step = flow.steps[position]
        if not step.effects.settings <= _WITHOUT.keys():
            continue
        match step.piece.node if step.piece else None:
            case ast.Expr(value=ast.Call(args=args, keywords=keywords) as call):
                if all(isinstance(item, ast.Constant) for item in (*args, *(keyword.value for keyword in keywords))):
                    text = ast.dump(call)
                    if text in seen:
                        found[seen[text]] = position
                    seen[text] = position
    return found


def _touching(flow: Flow, found: Needed) -> dict[str, list[int]]:
    """The kept steps that touch objects of each library, in order; all kept steps under the empty name."""
    touching: dict[str, list[int]] = {"": sorted(found.steps)}
    for position in touching[""]:
        for library in flow.steps[position].effects.touches:
            touching.setdefault(library, []).append(position)
    return touching


def _next(library: str, touching: dict[str, list[int]], position: int) -> int | None:
    """The next kept step after ``position`` that may depend on a setting of ``library``."""
    without = _WITHOUT.get(library)
    if without is None:
        users = [""]
    elif library == "display":
        users = ["text"]
    else:
        users = [other for other in touching if other and _depends(library, other, without)]
    after = [
        steps[at] for user in users if (at := bisect_right(steps := touching.get(user, []), position)) < len(steps)
    ]
    return min(after, default=None)


def _depends(library: str, other: str, without: frozenset[str]) -> bool:
    if other == "text":
        return False
    if other == _ANY or library == "warnings":
        return True
    return other not in without and not is_stdlib(other)


def _keep(flow: Flow, found: Needed, position: int, need: Need) -> Collection[str]:
    """Keep a step for ``need``, and return the names that it reads for that and for no other need so far."""
    step, before = flow.steps[position], frozenset[str]()
    if position not in found:
        found.steps[position] = []
        if pairs := _pairs(flow, step):
            found.given[position] = Given(pairs)
        if step.piece is None or (divided := inside(step.piece.node, step.effects)) is None:
            return step.sources
        if not apart(flow.cells[step.cell], step.piece):
            return step.sources
        found.inside[position] = divided
    elif position in found.inside:
        before = frozenset(found.reads(flow, position))
    else:
        return ()
    if need.name is None or not found.inside[position].need(need.name):
        del found.inside[position]
    return found.reads(flow, position) - before


def _pairs(flow: Flow, step: Step) -> Pairs:
    """What a step only gives to names; where objects do something when nothing holds them, nothing is known of that."""
    return only_given(step.piece.node, step.effects) if step.piece is not None and not flow.machine.finalizes else {}


def _sources(
    flow: Flow, found: Needed, position: int, need: Need, taken: Collection[str]
) -> Iterator[tuple[str, int | None]]:
    """The steps that ``taken``, which a step reads, come from; of what is only given to a name that nobody needs, one
    that binds it to anything.
    """
    step, given = flow.steps[position], found.given.get(position)
    if given is None:
        yield from ((name, step.sources[name]) for name in taken)
        return
    given.wanted.add(None if need.name is None or need.name.startswith("<") else need.name)
    for name in taken:
        if name not in given.pairs:
            yield name, step.sources[name]
    for name, targets in given.pairs.items():
        if name not in step.sources or name in given.values:
            continue
        unneeded = None not in given.wanted and targets.isdisjoint(given.wanted)
        there = _bound(flow, found, name, position) if unneeded else None
        if there is None:
            given.values.add(name)
            yield name, step.sources[name]
        elif name in taken:
            yield name, there


def _bound(flow: Flow, found: Needed, name: str, position: int) -> int | None:
    """A step before ``position`` after which ``name`` is bound for sure until then: a kept one, or the first."""
    at, first = flow.steps[position].sources[name], None
    while at is not None:
        effects = flow.steps[at].effects
        if effects.opaque or effects.binds_anything or name in effects.unbinds:
            return first
        if name in effects.defines:
            if at in found:
                return at
            first = at
        at = flow.steps[at].before.get(name)
    return first


def _visit(flow: Flow, found: Needed, passed: set[tuple[int, str]], worklist: list[tuple[int, Need]]) -> None:
    position, need = worklist.pop()
    step = flow.steps[position]
    taken = _keep(flow, found, position, need)
    found.steps[position].append(need)
    for name, source in _sources(flow, found, position, need, taken):
        if source is not None:
            worklist.append((source, Need(name, position)))
    if need.name is None or (position, need.name) in passed:
        return
    passed.add((position, need.name))
    if need.name not in step.effects.defines:
        # Bound only on some path, or changed in place: what it was before matters too.
        earlier = step.before.get(need.name, step.before.get("<anything>"))
        if earlier is not None:
            worklist.append((earlier, Need(need.name, position)))
