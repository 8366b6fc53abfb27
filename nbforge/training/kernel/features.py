"""The notebook's own statements between the raw frame and the prediction, as one function of a request's rows."""

from __future__ import annotations

import ast
import textwrap
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from .alignment import Rows, is_pandas
from .chain import Chain, differing, trace
from .folds import folded
from .joined import apart
from .kinds import is_state
from .lookups import lookups, without
from .observations import equal
from .others import alone
from .program import Step, sums_up, tainted
from .recorder import Recorder
from .rewrite import Rewriter
from .sources import rename
from .splits import unsplit
from .turns import turning
from .unfolding import in_a_call


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of the function: its text for scoring and the step it comes from."""

    text: str
    step: Step


@dataclass(frozen=True, slots=True)
class Features:
    """A function ``name`` of one parameter ``parameter``, the raw frame.

    ``state``: values it reads that no variable of the notebook holds; ``functions``: the notebook's functions that it
    calls, by name, where their text had to change; ``origins``: the cell that each name of ``state`` comes from;
    ``positions``: which rows training had in the result, where it had split them.
    """

    name: str
    parameter: str
    lines: tuple[Line, ...]
    result: str
    state: Mapping[str, Any]
    functions: Mapping[str, str]
    origins: Mapping[str, int]
    positions: Sequence[int] | None = None

    @property
    def source(self) -> str:
        """The function's definition, as it stands in ``scoring.py``."""
        body = [*(_indented(line.text) for line in self.lines), f"    return {self.result}"]
        return f"def {self.name}({self.parameter}):\n" + "\n".join(body)

    @property
    def tagged(self) -> bool:
        """Whether a cell tagged ``nbforge:features`` makes it."""
        return any("features" in line.step.roles for line in self.lines)

    def raised(self, error: BaseException) -> Line | None:
        """The statement that an exception comes from."""
        at = next((tb.lineno for frame, tb in _frames(error) if frame == "<features>"), None)
        last = 1
        for line in self.lines:
            last += line.text.count("\n") + 1
            if at is not None and at <= last:
                return line
        return None


