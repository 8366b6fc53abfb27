"""Statements of feature cells as scoring runs them: reductions and fits give way to what training found.

The notebook's own text stays, comments and layout too; only the spans that change are replaced.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from .alignment import Rows, is_pandas
from .contexts import OF_ROWS, Lookup, Parts, look_up
from .kinds import is_fitted_object, is_state
from .observations import Observation, alike, equal, merged
from .one_by_one import OneByOne
from .parsing import parse
from .program import Step, names_in
from .replaying import Edit, Learned, Replay
from .row_counts import MADE_TO_LENGTH, counting, counts_rows, lengths
from .scoping import ScopedTransformer, of_type
from .selections import filled_one_by_one, selects, shows
from .sites import Site, number
from .spans import Spans
from .state_names import Keeper
from .turns import fits
from .watching import written_to

INSTEAD = {"fit_transform": "transform", "fit_predict": "predict"}
"""What scoring calls in place of a method that fits."""


class Rewriter(Keeper):
    """Rewrites steps one after the other, collecting state.

    ``places``: the statements that scoring runs; what others showed of a function that they share does not count.
    ``rows``: those that training was of; ``length``: the expression for how many a request has; ``figures``: names of
    what sums rows up.
    """

    def __init__(
        self,
        seen: Mapping[Site, Mapping[tuple[int, int], Observation]],
        namespace: Mapping[str, Any],
        rows: Rows,
        length: str,
        figures: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(namespace)
        self.seen, self.rows, self.length, self.figures = seen, rows, length, figures
        self.places: Collection[tuple[int, int]] = ()

    def statement(
        self, step: Step, row_names: frozenset[str], local: frozenset[str] = frozenset(), *, value: bool = False
    ) -> str:
        """The step's text for scoring.

        Args:
            step: the statement.
            row_names: the names of rows; only what reads one of them can be state.
            local: names that hold rows wherever the function that ``step`` defines was given some.
            value: what is wanted is the value of the expression that the step is.
        """
        return _Edit(self, step, row_names, local, value).result()

    def observed(self, site: Site) -> Observation | None:
        """What the statements that scoring runs showed of an expression."""
        places = self.seen.get(site, {})
        return merged([observation for place, observation in places.items() if place in self.places])


def _changed_later(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement binds to names whose object it changes, too: a request must not change what training found."""
    written = written_to(statement)
    for node in ast.walk(statement):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in written:
                yield value


