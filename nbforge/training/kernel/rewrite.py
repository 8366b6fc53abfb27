"""Statements of feature cells as scoring runs them: reductions and fits give way to what training found.

The notebook's own text stays, comments and layout too; only the spans that change are replaced.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import cloudpickle

from .chain import first_line
from .errors import CaptureError
from .kinds import is_fitted_object, is_state
from .program import Step, parse
from .recorder import Key, Observation, Seen
from .replays import REPLAYS
from .sites import Site, loop_names, number

WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DULL = frozenset(
    {"df", "data", "frame", "X", "pd", "np", "self", "axis", "loc", "iloc", "values", "numeric_only", "True"}
)

MADE_TO_LENGTH = frozenset(
    {
        "arange",
        "broadcast_to",
        "empty",
        "full",
        "ones",
        "range",
        "RangeIndex",
        "repeat",
        "reshape",
        "resize",
        "tile",
        "zeros",
    }
)
"""Functions whose arguments say how many entries to make."""


@dataclass(slots=True)
class State:
    """Fitted state by the name that scoring gives it."""

    values: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Step] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """What to write in place of the bytes from ``start`` to ``end`` (exclusive) of a statement's text."""

    start: int
    end: int
    text: str


class Rewriter:
    """Rewrites steps one after the other, collecting state. ``taken(name)`` tells which names are in use already."""

    def __init__(self, seen: Mapping[Site, Observation], namespace: Mapping[str, Any]) -> None:
        self.seen, self.namespace = seen, namespace
        self.state = State()

    def statement(self, step: Step, row_names: frozenset[str]) -> str:
        """The step's text for scoring. ``row_names``: the names of rows; only what reads one of them can be state."""
        return _Edit(self, step, row_names).result()

    def keep(
        self, step: Step, node: ast.AST, values: Mapping[Key, Any], loops: tuple[str, ...], suffix: str = ""
    ) -> str:
        """Put values into the state; the expression that reads them back."""
        key_text = loops[0] if len(loops) == 1 else f"({', '.join(loops)})"
        base = suggest(node, suffix, loops)
        value: Any = values[()] if not loops else {(k[0] if len(loops) == 1 else k): v for k, v in values.items()}
        name, count = base, 2
        while name in self.namespace or name in self.state.values:
            name, count = f"{base}_{count}", count + 1
        self.state.values[name], self.state.origin[name] = value, step
        return f"{name}[{key_text}]" if loops else name


def suggest(node: ast.AST, suffix: str, loops: tuple[str, ...]) -> str:
    """A name that says what the value is: ``age_median`` for ``df["age"].median()``."""
    words = [word for word in WORDS.findall(ast.unparse(node)) if word not in DULL and word not in loops]
    chosen = list(dict.fromkeys(words))[-3:]
    if suffix:
        chosen = [*[word for word in chosen if word not in REPLAYS][:2], suffix]
    name = "_".join(chosen).lower() or "state"
    name = re.sub(r"_+", "_", name)
    return f"{name}_by_{'_'.join(loops)}" if loops else f"{name}_" if name in _RESERVED else name


_RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins))


