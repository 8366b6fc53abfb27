"""Rows of other data beside the request's: ``for part in [train, test]`` changes both, a request has one of them.

What the raw frame does not lead to is left out of such lists in scoring. Whether the rest says the same of a row
without it is found out by running it, as for any statement.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from .alignment import is_pandas
from .joined import left_out, stacked
from .observations import Seen
from .program import DEFINING, Step, parse
from .recorder import Recorder
from .sites import remaining
from .spans import Spans
from .watching import written_to


def alone(steps: Sequence[Step], recorder: Recorder, raw: str) -> list[Step]:
    """The steps, with frames that ``raw`` does not lead to left out of lists that hold others as well."""
    derived = {raw}
    found: list[Step] = []
    for step in steps:
        if step.kind not in DEFINING:
            leads = bool(step.uses & derived)
            derived = derived | step.defines | step.may_define if leads else derived - step.defines
        touched = step.uses | step.updates
        others = {name for name in touched - derived if _is_frame(name, step, recorder)}
        found.append(_without(_beside(step, others), others))
    return found


def _beside(step: Step, others: set[str]) -> Step:
    """The step where it writes to ``others`` alone: a list that held them holds them no more."""
    written = written_to(step.tree)
    return replace(step, updates=step.updates & others) if written and written <= others else step


def _is_frame(name: str, step: Step, recorder: Recorder) -> bool:
    value = recorder.read.get(step.place, {}).get(name, recorder.namespace.get(name))
    if isinstance(value, Seen):
        value = recorder.namespace.get(name)
    return is_pandas(value, "DataFrame", "Series")


def _without(step: Step, others: set[str]) -> Step:
    """The step without ``others`` in the list that it loops over or binds."""
    tree = parse(step.text).body[0]
    shown = _shown(tree)
    dropped = left_out(shown, step.uses - others, others) if shown is not None else {}
    if shown is None or not dropped:
        return step
    texts = [ast.get_source_segment(step.text, item) or "" for item in shown.elts if item not in dropped]
    text = Spans(step.text)
    text.replace(shown, f"[{', '.join(texts)}]")
    changed = parse(text.result()).body[0]
    kept = set(ast.walk(tree)) - {node for item in dropped for node in ast.walk(item)}
    return replace(
        step,
        text=text.result(),
        tree=changed,
        uses=step.uses - frozenset[str]().union(*dropped.values()),
        ordinals=remaining(tree, kept, changed),
    )


def _shown(statement: ast.stmt) -> ast.List | ast.Tuple | None:
    """The tables that a statement lists: to loop over, to bind, or to stack."""
    match statement:
        case ast.For(iter=(ast.List() | ast.Tuple()) as shown):
            return shown
        case ast.Assign(value=(ast.List() | ast.Tuple()) as shown):
            return shown
    return stacked(statement)
