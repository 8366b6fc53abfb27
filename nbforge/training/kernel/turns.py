"""A loop with only some of the statements of its turns."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from .program import Step, parse
from .sites import SHARED, number, preorder


def shortened(step: Step, loop: ast.For, kept: Sequence[ast.stmt], head: str = "") -> Step:
    """The step whose text is parsed as ``loop``, with the statements ``kept`` alone, and with another ``head``."""
    shown = head or f"for {_segment(step, loop.target)} in {_segment(step, loop.iter)}:"
    text = "\n".join([shown, *(f"{' ' * each.col_offset}{_segment(step, each)}" for each in kept)])
    changed = parse(text).body[0]
    known = number(loop)
    own = [*([] if head else [loop.target, loop.iter]), *kept]
    left = iter(
        [known[loop], *(known[node] for each in own for node in preorder(each) if not isinstance(node, SHARED))]
    )
    parts = (changed.target, changed.iter) if head else ()  # type: ignore[attr-defined]
    made = {node for part in parts for node in preorder(part)}
    named = {node.id for node in ast.walk(changed) if isinstance(node, ast.Name)}
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


def _segment(step: Step, node: ast.AST) -> str:
    return ast.get_source_segment(step.text, node) or ""