class _Edit(ScopedTransformer):
    """Goes through a step's tree, changing no node, and notes the changes of its text."""

    def __init__(
        self, rewriter: Rewriter, step: Step, row_names: frozenset[str], local: frozenset[str], value: bool
    ) -> None:
        self.tree = parse(step.text).body[0]
        super().__init__(self.tree)
        self.rewriter, self.step, self.row_names, self.local, self.value = rewriter, step, row_names, local, value
        self.ordinals = dict(zip(number(self.tree), step.ordinals or number(step.tree).values(), strict=True))
        self.text = Spans(step.text)
        self.lengths: set[ast.AST] = set()
        self.of_one_row: set[str] = set()
        self.changed = set(_changed_later(self.tree))
        self.masks = frozenset(name for name in row_names if _is_mask(rewriter.namespace.get(name), rewriter.rows))

    def result(self) -> str:
        self.visit(self.tree)
        return self.text.result()

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and self._only_fits(call, call.func):
            receiver, observation = call.func.value, self._seen(call)
            lookup = self._look_up(observation.fitted) if observation is not None else None
            if lookup is not None and isinstance(receiver, ast.Name):
                kept = self.rewriter.keep(self.step, call, lookup, "fitted")
                self.text.replace(call, kept if self.value else f"{receiver.id} = {kept}")
                return node
        return self.generic_visit(node)

    def _only_fits(self, call: ast.Call, function: ast.Attribute) -> bool:
        """Whether nothing is wanted of a call but what it fits."""
        return fits(call) or function.attr == "fit" or (function.attr == "fit_transform" and not self.value)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        observation = self._seen(node)
        self._note_lengths(node)
        if observation is None or node in self.lengths:
            return self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in INSTEAD and observation.fitted:
            return self._transform_instead(node, node.func, observation)
        if observation.learned and self._replay(node, observation):
            return node
        if (some := self._asked_about_some(node)) is not None:
            self.text.around(node, "(", f" if len({some}) else [])")
        return self._hoist_or_descend(node)

    def _asked_about_some(self, call: ast.Call) -> str | None:
        """The rows that a model is asked about, where they are some of all, such as those with gaps: a request may have
        none of them, and models take no empty table.
        """
        match call:
            case ast.Call(func=ast.Attribute(attr="predict"), args=[rows], keywords=[]):
                pass
            case ast.Call(func=ast.Attribute(attr="predict"), args=[], keywords=[ast.keyword(value=rows)]):
                pass
            case _:
                return None
        if "predict" in self.step.roles:
            return None
        return next(filter(self._is_some, sorted(names_in(rows))), None)

    def _is_some(self, name: str) -> bool:
        if name in self.local | self.scopes.local():
            return True
        value: Any = self.rewriter.namespace.get(name)
        rows = self.rewriter.rows
        if name not in self.row_names or not (is_pandas(value, "DataFrame") or isinstance(value, np.ndarray)):
            return False
        return len(value) not in {rows.count, *rows.parts}

    def visit_For(self, node: ast.For) -> ast.AST:
        """``for i in range(0, 1000)`` over a table of 1000 rows goes over all of a request's; so does ``iterrows()``.

        What such a loop makes of a row is no figure of all.
        """
        if not self._goes_through_rows(node.iter):
            return super().visit_For(node)
        outer = self.of_one_row
        self.of_one_row = outer | _stored(node.target, *node.body)
        super().visit_For(node)
        self.of_one_row = outer
        return node

    def _goes_through_rows(self, items: ast.expr) -> bool:
        """Whether it is one item a row; how many there are is then what a request has."""
        match items:
            case ast.Call(
                func=ast.Name(id="range"),
                args=[ast.Constant(value=0), ast.expr() as stop] | [ast.expr() as stop],
            ) if self._is_count(stop):
                if isinstance(stop, ast.Constant | ast.Name):
                    self.text.replace(stop, self.rewriter.length)
                self.lengths |= counting(stop)
                return True
            case ast.Call(func=ast.Attribute(attr="iterrows" | "itertuples")):
                return True
        rows = OneByOne(self.row_names | self.local | self.scopes.local(), self.rewriter.namespace)
        return rows.items(items, self._goes_through_rows)

    def _is_count(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return bool(node.value == self.rewriter.rows.count)
        if isinstance(node, ast.Name):
            return self._holds_count(node.id)
        if not counts_rows(node):
            return False
        names = names_in(node)
        if names & self.row_names:
            return True
        observation = self._seen(node)  # in a function, of what it was given or of a list that it filled
        counts = set(observation.values.values()) if observation is not None and observation.of_rows else set()
        return bool(names & (self.local | self.scopes.local())) and counts == {self.rewriter.rows.count}

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
            self.lengths |= lengths(node.right)
        return self.generic_visit(node)

    def _note_lengths(self, call: ast.Call) -> None:
        """``np.ones(len(df))`` makes an entry a row: its number of rows is the request's, not a figure of training."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in MADE_TO_LENGTH:
            arguments = [*call.args, *(item.value for item in call.keywords)]
            named = (item for each in arguments for item in ast.walk(each) if isinstance(item, ast.Name))
            held = {item for item in named if self._holds_count(item.id)}
            for item in held - self.lengths:
                self.text.replace(item, self.rewriter.length)
            self.lengths |= held.union(*map(lengths, arguments))

    def _holds_count(self, name: str) -> bool:
        """``m = len(df)`` of training, or of the part that a split made, stands for the request's number of rows."""
        value, rows = self.rewriter.namespace.get(name), self.rewriter.rows
        return type(value) is int and value in {rows.count, *rows.parts} and name not in self.local

    def _hoist_or_descend(self, node: ast.expr) -> ast.AST:
        observation = None if node in self.lengths else self._seen(node)
        if observation is not None and self._hoistable(node, observation):
            lookup = self._look_up(observation.values)
            if lookup is not None:
                kept = self.rewriter.keep(self.step, node, lookup)
                own = node in self.changed and is_pandas(lookup.state, "DataFrame", "Series") and not lookup.by
                self.text.replace(node, f"{kept}.copy()" if own else kept)
                return node
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
            outer = self.of_one_row
            through = [each.target for each in node.generators if self._goes_through_rows(each.iter)]
            self.of_one_row = outer | _stored(*through)
            self.elements(node)
            self.of_one_row = outer
            return node
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if (mask := filled_one_by_one(node)) is not None:
            self.text.around(node.value, "(", f") if ({mask}).any() else {ast.unparse(node.targets[0])}")
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A module's own name, such as ``np.inf``, is no reduction of the frame, though modules are no state either."""
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and isinstance(self.rewriter.namespace.get(root.id), ModuleType):
            return node
        return self.generic_visit(node) if node.attr == "name" else self._hoist_or_descend(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._hoist_or_descend(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return self._hoist_or_descend(node) if of_type(node) else self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._hoist_or_descend(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._hoist_or_descend(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._hoist_or_descend(node)

    def _seen(self, node: ast.expr) -> Observation | None:
        return self.rewriter.observed(Site(self.step.cell, self.step.statement, self.ordinals[node]))

    def _hoistable(self, node: ast.expr, observation: Observation) -> bool:
        names = names_in(node)
        local = self._of_rows(observation) if observation.of_rows else frozenset()
        # What looks a figure up, `medians[name]`, finds for a request also what training did not look up.
        figures = self.rewriter.figures - local if names & set(self.scopes.names()) else frozenset()
        if not names & (self.row_names - figures | local) or names & self.of_one_row or selects(node, self.masks):
            return False
        values = list(observation.values.values())
        if shows(node) and any(self.rewriter.rows.labelled(value) for value in values):
            return False
        return bool(values) and all(
            is_state(value) and (not callable(value) or is_fitted_object(value)) for value in values
        )

    def _of_rows(self, observation: Observation) -> frozenset[str]:
        """Local names that may hold rows: not those that held one value, or something else, each time."""
        others = {
            name
            for at, name in enumerate(self.scopes.names())
            if not any(parts[at].kind in OF_ROWS for parts in observation.values)
        }
        return (self.local | self.scopes.local()) - others

    def _look_up(self, values: Mapping[Parts, Any]) -> Lookup | None:
        if not values or any(value is None for value in values.values()):
            return None
        same = alike if any(is_fitted_object(value) for value in values.values()) else equal
        return look_up(self.scopes.names(), self.scopes.of_loops(), values, same)

    def _transform_instead(self, node: ast.Call, function: ast.Attribute, observation: Observation) -> ast.AST:
        lookup = self._look_up(observation.fitted)
        method = INSTEAD[function.attr]
        if lookup is None or not all(hasattr(item, method) for item in observation.fitted.values()):
            return self.generic_visit(node)
        fitted = self._unchanged(function.value, lookup) or self.rewriter.keep(
            self.step, function.value, lookup, "fitted"
        )
        first = node.args[0] if node.args else node.keywords[0].value
        self.text.between(self.text.start(function.value), self.text.start(first), f"{fitted}.{method}(")
        self.text.between(self.text.end(first), self.text.end(node), ")")
        self.visit(first)
        return node

    def _unchanged(self, receiver: ast.expr, lookup: Lookup) -> str:
        """The receiver's name, where the variable still holds what this call fitted."""
        if lookup.by or not isinstance(receiver, ast.Name) or receiver.id in self.local:
            return ""
        return receiver.id if alike(self.rewriter.namespace.get(receiver.id), lookup.state) else ""

    def _replay(self, node: ast.Call, observation: Observation) -> bool:
        """Whether the call was replaced by what it learned."""
        replays = {id(replay): replay for replay, _ in observation.learned.values()}
        lookup = self._look_up({parts: learned.state for parts, (_, learned) in observation.learned.items()})
        if lookup is None or len(replays) != 1:
            return False
        replay: Replay = next(iter(replays.values()))
        learned: Learned = next(iter(observation.learned.values()))[1]
        subjects = {"argument": node.args[0] if node.args else node.func, "receiver": node.func, "call": node}
        subject = subjects[replay.named_by]
        name = self.rewriter.keep(self.step, subject, lookup, replay.suffix)
        edits = replay.edits(node, name, learned, lambda module: self.rewriter.module(self.step, module))
        self._apply(node, edits)
        return bool(edits)

    def _apply(self, call: ast.Call, edits: list[Edit]) -> None:
        text, replaced = self.text, {id(edit.node) for edit in edits if edit.where == "instead"}
        for edit in edits:
            start, end = text.start(edit.node), text.end(edit.node)
            places = {
                "instead": (start, end),
                "before": (start, start),
                "behind": (end, end),
                "leads": (text.start(call), start),
                "rest": (end, text.end(call)),
            }
            text.between(*places[edit.where], edit.text)
        kept = next((edit.node for edit in edits if edit.where in ("leads", "rest")), None)
        if id(call) in replaced or not edits:
            return
        if kept is not None:
            self.visit(kept)
            return
        for child in [*call.args, *call.keywords]:
            value = child.value if isinstance(child, ast.keyword) else child
            if id(child) not in replaced and id(value) not in replaced:
                self.visit(value)
        if id(call.func) not in replaced and isinstance(call.func, ast.Attribute):
            self.visit(call.func.value)


def _is_mask(value: Any, rows: Rows) -> bool:
    return str(getattr(value, "dtype", "")) in ("bool", "boolean") and rows.aligned(value)


def _stored(*nodes: ast.AST) -> set[str]:
    """The names that are bound within nodes."""
    names = (item for node in nodes for item in ast.walk(node) if isinstance(item, ast.Name))
    return {item.id for item in names if isinstance(item.ctx, ast.Store)}
