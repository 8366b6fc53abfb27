"""Which cell gives what to which: the data flow of notebooks as edges between their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from nbforge.notebook.demand import Needed
from nbforge.notebook.flow import Flow, Step
from nbforge.notebook.report import hidden
from nbforge.values import Link

_Kind = Literal["data", "import", "file", "state"]
_Edge = tuple[int, int, _Kind]


def within(position: int, flow: Flow, found: Needed) -> tuple[Link, ...]:
    """The edges inside of the notebook at ``position``, those that led to statements of the slice first."""
    kept = _grouped(_needs(flow, found))
    seen = {(edge, name) for edge, names in kept.items() for name in names}
    others = _grouped(read for read in _reads(flow) if (read[:3], read[3]) not in seen)
    return tuple(
        Link((position, source), (position, target), kind, names, edges is kept)
        for edges in (kept, others)
        for (source, target, kind), names in sorted(edges.items())
    )


def between(parts: Sequence[tuple[Flow, Needed]]) -> tuple[Link, ...]:
    """The edges that are files: a kept statement of one notebook writes it, one of a later notebook reads it."""
    links: list[Link] = []
    writers: dict[str, tuple[int, int]] = {}
    for position, (flow, found) in enumerate(parts):
        steps = [flow.steps[at] for at in sorted(found.steps)]
        for step in steps:
            read = [name for name in sorted(step.effects.uses & writers.keys()) if step.sources.get(name) is None]
            links += [Link(writers[name], (position, step.cell), "file", (hidden(name),), True) for name in read]
        writers |= {
            name: (position, step.cell) for step in steps for name in step.effects.updates if name.startswith("<file")
        }
    return tuple(dict.fromkeys(links))


def _needs(flow: Flow, found: Needed) -> Iterator[tuple[int, int, _Kind, str]]:
    for at, needs in found.steps.items():
        for need in needs:
            if need.by is not None and need.name is not None:
                yield _read(flow.steps[at], flow.steps[need.by], need.name)


def _reads(flow: Flow) -> Iterator[tuple[int, int, _Kind, str]]:
    for step in flow.steps:
        for name, source in step.sources.items():
            if source is not None:
                yield _read(flow.steps[source], step, name)


def _read(source: Step, target: Step, name: str) -> tuple[int, int, _Kind, str]:
    kind: _Kind = "import" if source.effects.kind == "import" else "data"
    if name.startswith("<"):
        kind = "file" if name.startswith("<file") else "state"
        name = hidden(name)
    return source.cell, target.cell, kind, name


def _grouped(reads: Iterable[tuple[int, int, _Kind, str]]) -> dict[_Edge, tuple[str, ...]]:
    edges: dict[_Edge, dict[str, None]] = {}
    for source, target, kind, name in reads:
        if source != target:
            edges.setdefault((source, target, kind), {})[name] = None
    return {edge: tuple(sorted(names)) for edge, names in edges.items()}
