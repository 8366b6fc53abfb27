"""A loop with only some of the statements of its turns."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from .alignment import is_pandas
from .parsing import parse
from .program import Step, names_in
from .recorder import Recorder
from .sites import SHARED, number, preorder


def turning(steps: Sequence[Step], recorder: Recorder) -> list[Step]:
    """The steps but for loops over a list that was empty in training, such as that of the columns that hold text."""
    return [step for step in steps if not _idle(step, recorder)]


def _idle(step: Step, recorder: Recorder) -> bool:
    match step.tree:
        case ast.For(iter=ast.Name(id=name), orelse=[]):
            items = recorder.read.get(step.place, {}).get(name)
            known = isinstance(items, list | tuple | dict | set) or is_pandas(items, "Index")
            return known and len(items) == 0  # type: ignore[arg-type]
    return False


def shortened(step: Step, loop: ast.For, kept: Sequence[ast.stmt | ast.expr], head: str = "") -> Step:
    """The step whose text is parsed as ``loop``, with the statements ``kept`` alone, and with another ``head``.

    A statement that is kept by its value alone is in ``kept`` as that.
    """
    shown = head or f"for {_segment(step, loop.target)} in {_segment(step, loop.iter)}:"
    indent = " " * loop.body[0].col_offset
    text = "\n".join([shown, *(f"{indent}{_segment(step, each)}" for each in kept)])
    changed = parse(text).body[0]
    known = number(loop)
    own = [*([] if head else [loop.target, loop.iter]), *kept]
    left = iter(
        [known[loop], *(known[node] for each in own for node in preorder(each) if not isinstance(node, SHARED))]
    )
    parts = (changed.target, changed.iter) if head else ()  # type: ignore[attr-defined]
    made = {node for part in parts for node in preorder(part)}
    made |= {now for now, was in zip(changed.body, kept, strict=True) if isinstance(was, ast.expr)}  # type: ignore[attr-defined]
    named = names_in(changed)
    return replace(
        step,
        text=text,
        tree=changed,
        defines=step.defines & named,
        may_define=step.may_define & named,
        updates=step.updates & named,
        uses=step.uses & named,
        ordinals=tuple(-1 if isinstance(node, SHARED) or node in made else next(left) for node in number(changed)),
    )


def fits(value: ast.expr) -> bool:
    """Whether it is a call that fits what a name holds: ``model.fit(X, y)``, ``wrapper.train(X, y)``."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="fit")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="train"), args=[_, _, *_]):
            return True
    return False


def fit_within(statement: ast.stmt) -> ast.expr | None:
    """The fit in ``part[c] = encoder.fit_transform(part[c])``, which others read the encoder after."""
    match statement:
        case ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="fit_transform")) as call):
            return call
    return None


def _segment(step: Step, node: ast.AST) -> str:
    return ast.get_source_segment(step.text, node) or ""
