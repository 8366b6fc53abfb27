"""A statement that says which rows training goes on with, as scoring follows it: as a copy of all of them."""

from __future__ import annotations

import ast
from dataclasses import replace

from .parsing import parse
from .program import Step, names_in
from .recorder import Recorder

_OWN_PLACES = 1_000
"""Where the places of such statements begin, in their cell: nothing that training saw of the original is theirs."""


def copying(step: Step, name: str, source: ast.expr, recorder: Recorder, at: int = 0) -> Step:
    """``name = source.copy()`` in place of ``step``; ``at`` counts what stands for one step.

    What the recorder knows of ``name`` and of what ``source`` reads there is known of the copy, too. The copy trains
    nothing, whatever the cell is tagged.
    """
    place = (step.cell, _OWN_PLACES * (step.statement + 1) + at)
    text = f"{name} = {ast.unparse(source)}.copy()"
    used = names_in(source)
    recorder.bound[place] = {key: value for key, value in recorder.bound.get(step.place, {}).items() if key == name}
    recorder.read[place] = {key: value for key, value in recorder.read.get(step.place, {}).items() if key in used}
    return replace(
        step,
        statement=place[1],
        tree=parse(text).body[0],
        text=text,
        kind="assignment",
        roles=step.roles - {"train"},
        defines=frozenset({name}),
        may_define=frozenset(),
        updates=frozenset(),
        uses=used & (step.uses | step.updates),
        ordinals=(),
    )
