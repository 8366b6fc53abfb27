"""Backwards from what must run to what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nbforge.notebook.flow import Flow


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
        last = max(found.steps, default=-1)
        worklist = [
            (position, Need("<settings>", last)) for position in settings if position < last and position not in found
        ]
    return found


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