class FeatureBuilder:
    """Builds such functions from what the recorder saw. ``steps`` are those after the raw frame was bound.

    ``given``: what statements of nbforge's own read.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        program: Sequence[Step],
        recorder: Recorder,
        rows: Rows,
        raw_name: str,
        given: Mapping[str, Any],
    ) -> None:
        loaded = {name for step in program if "data" in step.roles for name in step.binds}
        steps = without(steps, lookups(program, loaded, raw_name, recorder))
        steps = folded(turning(steps, recorder), recorder, raw_name, loaded)
        own = alone(steps, recorder, raw_name, rows)
        stacks = {step.place for step, was in zip(own, steps, strict=True) if step.text != was.text}
        self.steps, self.taken = unsplit(apart(own, stacks, recorder, rows), recorder, rows)
        self.program = program
        self.tables = tainted(self.steps, sorted(loaded))[0].keys() | loaded
        self.recorder, self.rows, self.raw_name, self.given = recorder, rows, raw_name, given
        figures = frozenset(name for step in self.steps if sums_up(step.tree) for name in step.defines)
        self.rewriter = Rewriter(recorder.seen, recorder.namespace, rows, f"len({raw_name})", figures)

    def reads_frame(self, names: frozenset[str]) -> bool:
        """Whether any of these names depends on the raw frame."""
        return bool(names & (tainted(self.steps, [self.raw_name])[0].keys() | {self.raw_name}))

    def build(self, name: str, target: frozenset[str], result: str, last: Step | None = None) -> Features:
        """The function that computes ``result`` (an expression over ``target``) from the raw frame.

        Args:
            name: what the function will be called.
            target: the names that ``result`` reads.
            result: the expression that the function returns.
            last: the step whose expression ``result`` is, when it is one of the notebook's; its text is rewritten too.
        """
        steps = [step for step in self.steps if last is None or step.place != last.place]
        chain = trace(steps, target, self.recorder, self.rows)
        self.rewriter.places = frozenset(step.place for step in (*chain.steps, *([last] if last is not None else [])))
        bound = {item for step in chain.steps for item in step.binds} | {self.raw_name}
        held = _Held(bound)
        lines = tuple(
            Line(rename(self._statement(step), held.names(chain.held.get(step.place, {}))), step)
            for step in chain.steps
        )
        text = result
        if last is not None:
            text = rename(self._statement(last, value=True), held.names(differing(last, self.recorder)))
        functions = self._functions(chain, last)
        lines = self._still_read(lines, text if last is None else f"{text}\n{last.text}", functions)
        read = set().union(*(names_within(line.text, {}) for line in lines))
        given = {key: value for key, value in self.given.items() if key in read}
        state = {**self.rewriter.state.values, **held.values, **given}
        origins = {key: step.cell for key, step in self.rewriter.state.origin.items()}
        taken = [self.taken[step.place] for step in chain.steps if step.place in self.taken]
        positions = taken[-1] if taken else None
        return Features(name, self.raw_name, lines, text, state, functions, origins, positions)

    def _still_read(self, lines: tuple[Line, ...], result: str, functions: Mapping[str, str]) -> tuple[Line, ...]:
        """Without the lines that only made rows for what is a value of training now."""
        texts = {name: step.text for step in self.program if step.kind == "function" for name in step.defines}
        kept: list[Line] = []
        live = names_within(result, {**texts, **functions})
        for line in reversed(lines):
            if line.step.binds & live:
                kept.append(line)
                live |= names_within(line.text, {**texts, **functions})
        return tuple(reversed(kept))

    def _statement(self, step: Step, *, value: bool = False) -> str:
        return self.rewriter.statement(step, self._row_names(step), value=value)

    def _row_names(self, step: Step) -> frozenset[str]:
        """Names of rows, of tables of other rows, and what a loop or a branch may have bound to a part of them that is
        too small to tell.
        """
        values = {**self.recorder.read.get(step.place, {}), **self.recorder.bound.get(step.place, {})}
        parts = step.binds if isinstance(step.tree, ast.For | ast.While | ast.If | ast.With | ast.Try) else frozenset()
        return frozenset(
            name
            for name, value in values.items()
            if self.rows.of_rows(value)
            or self._may_hold_rows(name, value)
            or (name in (parts | self.tables) and is_pandas(value, "Series", "DataFrame"))
        )

    def _may_hold_rows(self, name: str, value: Any) -> bool:
        """Whether it is none of what stands by itself, such as grouped rows or a function that reads rows."""
        known = self.recorder.namespace.get(name)
        if isinstance(known, FunctionType):
            return any(self.rows.of_rows(self.recorder.namespace.get(read)) for read in known.__code__.co_names)
        return not isinstance(known, ModuleType | type | BuiltinFunctionType) and not is_state(value)

    def _functions(self, chain: Chain, last: Step | None) -> dict[str, str]:
        """Functions of the notebook that the chain calls and that hold state of their own, rewritten."""
        names = set(chain.needed) | (last.uses if last is not None else frozenset())
        found: dict[str, str] = {}
        for step in self.program:
            if step.kind != "function" or not step.defines & names:
                continue
            names |= step.uses
            shared = frozenset(name for name in step.uses if self.rows.of_rows(self.recorder.namespace.get(name)))
            local, parameters = _locals(step)
            text = self.rewriter.statement(step, shared if parameters else shared | local, local)
            if text != step.text or in_a_call(step):
                found[min(step.defines)] = text
        return found


class _Held:
    """Names for what a variable held when a statement read it, and holds no more; ``recomputed`` ones need none."""

    def __init__(self, recomputed: Collection[str]) -> None:
        self.recomputed = recomputed
        self.values: dict[str, Any] = {}

    def names(self, held: Mapping[str, Any]) -> dict[str, str]:
        return {key: self._name(key, value) for key, value in held.items() if key not in self.recomputed}

    def _name(self, key: str, value: Any) -> str:
        name, count = f"{key}_then", 2
        while name in self.values and not equal(self.values[name], value):
            name, count = f"{key}_then_{count}", count + 1
        self.values[name] = value
        return name


def _frames(error: BaseException) -> Iterator[tuple[str, traceback.FrameSummary]]:
    return ((frame.filename, frame) for frame in traceback.extract_tb(error.__traceback__))


def names_within(text: str, functions: Mapping[str, str]) -> set[str]:
    """The names in a text and, by what ``functions`` holds of them, in the functions that it names."""
    found: set[str] = set()
    waiting = [text]
    while waiting:
        tree = ast.parse(waiting.pop())
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - found
        found |= names
        waiting += [functions[name] for name in sorted(names & functions.keys())]
    return found


def _locals(step: Step) -> tuple[frozenset[str], int]:
    """Parameters and local variables of a function, and the number of its parameters."""
    code = compile(step.text, "<definition>", "exec", dont_inherit=True)
    inner = next(item for item in code.co_consts if hasattr(item, "co_varnames"))
    return frozenset(inner.co_varnames), inner.co_argcount + inner.co_kwonlyargcount


def _indented(text: str) -> str:
    """Moved in by one level; lines inside a string of several lines stay where they are."""
    import io
    import tokenize

    inside: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING or tokenize.tok_name[token.type].startswith("FSTRING"):
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    lines = text.split("\n")
    return "\n".join(
        line if number in inside else textwrap.indent(line, "    ") for number, line in enumerate(lines, start=1)
    )
