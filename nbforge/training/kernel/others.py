"""Rows of other data beside the request's: ``for part in [train, test]`` changes both, a request has one of them.

What the raw frame does not lead to is left out of such lists in scoring. Whether the rest says the same of a row
without it is found out by running it, as for any statement.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .alignment import is_pandas
from .observations import Seen
from .program import DEFINING, Step, parse
from .recorder import Recorder
from .sites import number
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
    match step.tree:
        case ast.For(iter=(ast.List() | ast.Tuple()) as shown) | ast.Assign(value=(ast.List() | ast.Tuple()) as shown):
            names = [item.id for item in shown.elts if isinstance(item, ast.Name)]
        case _:
            return step
    dropped = others & set(names)
    if not dropped or len(names) < len(shown.elts) or dropped >= set(names):
        return step
    kept = [name for name in names if name not in dropped]
    text = Spans(step.text)
    text.replace(_shown(parse(step.text).body[0]), f"[{', '.join(kept)}]")
    return replace(
        step,
        text=text.result(),
        tree=parse(text.result()).body[0],
        uses=step.uses - dropped,
        ordinals=tuple(_remaining(step.tree, dropped, shown)),
    )


def _shown(statement: ast.AST) -> ast.expr:
    return statement.iter if isinstance(statement, ast.For) else statement.value  # type: ignore[attr-defined]


def _remaining(statement: ast.stmt, dropped: set[str], shown: ast.List | ast.Tuple) -> Iterator[int]:
    """The ordinals of the statement's nodes but for the elements left out."""
    gone = {item for item in shown.elts if isinstance(item, ast.Name) and item.id in dropped}
    return (ordinal for node, ordinal in number(statement).items() if node not in gone)
