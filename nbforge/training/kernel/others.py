"""Rows of other data beside the request's: ``for part in [train, test]`` changes both, a request has one of them.

What the raw frame does not lead to is left out of such lists in scoring. Whether the rest says the same of a row
without it is found out by running it, as for any statement.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from .alignment import Rows, is_pandas
from .asked import joined
from .bunches import is_bunch
from .joined import left_out
from .observations import Seen
from .parsing import parse
from .program import DEFINING, Step, names_in
from .recorder import Recorder
from .sites import remaining
from .spans import Spans
from .stacks import stacked
from .turns import fit_within
from .watching import bound_or_written, written_to


def alone(steps: Sequence[Step], recorder: Recorder, raw: str, rows: Rows) -> list[Step]:
    """The steps, with frames that ``raw`` does not lead to left out of lists that hold others as well."""
    derived = {raw}
    lengths: dict[str, int] = {}
    found: list[Step] = []
    for step in steps:
        now = recorder.lengths.get(step.place, {})
        beside = _only_joined(step, derived, recorder) | _cut_out(step, lengths, now, rows)
        lengths |= now
        derived = leading(step, derived) - beside
        touched = step.uses | step.updates
        others = {name for name in touched - derived if _is_table(name, step, recorder)}
        made = _without(_own_turns(_beside(step, others), others), others, derived)
        derived -= step.defines - made.defines
        found.append(made)
    return found


def _only_joined(step: Step, derived: set[str], recorder: Recorder) -> frozenset[str]:
    """The names that it binds to other rows, to which what the raw frame leads to is only joined."""
    if step.kind in DEFINING or not step.uses & derived <= joined(step.tree):
        return frozenset()
    bound = recorder.bound.get(step.place, {})
    return frozenset(name for name in step.defines if is_pandas(bound.get(name), "DataFrame", "Series"))


def _cut_out(step: Step, lengths: Mapping[str, int], now: Mapping[str, int], rows: Rows) -> frozenset[str]:
    """The names that it binds to the other rows of a stack, ``train = both[:count]``."""
    stacks = {lengths[name] for name in step.uses & lengths.keys() if lengths[name] > rows.count}
    cut = (name for name in step.defines & now.keys() if now[name] not in {rows.count, *stacks})
    return frozenset(cut) if stacks else frozenset()


def leading(step: Step, derived: set[str]) -> set[str]:
    """The names that are made of the raw frame after the step, where those ``derived`` were before it."""
    if step.kind in DEFINING:
        return derived
    return derived | step.defines | step.may_define if step.uses & derived else derived - step.defines


def _beside(step: Step, others: set[str]) -> Step:
    """The step where it writes to ``others`` alone: a list that held them holds them no more."""
    written = written_to(step.tree)
    return replace(step, updates=step.updates & others) if written and written <= others else step


def _own_turns(step: Step, others: set[str]) -> Step:
    """A loop or a branch without what only writes to ``others``: ``train[c] = ...`` beside ``test[c] = ...``.

    Of ``train[c] = encoder.fit_transform(train[c])`` the fit is left.
    """
    tree = parse(step.text).body[0]
    if not others or not isinstance(tree, ast.For | ast.If):
        return step
    beside = list(_written_beside(tree, others))
    fits = {each: fit for each in beside if (fit := fit_within(each)) is not None}
    if not beside or tree in beside:
        return step
    text = Spans(step.text)
    for each in beside:
        if each in fits:
            text.replace(each, ast.get_source_segment(step.text, fits[each]) or "")
        else:
            text.drop_lines(each)
    try:
        changed = parse(text.result()).body[0]
    except SyntaxError:  # several statements share a line
        return step
    kept = {node for each, fit in fits.items() for node in (each, *ast.walk(fit))}
    gone = {node for each in beside for node in ast.walk(each)}
    read = {node.id for node in set(ast.walk(tree)) - gone if isinstance(node, ast.Name)}
    named = names_in(changed)
    return replace(
        step,
        text=text.result(),
        tree=changed,
        defines=step.defines & named,
        may_define=step.may_define & named,
        updates=step.updates & named,
        uses=(step.uses & named) - (others - read),
        ordinals=remaining(tree, set(ast.walk(tree)) - (gone - kept), changed, step.ordinals or None),
    )


def _written_beside(tree: ast.For | ast.If, others: set[str]) -> Iterator[ast.stmt]:
    """The statements in a loop or a branch that only write to ``others``; itself, where it has no others."""
    if tree.orelse:
        return
    found = [
        list(_written_beside(each, others))
        if isinstance(each, ast.For | ast.If)
        else [each] * (bool(written_to(each)) and bound_or_written(each) <= others)
        for each in tree.body
    ]
    if all(each in beside for each, beside in zip(tree.body, found, strict=True)):
        yield tree
    else:
        yield from (each for beside in found for each in beside)


def _is_table(name: str, step: Step, recorder: Recorder) -> bool:
    value = recorder.read.get(step.place, {}).get(name, recorder.namespace.get(name))
    if isinstance(value, Seen):
        value = recorder.namespace.get(name)
    return is_pandas(value, "DataFrame", "Series") or is_bunch(value)


def _without(step: Step, others: set[str], derived: set[str]) -> Step:
    """The step without ``others`` in the list that it loops over or binds."""
    tree = parse(step.text).body[0]
    shown = _shown(tree)
    one_by_one = bool(_bound_with(tree, ())[0])
    if shown is None or isinstance(tree, ast.For):
        return _inner_without(step, tree, others, derived)
    if not (one_by_one or all(names_in(item) & step.uses for item in shown.elts)):
        return step
    dropped = left_out(shown, step.uses & derived, others)
    if not dropped:
        return step
    bound, unbound = _bound_with(tree, dropped)
    left = [[item for item in listed.elts if item not in {*dropped, *unbound}] for listed in (shown, *bound)]
    alone = bool(bound) and len(left[0]) == 1
    text = Spans(step.text)
    for listed, items in zip((shown, *bound), left, strict=True):
        texts = [ast.get_source_segment(step.text, item) or "" for item in items]
        text.replace(listed, texts[0] if alone else f"[{', '.join(texts)}]")
    changed = parse(text.result()).body[0]
    gone = {node for item in (*dropped, *unbound) for node in ast.walk(item)}
    return replace(
        step,
        text=text.result(),
        tree=changed,
        defines=step.defines - {item.id for item in unbound},
        uses=step.uses - frozenset[str]().union(*dropped.values()),
        ordinals=remaining(
            tree, set(ast.walk(tree)) - gone - ({shown, *bound} if alone else set()), changed, step.ordinals or None
        ),
    )


def _inner_without(step: Step, tree: ast.stmt, others: set[str], derived: set[str]) -> Step:
    """The step without ``others`` in the lists that loops within it go through."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)] if others else []
    lists = [loop.iter for loop in loops if isinstance(loop.iter, ast.List | ast.Tuple)]
    dropped = {shown: left_out(shown, derived, others) for shown in lists}
    if not any(dropped.values()):
        return step
    text = Spans(step.text)
    for shown, items in dropped.items():
        left = [ast.get_source_segment(step.text, item) or "" for item in shown.elts if item not in items]
        text.replace(shown, f"[{', '.join(left)}]")
    changed = parse(text.result()).body[0]
    gone = {node for items in dropped.values() for item in items for node in ast.walk(item)}
    return replace(
        step,
        text=text.result(),
        tree=changed,
        uses=step.uses & names_in(changed),
        ordinals=remaining(tree, set(ast.walk(tree)) - gone, changed, step.ordinals or None),
    )


def _bound_with(
    statement: ast.stmt, dropped: Collection[ast.expr]
) -> tuple[list[ast.List | ast.Tuple], list[ast.Name]]:
    """``a, b = x, y``: what the values are bound to one by one, and the names in it for those that are left out."""
    match statement:
        case ast.Assign(
            targets=[(ast.Tuple(elts=names) | ast.List(elts=names)) as bound],
            value=ast.Tuple(elts=values) | ast.List(elts=values),
        ) if len(names) == len(values) and all(isinstance(name, ast.Name) for name in names):
            pairs = zip(names, values, strict=True)
            return [bound], [name for name, value in pairs if value in dropped and isinstance(name, ast.Name)]
    return [], []


def _shown(statement: ast.stmt) -> ast.List | ast.Tuple | None:
    """The tables that a statement lists: to loop over, to bind, or to stack."""
    match statement:
        case ast.For(iter=(ast.List() | ast.Tuple()) as shown):
            return shown
        case ast.Assign(value=(ast.List() | ast.Tuple()) as shown):
            return shown
    return stacked(statement)
