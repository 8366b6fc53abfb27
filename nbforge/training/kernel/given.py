"""What a fit is given that the notebook has no name for: ``model.fit(df[["area"]].values, y)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .parsing import parse
from .program import DEFINING, Step, names_in
from .recorder import Fit
from .sites import SHARED, number, preorder

_NOTHING = frozenset[str]()


def given_to(fit: Fit, steps: Sequence[Step]) -> Iterator[Step]:
    """The expressions that statements of the fit's cell give to calls of its name, as steps; the last comes first.

    A step has the place of the statement that it is a part of, and what was observed there is known of its nodes.
    """
    for step in reversed(steps):
        if step.cell != fit.cell or step.kind in DEFINING:
            continue
        tree = parse(step.text).body[0]
        ordinals = dict(zip(number(tree), step.ordinals or number(step.tree).values(), strict=True))
        for rows in reversed([*_arguments(tree, fit.method)]):
            yield _as_step(step, rows, ordinals)


def _arguments(tree: ast.stmt, method: str) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[rows, *_]) if name == method:
                if not isinstance(rows, ast.Name | ast.Starred):
                    yield rows


def _as_step(step: Step, rows: ast.expr, ordinals: Mapping[ast.AST, int]) -> Step:
    text = ast.unparse(rows)
    tree = parse(text).body[0]
    known = [node for node in preorder(rows) if not isinstance(node, SHARED)]
    written = [node for node in preorder(tree) if not isinstance(node, SHARED)][1:]
    own = dict(zip(written, (ordinals[node] for node in known), strict=True)) if len(known) == len(written) else {}
    return replace(
        step,
        tree=tree,
        text=text,
        kind="expression",
        defines=_NOTHING,
        may_define=_NOTHING,
        updates=_NOTHING,
        uses=step.uses & names_in(tree),
        ordinals=tuple(own.get(node, -1) for node in number(tree)),
    )
