"""Backwards from what must run to what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nbforge.notebook.flow import Flow
from nbforge.notebook.purity import is_stdlib

_ANY = "*"
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
class Needed:
    """The steps to keep, each with all the needs that led to it, the first one first."""

    steps: dict[int, list[Need]] = field(default_factory=dict)

    def __contains__(self, position: int) -> bool:
        return position in self.steps


def needed(flow: Flow, roots: Iterable[int]) -> Needed:
    """Everything that ``roots`` need, settings that they may depend on included."""
    found = Needed()
    worklist: list[tuple[int, Need]] = [(root, Need()) for root in sorted(set(roots))]
    settings = [position for position, step in enumerate(flow.steps) if step.effects.settings]
    passed: set[tuple[int, str]] = set()
    while worklist:
        while worklist:
            _visit(flow, found, passed, worklist)
        open_ = [position for position in settings if position not in found]
        last = _last_touched(flow, found) if open_ else {}
        for position in open_:
            by = max((_last(library, last) for library in flow.steps[position].effects.settings), default=-1)
            if position < by:
                worklist.append((position, Need("<settings>", by)))
    return found


def _last_touched(flow: Flow, found: Needed) -> dict[str, int]:
    """The last kept step that touches objects of each library; of all kept steps under the empty name."""
    last: dict[str, int] = {"": max(found.steps, default=-1)}
    for position in sorted(found.steps):
        last.update(dict.fromkeys(flow.steps[position].effects.touches, position))
    return last


def _last(library: str, last: dict[str, int]) -> int:
    """The last kept step that may depend on a setting of ``library``."""
    without = _WITHOUT.get(library)
    if without is None:
        return last[""]
    if library == "display":
        return last.get("text", -1)
    others = (at for other, at in last.items() if other and _depends(library, other, without))
    return max(others, default=-1)


def _depends(library: str, other: str, without: frozenset[str]) -> bool:
    if other == "text":
        return False
    if other == _ANY or library == "warnings":
        return True
    return other not in without and not is_stdlib(other)


def _visit(flow: Flow, found: Needed, passed: set[tuple[int, str]], worklist: list[tuple[int, Need]]) -> None:
    position, need = worklist.pop()
    step = flow.steps[position]
    if position not in found:
        found.steps[position] = []
        for name, source in step.sources.items():
            if source is not None:
                worklist.append((source, Need(name, position)))
    found.steps[position].append(need)
    if need.name is None or (position, need.name) in passed:
        return
    passed.add((position, need.name))
    if need.name not in step.effects.defines:
        # Bound only on some path, or changed in place: what it was before matters too.
        earlier = step.before.get(need.name, step.before.get("<anything>"))
        if earlier is not None:
            worklist.append((earlier, Need(need.name, position)))
