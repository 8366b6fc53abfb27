"""Where the notebook tries the function of its predict cell in cells that do not run: what it gives there says what
kinds of values requests give.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from nbforge.notebook.callee import path_name
from nbforge.notebook.demand import Needed, needed
from nbforge.notebook.flow import Flow
from nbforge.values import EntryPoint, Trial

_WIDGETS = frozenset({"interact", "interact_manual", "interactive"})
_MOST = 5  # the last ones of a function
_FIGURES = frozenset(
    {
        *("astype", "bool", "dict", "float", "index", "int", "item", "items", "keys", "len", "list", "max", "mean"),
        *("median", "min", "mode", "nunique", "quantile", "range", "round", "set", "sorted", "std", "str", "sum"),
        *("to_list", "tolist", "tuple", "unique", "values", "zip"),
    }
)


def tried(flow: Flow, start: EntryPoint, found: Needed) -> tuple[Trial, ...]:
    """The calls, in order, with the statements that bind what they are given and that touch nothing else."""
    said = ((at, call) for at, call in _calling(flow, start) if at not in found)
    trials = [
        Trial(flow.steps[at].cell, code, ast.unparse(call))
        for at, call in islice(said, _MOST)
        if (code := _given(flow, found, at)) is not None
    ]
    return tuple(reversed(trials))


def held(flow: Flow, start: EntryPoint | None) -> list[int]:
    """What made that which the last of the calls gives the function besides plain values, a model mostly."""
    for at, call in _calling(flow, start) if start is not None else ():
        given = [*call.args, *(each.value for each in call.keywords)]
        names = [node.id for node in map(_fixed, given) if isinstance(node, ast.Name)]
        sources = [flow.steps[at].sources.get(name) for name in names]
        plain = any(isinstance(node, ast.Constant) for node in given) or path_name(call) in _WIDGETS
        return [source for source in sources if source is not None] if plain else []
    return []


def _fixed(given: ast.expr) -> ast.expr:
    """``fixed(model)`` gives a function what no widget changes."""
    match given:
        case ast.Call(args=[inner]) if path_name(given) == "fixed":
            return inner
    return given


def _calling(flow: Flow, start: EntryPoint) -> Iterator[tuple[int, ast.Call]]:
    """The calls of the function that the predict cell gives outside of that cell, the last first, with their steps."""
    name = start.call or start.name
    if name is None or start.last == "assignment":
        return
    for at in reversed(range(len(flow.steps))):
        step = flow.steps[at]
        defined = step.sources.get(name)
        if step.piece is None or step.cell == start.cell or defined is None:
            continue
        if flow.steps[defined].effects.kind == "function":
            yield from ((at, call) for call in _calls(step.piece.node, name))


def _calls(statement: ast.stmt, name: str) -> Iterator[ast.Call]:
    """The calls of ``name``, and those that give it to widgets."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id=called)) if called == name:
                yield node
            case ast.Call(args=[ast.Name(id=given), *_]) if given == name and path_name(node) in _WIDGETS:
                yield node


def _given(flow: Flow, found: Needed, position: int) -> str | None:
    """The statements besides the slice that bind what a statement reads; ``None`` where they do more than that."""
    cell = flow.steps[position].cell
    lines: list[str] = []
    mine: set[str] = set()
    for at in sorted(needed(flow, [position]).steps):
        step = flow.steps[at]
        if at in found or at == position or step.piece is None:
            continue
        effects = step.effects
        if effects.opaque or effects.binds_anything:
            return None
        if step.cell != cell and effects.kind != "import" and not _at_once(step.piece.node):
            return None
        mine |= effects.defines
        if effects.updates - mine - {"<out>"}:
            return None
        lines.append(ast.unparse(step.piece.node))
    return "\n".join(lines)


def _at_once(statement: ast.stmt) -> bool:
    """Whether it binds names to figures of what there is, such as ``dearest = df['price'].max()``."""
    match statement:
        case ast.Assign(targets=[ast.Name() | ast.Tuple()], value=value):
            return all(path_name(node) in _FIGURES for node in ast.walk(value) if isinstance(node, ast.Call))
    return False
