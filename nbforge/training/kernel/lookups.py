"""Tables that rows are only joined to: the stores of a chain's sales, the songs that members listened to.

A data cell often loads them beside the rows that are fitted. What a request's rows are joined to is no training row:
it goes into the service as training left it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from .alignment import is_pandas
from .asked import asks_or_fits, joined, made_of
from .program import DEFINING

if TYPE_CHECKING:
    from .program import Step
    from .recorder import Recorder


def lookups(steps: Sequence[Step], loaded: Collection[str], raw: str | None, recorder: Recorder) -> frozenset[str]:
    """Of the ``loaded`` tables those that no model is fitted on or asked about, with what is made of them alone.

    None of them holds what a fit was for.
    """
    tables = {name for name in loaded if is_pandas(recorder.namespace.get(name), "DataFrame")}
    later = [step for step in steps if step.kind not in DEFINING and "data" not in step.roles]
    own = made_of(raw, steps, tables - {raw}) if raw is not None else set()
    fitting = _fitting(steps)
    targets = {fit.target.name for fit in recorder.fits if is_pandas(fit.target, "Series")}
    found: set[str] = set()
    for table in tables - {raw}:
        made = made_of(table, steps, tables - {table})
        asked = made & own or any(_about(step, made, fitting) for step in later)
        if asked or targets & set(recorder.namespace[table].columns):
            continue
        if any(joined(step.tree) & made for step in later):
            found |= made
    return frozenset(found)


def without(steps: Sequence[Step], tables: frozenset[str]) -> list[Step]:
    """The steps but for those that only load or change such tables."""
    made = ((step, step.defines | step.may_define or step.updates) for step in steps)
    return [step for step, names in made if not names or not names <= tables]


def _about(step: Step, made: set[str], fitting: set[str]) -> bool:
    asks = bool(step.uses & fitting) or any(map(asks_or_fits, ast.walk(step.tree)))
    return asks and bool((step.uses - joined(step.tree)) & made)


def _fitting(steps: Sequence[Step]) -> set[str]:
    """The notebook's functions and classes that fit or ask a model, themselves or through others."""
    found: set[str] = set()
    for step in steps:
        if step.kind in DEFINING and (step.uses & found or any(map(asks_or_fits, ast.walk(step.tree)))):
            found |= step.defines
    return found
