"""Tables stacked on each other, to be transformed together, and cut apart again: ``pd.concat([train, test])``.

A request has rows of one of them. In scoring the other is left out of the stack, which keeps the columns that it had in
training, and what cuts the rows of the raw frame out of it is all of the request's rows. What training made of its
stack is compared with that, as for any statement.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from .alignment import Rows
from .parsing import parse
from .program import Step, names_in
from .recorder import Recorder
from .selections import every_row, says_rows
from .sites import SHARED, number, remaining
from .spans import Spans
from .stacks import stacking

_OWN_PLACES = 1_000_000
"""Where the places of the statements that give a stack its columns begin, in their cell."""


def apart(steps: Sequence[Step], stacks: Collection[tuple[int, int]], recorder: Recorder, rows: Rows) -> list[Step]:
    """The steps, with a stack's own rows cut out of it being all of what it holds.

    ``stacks``: the places of the steps that had a table left out of what they stack.
    """
    found: list[Step] = []
    lengths: dict[str, int] = {}
    for step in steps:
        now = recorder.lengths.get(step.place, {})
        read = {name for name in step.uses if lengths.get(name, 0) > rows.count}
        cut = {name for name in step.binds if now.get(name) == rows.count}
        lengths |= now
        if step.place in stacks:
            found += _columns_kept(step, recorder)
        else:
            found.append(_whole(_own_part(step, cut), read) if read and cut else step)
    return found


def _own_part(step: Step, own: Collection[str]) -> Step:
    """Of ``train, test = both[:count], both[count:]`` what binds the one of ``own``."""
    tree = parse(step.text).body[0]
    match tree:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            pairs = zip(names, values, strict=True)
            found = [(name, value) for name, value in pairs if isinstance(name, ast.Name) and name.id in own]
        case _:
            return step
    if len(found) != 1:
        return step
    name, value = found[0]
    text = f"{name.id} = {ast.get_source_segment(step.text, value)}"
    changed = parse(text).body[0]
    return replace(
        step,
        text=text,
        tree=changed,
        defines=frozenset({name.id}),
        uses=step.uses & names_in(value),
        ordinals=remaining(tree, {tree, name, *ast.walk(value)}, changed, step.ordinals or None),
    )


def _columns_kept(step: Step, recorder: Recorder) -> Iterator[Step]:
    """The statement with one that gives the stack the columns, in the order, that it had in training; where it goes on
    with the stack, it gives them to it itself.
    """
    tree = parse(step.text).body[0]
    found, columns = stacking(tree), recorder.stacked.get(step.place)
    if found is not None and columns is not None and found[0] is not tree.value:  # type: ignore[attr-defined]
        yield _given_columns(step, tree, found[0], list(columns))
        return
    yield step
    for name in sorted(step.defines):
        columns = recorder.axes.get(step.place, {}).get(name, (None, None))[1]
        if columns is None or not all(isinstance(label, str) for label in columns):
            continue
        text = f"{name} = {name}.reindex(columns={list(columns)!r})"
        place = (step.cell, _OWN_PLACES + step.statement)
        for kept in (recorder.bound, recorder.read):
            kept[place] = {key: value for key, value in recorder.bound.get(step.place, {}).items() if key == name}
        named = frozenset({name})
        yield replace(
            step, statement=place[1], tree=parse(text).body[0], text=text, kind="assignment", defines=named,
            may_define=frozenset(), updates=frozenset(), uses=named, ordinals=(),
        )  # fmt: skip


def _given_columns(step: Step, tree: ast.stmt, stack: ast.Call, columns: list[object]) -> Step:
    if not all(isinstance(label, str) for label in columns):
        return step
    text = Spans(step.text)
    text.replace(stack, f"{ast.get_source_segment(step.text, stack)}.reindex(columns={columns!r})")
    changed = parse(text.result()).body[0]
    calls = (node for node in ast.walk(changed) if isinstance(node, ast.Call))
    made = next(
        node for node in calls if isinstance(node.func, ast.Attribute) and ast.dump(node.func.value) == ast.dump(stack)
    )
    new = {made, made.func, *(node for keyword in made.keywords for node in ast.walk(keyword))}
    known = step.ordinals or number(tree).values()
    left = iter([at for node, at in zip(number(tree), known, strict=True) if not isinstance(node, SHARED)])
    own = tuple(-1 if isinstance(node, SHARED) or node in new else next(left) for node in number(changed))
    return replace(step, text=text.result(), tree=changed, ordinals=own)


def _whole(step: Step, names: Collection[str]) -> Step:
    """The step with the one expression in it that cuts rows out of one of ``names`` replaced by what it cuts."""
    tree = parse(step.text).body[0]
    cuts = list(_cuts(tree, names))
    if len(cuts) != 1:
        return step
    cut, table, columns = cuts[0]
    text = Spans(step.text)
    shown = ast.get_source_segment(step.text, table) or ""
    given = f"[{ast.get_source_segment(step.text, columns)}]" if columns is not None else ""
    text.replace(cut, f"{shown}{given}")
    changed = parse(text.result()).body[0]
    own = step.ordinals or None
    return replace(
        step, text=text.result(), tree=changed, ordinals=remaining(tree, _kept(tree, cut, table, columns), changed, own)
    )


def _kept(tree: ast.stmt, cut: ast.expr, table: ast.expr, columns: ast.expr | None) -> set[ast.AST]:
    gone = set(ast.walk(cut)) - set(ast.walk(table))
    if columns is not None:
        gone -= {cut, *ast.walk(columns)}
    return set(ast.walk(tree)) - gone


def _cuts(tree: ast.AST, names: Collection[str]) -> Iterator[tuple[ast.expr, ast.expr, ast.expr | None]]:
    """Expressions that take rows of a table, with the table and the columns that they take."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(value=table, attr="loc" | "iloc"), slice=taken, ctx=ast.Load()):
                parts = taken.elts if isinstance(taken, ast.Tuple) else [taken]
                columns = parts[1] if len(parts) == 2 and not every_row(parts[1]) else None
                plain = node.value.attr == "loc" and not isinstance(columns, ast.Slice)  # type: ignore[attr-defined]
                if _named(table, names) and not every_row(parts[0]) and (columns is None or plain):
                    yield node, table, columns
            case ast.Subscript(value=table, slice=taken, ctx=ast.Load()):
                if _named(table, names) and says_rows(taken):
                    yield node, table, None
            case ast.Call(func=ast.Attribute(value=table, attr="head" | "tail")):
                if _named(table, names):
                    yield node, table, None


def _named(node: ast.expr, names: Collection[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def left_out(
    shown: ast.List | ast.Tuple, own: Collection[str], others: Collection[str]
) -> Mapping[ast.expr, frozenset[str]]:
    """The elements of a list that are rows of ``others``, and not of ``own``, with the names of these, where some are
    rows of ``own``.
    """
    names = {item: names_in(item) for item in shown.elts}
    if not any(found & {*own} for found in names.values()):
        return {}
    return {item: found & {*others} for item, found in names.items() if found & {*others} and not found & {*own}}
