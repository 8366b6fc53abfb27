"""Which cells run on the finished training state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbforge.notebook.flow import Flow
from nbforge.notebook.tags import SERVING
from nbforge.values import Cell, Phase


def phases(cells: Sequence[Cell], flow: Flow, kept: Mapping[int, Sequence[int]]) -> dict[int, Phase]:
    """The phase of each kept cell of one notebook.

    Serving cells run after all others. Where that would change what one of the others sees, everything from the first
    serving cell on is serving, in the notebook's order.
    """
    ordered = [cell for cell in cells if kept.get(cell.index)]
    first = next((position for position, cell in enumerate(ordered) if cell.roles & SERVING), len(ordered))
    read: set[str] = set()
    written: set[str] = set()
    clash = False
    for cell in ordered[first:]:
        uses, writes = _touched(flow, kept[cell.index])
        if cell.roles & SERVING:
            read |= uses
            written |= writes
        elif uses & written or writes & (read | written):
            clash = True
    found: dict[int, Phase] = {}
    for position, cell in enumerate(ordered):
        serving = position >= first if clash else bool(cell.roles & SERVING)
        found[cell.index] = "serving" if serving else "training"
    return found


def _touched(flow: Flow, positions: Sequence[int]) -> tuple[set[str], set[str]]:
    uses: set[str] = set()
    writes: set[str] = set()
    for position in positions:
        effects = flow.steps[position].effects
        uses |= set(effects.uses)
        writes |= effects.defines | effects.may_define | effects.updates | effects.presumed.keys()
    return uses - {"<out>"}, writes - {"<out>"}
