"""Calls of which nothing is known, judged by how they are written.

A call whose value is used is a question, a call whose value is dropped is a command, and names say the rest: libraries
that follow the convention do not change what a question is asked about.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Literal

from nbforge.notebook.callee import written

if TYPE_CHECKING:
    from nbforge.notebook.demand import Needed
    from nbforge.notebook.flow import Flow
    from nbforge.notebook.purity import Tables

Asked = Literal["used", "shown", "dropped"]
"""What becomes of a call's value: something takes it, the cell displays it, or nothing does."""

_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def spares(name: str, asked: Asked, tables: Tables) -> bool:
    """Whether a call of the unknown function, class or method ``name`` is taken to leave its arguments as they are."""
    words = tokens(name)
    if only_shows(name, tables) or name.lstrip("_")[:1].isupper():
        return True
    return asked == "used" or (asked == "shown" and not tables.words["commands"].intersection(words))


def only_shows(name: str, tables: Tables) -> bool:
    """Whether ``name`` says that it shows or asks for something."""
    words = tokens(name)
    shown = tuple(tables.words["shows"])
    return bool(words) and (words[0] in tables.words["asks"] or any(word.endswith(shown) for word in words))


def seeds(name: str) -> bool:
    """Whether ``name`` says that it sets the state of random generators (``set_seed``, ``seed_everything``)."""
    return not {"seed", "seeds"}.isdisjoint(tokens(name))


def tokens(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [word.lower() for word in _TOKEN.findall(name)]


def caveats(flow: Flow, kept: Needed, file: str) -> list[str]:
    """What was presumed where it decided about the slice, in sentences."""
    ends = _Reads(flow, kept)
    said = []
    for position, step in enumerate(flow.steps):
        where = f"{file}, cell {step.cell}"
        if step.piece is None or (position in kept and position not in kept.inside):
            continue
        divided = kept.inside.get(position)
        around = divided.names | divided.reads if divided is not None else frozenset[str]()
        presumed = {
            name: call
            for name, call in (divided or step.effects).presumed.items()
            if name in around or ends.across(name, position)
        }
        for call, crossed in _by_call(presumed).items():
            changed = [f"`{name}`" for name in crossed if not name.startswith("<")]
            if changed:
                said.append(f"{where}: `{call}` is taken not to change {' and '.join(changed)}.")
            if len(crossed) > len(changed):
                said.append(f"{where}: `{call}` is taken not to draw random numbers.")
    return said + _draws_left_out(flow, kept, file)


class _Reads:
    """Which names kept steps take from steps further up."""

    def __init__(self, flow: Flow, kept: Needed) -> None:
        spans: dict[str, list[tuple[int, int]]] = {}
        for position, needs in kept.steps.items():
            step = flow.steps[position]
            wanted = {need.name for need in needs}
            changed = {name: source for name, source in step.before.items() if name in wanted}
            read = {name: step.sources[name] for name in kept.reads(flow, position)}
            for name, source in (*read.items(), *changed.items()):
                if source is not None:
                    spans.setdefault(name, []).append((source, position))
        self._starts: dict[str, list[int]] = {}
        self._furthest: dict[str, list[int]] = {}
        for name, found in spans.items():
            found.sort()
            self._starts[name] = [start for start, _ in found]
            reached = -1
            self._furthest[name] = [reached := max(reached, end) for _, end in found]

    def across(self, name: str, position: int) -> bool:
        """Whether what a kept step below ``position`` reads of ``name`` was made above it."""
        before = bisect_left(self._starts.get(name, []), position)
        return before > 0 and self._furthest[name][before - 1] > position


def _by_call(presumed: dict[str, ast.Call]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(presumed):
        found.setdefault(written(presumed[name]), []).append(name)
    return found


def _draws_left_out(flow: Flow, kept: Needed, file: str) -> list[str]:
    """Kept calls that may draw random numbers, after draws that were left out because nothing shows that they do."""
    said = []
    drew: dict[str, int] = {}  # generator: cell of the first draw since its seed that is left out
    for position, step in enumerate(flow.steps):
        effects = step.effects
        for name in effects.defines:
            drew.pop(name, None)
        for name in kept.left_out(flow, position):
            if name.startswith("<random"):
                drew.setdefault(name, step.cell)
        if position not in kept:
            continue
        said += [
            f"{file}, cell {step.cell}: `{written(effects.presumed[name])}` is taken not to draw random numbers, so "
            f"those that cell {drew[name]} draws stay out."
            for name in sorted(effects.presumed)
            if name in drew and step.piece is not None
        ]
    return said
