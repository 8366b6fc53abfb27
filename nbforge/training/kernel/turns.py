"""A loop with only some of the statements of its turns."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from .program import Step, names_in, parse
from .sites import SHARED, number, preorder


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


def fit_within(statement: ast.stmt) -> ast.expr | None:
    """The fit in ``part[c] = encoder.fit_transform(part[c])``, which others read the encoder after."""
    match statement:
        case ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="fit_transform")) as call):
            return call
    return None


def _segment(step: Step, node: ast.AST) -> str:
    return ast.get_source_segment(step.text, node) or ""
