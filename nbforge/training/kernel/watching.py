"""What is watched at each statement on the way from the raw frame to the prediction."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from .choosing import few_rows
from .program import Step
from .recorder import Watched
from .splits import split_into
from .stacks import stacked

MUTATORS = frozenset(
    {
        "append",
        "extend",
        "fill",
        "insert",
        "partition",
        "pop",
        "put",
        "remove",
        "resize",
        "setdefault",
        "sort",
        "update",
    }
)
"""Methods that change their receiver whatever their arguments say."""


def watching(steps: Sequence[Step], functions: Collection[Step]) -> dict[tuple[int, int], Watched]:
    """For each step the names it reads and binds, and those whose content decides whether it changes them at all.

    The analysis of the source says that a call *may* change what it is given. Where a statement does nothing to a frame
    but hand it to code outside the notebook, an unchanged frame shows that it does not. A statement that writes to the
    frame itself counts as a change even if training's rows happened to need none: a request's rows may.
    """
    own = {name for step in functions for name in step.defines}
    found: dict[tuple[int, int], Watched] = {}
    few = few_rows((step.tree, step.binds) for step in steps)
    for step, chosen in zip(steps, few, strict=True):
        in_place = step.updates - step.defines - step.may_define
        if "train" not in step.roles:
            in_place = frozenset() if step.uses & own else in_place - written_to(step.tree)
        parts = tuple(name for name, _ in split_into(step.tree))
        found[step.place] = Watched(
            tuple(sorted(step.uses | step.updates)),
            tuple(sorted(step.binds)),
            tuple(sorted(in_place)),
            stacked(step.tree) is not None,
            parts if chosen is None else (*parts, chosen),
            tuple(name for name in parts if any(name in written_to(other.tree) for other in steps if other != step)),
        )
    return found


def bound_or_written(statement: ast.stmt) -> frozenset[str]:
    """Names that a statement binds, or whose object it changes by its own text."""
    names = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return written_to(statement).union(node.id for node in names)


def written_to(statement: ast.stmt) -> frozenset[str]:
    """Names whose object a statement changes by its own text.

    By assigning to an item or an attribute, by ``inplace=``, by a method that mutates.
    """
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            found |= base(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            inplace = any(keyword.arg in ("inplace", "out", None) for keyword in node.keywords)
            if inplace or node.func.attr in MUTATORS:
                found |= base(node.func)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found |= base(node.value.func)
    return frozenset(found)


def base(node: ast.expr) -> set[str]:
    """The name that an expression begins with: ``df`` of ``df["a"].str.lower()``; none where it is no name."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()