class _Edit(ast.NodeVisitor):
    def __init__(self, rewriter: Rewriter, step: Step, row_names: frozenset[str]) -> None:
        self.rewriter, self.step, self.row_names = rewriter, step, row_names
        self.source = step.text
        self.tree = parse(step.text).body[0]
        self.ordinals = dict(zip(number(self.tree), number(step.tree).values(), strict=True))
        self.spans: list[Span] = []
        self.loops: list[ast.expr] = []
        self.lengths: set[ast.AST] = set()
        self.offsets = _line_offsets(step.text)

    def result(self) -> str:
        self.visit(self.tree)
        text = self.source.encode()
        for span in sorted(self.spans, key=lambda item: (item.start, item.end), reverse=True):
            text = text[: span.start] + span.text.encode() + text[span.end :]
        return text.decode()

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.loops.append(node.target)
        for item in node.body:
            self.visit(item)
        self.loops.pop()
        for item in node.orelse:
            self.visit(item)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and self._is_fit(call, "fit") and isinstance(call.func, ast.Attribute):
            receiver, observation = call.func.value, self._seen(call)
            if observation is not None and isinstance(receiver, ast.Name):
                name = self._keep(call, observation, observation.fitted, "fitted")
                self._replace(call, f"{receiver.id} = {name}")
                return
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        observation = self._seen(node)
        self._note_lengths(node)
        if observation is None or node in self.lengths:
            self.generic_visit(node)
        elif self._is_fit(node, "fit_transform") and observation.fitted:
            self._transform_instead(node, observation)
        elif observation.learned and isinstance(node.func, ast.Attribute):
            self._replay(node, node.func, observation)
        elif self._hoistable(node, observation):
            self._replace(node, self._keep(node, observation, observation.values))
        else:
            self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
            self.lengths |= {item for item in ast.walk(node.right) if _counts_rows(item)}
        self.generic_visit(node)

    def _note_lengths(self, call: ast.Call) -> None:
        """``np.ones(len(df))`` makes an entry a row: its number of rows is the request's, not a figure of training."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in MADE_TO_LENGTH:
            arguments = [*call.args, *(item.value for item in call.keywords)]
            self.lengths |= {item for each in arguments for item in ast.walk(each) if _counts_rows(item)}

    def _hoist_or_descend(self, node: ast.expr) -> None:
        observation = None if node in self.lengths else self._seen(node)
        if observation is not None and self._hoistable(node, observation):
            self._replace(node, self._keep(node, observation, observation.values))
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A module's own name, such as ``np.inf``, is no reduction of the frame, though modules are no state either."""
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not (isinstance(root, ast.Name) and isinstance(self.rewriter.namespace.get(root.id), ModuleType)):
            self._hoist_or_descend(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._hoist_or_descend(node)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._hoist_or_descend(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._hoist_or_descend(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._hoist_or_descend(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A lambda runs once an element; nothing in it was watched."""

    def _seen(self, node: ast.expr) -> Observation | None:
        return self.rewriter.seen.get(Site(self.step.cell, self.step.statement, self.ordinals[node]))

    def _is_fit(self, node: ast.Call, method: str) -> bool:
        return isinstance(node.func, ast.Attribute) and node.func.attr == method

    def _hoistable(self, node: ast.expr, observation: Observation) -> bool:
        if not any(isinstance(item, ast.Name) and item.id in self.row_names for item in ast.walk(node)):
            return False
        values = list(observation.values.values())
        if not values or any(value is None for value in values):
            return False  # what gives nothing back, as with `inplace=True`, is there for what it does
        if any(isinstance(value, Seen) or not is_state(value) for value in values):
            return False
        return not any(callable(value) and not is_fitted_object(value) for value in values)

    def _keep(self, node: ast.expr, observation: Observation, values: Mapping[Key, Any], suffix: str = "") -> str:
        loops = loop_names(self.loops)
        if observation.conflict or (len(values) > 1 and not loops):
            raise CaptureError(
                exit=3,
                code="feature-state",
                message=f"`{first_line(ast.unparse(node))}` had several values while it ran once in training, "
                "so scoring cannot tell which one to use.",
                remedy="Compute it once, in a statement of its own before the loop or the function.",
                cell=self.step.cell,
                name=ast.unparse(node),
            )
        return self.rewriter.keep(self.step, node, values, loops, suffix)

    def _transform_instead(self, node: ast.Call, observation: Observation) -> None:
        if not isinstance(node.func, ast.Attribute):
            return
        receiver = node.func.value
        fitted = self._unchanged(receiver, observation) or self._keep(
            receiver, observation, observation.fitted, "fitted"
        )
        first = node.args[0] if node.args else node.keywords[0].value
        open_span = Span(self._start(receiver), self._start(first), f"{fitted}.transform(")
        self.spans += [open_span, Span(self._end(first), self._end(node), ")")]
        self.visit(first)

    def _unchanged(self, receiver: ast.expr, observation: Observation) -> str:
        """The receiver's name, where the variable still holds what this call fitted."""
        if self.loops or not isinstance(receiver, ast.Name) or observation.conflict or list(observation.fitted) != [()]:
            return ""
        now = self.rewriter.namespace.get(receiver.id)
        return receiver.id if _alike(now, observation.fitted[()]) else ""

    def _replay(self, node: ast.Call, function: ast.Attribute, observation: Observation) -> None:
        replay = REPLAYS[function.attr]
        subject = node.args[0] if node.args and not isinstance(node.args[0], ast.Constant) else function.value
        name = self._keep(subject, observation, observation.learned, replay.suffix)
        edits = replay.edits(node, name)
        for target, before, after, instead in edits:
            start, end = self._start(target), self._end(target)
            if instead:
                self.spans.append(Span(start, end, f"{before}{instead}{after}"))
            else:
                self.spans += [Span(start, start, before)] if before else []
                self.spans += [Span(end, end, after)] if after else []
        replaced = {id(target) for target, _, _, instead in edits if instead}
        for child in [*node.args, *(item.value for item in node.keywords)]:
            if id(child) not in replaced and id(node) not in replaced:
                self.visit(child)
        if id(function) not in replaced and id(node) not in replaced:
            self.visit(function.value)

    def _replace(self, node: ast.AST, text: str) -> None:
        self.spans.append(Span(self._start(node), self._end(node), text))

    def _start(self, node: ast.AST) -> int:
        return self.offsets[node.lineno - 1] + int(node.col_offset)  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return self.offsets[node.end_lineno - 1] + int(node.end_col_offset)  # type: ignore[attr-defined]


def _alike(left: Any, right: Any) -> bool:
    try:
        return type(left) is type(right) and cloudpickle.dumps(left) == cloudpickle.dumps(right)
    except Exception:  # noqa: BLE001 - what cannot be pickled is kept as a state of its own, and saving it tells why it cannot be
        return False


def _counts_rows(node: ast.AST) -> bool:
    """``len(x)``, ``x.shape``, ``x.shape[0]``."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _line_offsets(text: str) -> list[int]:
    offsets, total = [], 0
    for line in text.encode().splitlines(keepends=True):
        offsets.append(total)
        total += len(line)
    return offsets
