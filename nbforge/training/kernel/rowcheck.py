"""Whether the feature statements say the same of a row wherever it stands: all rows, some, permuted, one by one.

The statements are run one after the other, so that a difference names the statement that makes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .alignment import Rows, is_pandas, numbered, same, snapshot, take
from .chain import first_line
from .dropped import without_tag
from .errors import CaptureError
from .features import Features, Line, names_within
from .idle import VARIATIONS, Idle, differing_columns, varied
from .parsing import parse
from .program import Step
from .refusals import AGAIN, OTHERWISE, remedy
from .splits import MADE_UP

SEED = 20_260_101
SOME = 20
ONE_BY_ONE = 12
TWICE = 5
"""Rows that are sent twice in one request."""


def check(
    features: Features,
    namespace: Mapping[str, Any],
    rows: Rows,
    trained: Any,
    *,
    rowwise: bool,
    all_rows: bool,
    at: Step | None = None,
) -> None:
    """Run the statements on samples of the raw rows and compare.

    Args:
        features: the function whose statements are checked.
        rows: the raw frame's rows, all of them.
        namespace: what the statements read besides the frame.
        trained: what the target was in training, one entry a row; ``None`` where nothing is known of it.
        rowwise: whether a row must give the same alone as among others.
        all_rows: whether the raw frame is the very one that training transformed.
        at: the step that ``features.result`` is the text of, where it is one.

    Raises:
        CaptureError: exit 5, naming the statement and the remedy.
    """
    lines = (*features.lines, Line(features.result, at)) if at is not None else features.lines
    _Checker(features, namespace, rows, lines).run(trained if all_rows else None, rowwise)


class _LineError(Exception):
    """A line of the function that failed on some rows, with what it raised as the message."""

    def __init__(self, line: Line, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.line = line


Trace = list[dict[str, Any]]
"""For each line the values of the names it binds; last, the result under the empty name."""


@dataclass(frozen=True, slots=True)
class _Checker:
    features: Features
    namespace: Mapping[str, Any]
    rows: Rows
    lines: Sequence[Line]
    idle: Idle = field(default_factory=set)

    def run(self, trained: Any, rowwise: bool) -> None:
        try:
            whole = self._trace(snapshot(self.rows.raw))
        except _LineError as raised:
            raise self._cause(raised.line, f"fails in scoring ({raised})", rowwise) from raised
        self._rows_kept(whole, rowwise)
        try:
            again = self._trace(snapshot(self.rows.raw))
        except _LineError as raised:
            raise self._differs(raised.line, f"fails when it runs a second time ({raised})") from raised
        unsteady = self._first_difference(whole, again, range(self.rows.count))
        if unsteady is not None:
            raise self._differs(unsteady, "gives other values each time it runs", AGAIN)
        if trained is not None and not self._as_trained(whole[-1][""], trained):
            raise self._differs(self._last(), "gives other values in scoring than it gave in training")
        for positions in _samples(self.rows.count) if rowwise else ():
            try:
                part = self._trace(numbered(take(self.rows.raw, positions)))
            except _LineError as raised:
                raise self._cause(
                    raised.line, f"fails on {_count(positions)} ({raised})", rowwise, whole[-1][""]
                ) from raised
            wrong = self._first_difference(whole, part, positions)
            if wrong is not None and not self._of_the_frame(wrong):
                raise self._of_training(wrong)
            if wrong is not None:
                raise self._of_the_others(wrong, positions)

    def _cause(self, line: Line, what: str, rowwise: bool, result: Any = None) -> CaptureError:
        """What is wrong with a line; or with an earlier one, which may be why. ``result``: of all rows, where known."""
        until = next((at for at, each in enumerate(self.features.lines) if each is line), len(self.features.lines))
        whole = [*self._trace(snapshot(self.rows.raw), until), {"": result}]
        for positions in _samples(self.rows.count) if rowwise else ():
            try:
                part = self._trace(numbered(take(self.rows.raw, positions)), until)
            except _LineError:
                continue
            wrong = self._first_difference(whole, part, positions)
            if wrong is not None and self._of_the_frame(wrong):
                return self._of_the_others(wrong, positions)
        return self._differs(line, what)

    def _trace(self, raw: Any, until: int | None = None, other: tuple[Line, str, Any] | None = None) -> Trace:
        """``until``: only of so many lines; ``other``: a line, a name, and what that is then taken to be."""
        scope = dict(self.namespace)
        scope[self.features.parameter] = raw
        found: Trace = []
        for line, live in zip(self.features.lines[:until], self._live()[:until], strict=True):
            try:
                exec(compile(line.text, "<features>", "exec", dont_inherit=True), scope)  # noqa: S102 - the notebook's own code
            except Exception as error:
                raise _LineError(line, error) from error
            if other is not None and line is other[0]:
                scope[other[1]] = snapshot(other[2])
            found.append({name: snapshot(scope[name]) for name in sorted(line.step.binds & live) if name in scope})
        if until is not None:
            return found
        try:
            code = compile(self.features.result.strip(), "<features>", "eval", dont_inherit=True)
            found.append({"": eval(code, scope)})  # noqa: S307 - the notebook's own expression
        except Exception as error:
            raise _LineError(self._last(), error) from error
        return found

    def _live(self) -> list[set[str]]:
        """After each line, the names that later ones or the result may read: a loop's own leftovers do not matter."""
        live = names_within(self.features.result, {})
        for text in self.features.functions.values():
            live |= names_within(text, {})
        found: list[set[str]] = []
        for line in reversed(self.features.lines):
            found.append(set(live))
            live |= names_within(line.text, {})
        return found[::-1]

    def _as_trained(self, value: Any, trained: Any) -> bool:
        """Whether training had the same in the same places, where it had split the rows; of those made up, anything."""
        positions = self.features.positions
        if positions is None or _length(trained) != len(positions) or _length(value) != self.rows.count:
            return same(value, trained)
        own = [at for at, position in enumerate(positions) if position != MADE_UP]
        return same(take(value, [positions[at] for at in own]), take(trained, own))

    def _rows_kept(self, whole: Trace, rowwise: bool) -> None:
        count = self.rows.count
        if _length(whole[-1][""]) == count:
            return  # some rows apart, such as those with gaps, are put back where they were
        for line, values in zip((*self.features.lines, self._last()), whole, strict=True):
            for name, value in values.items():
                length = _length(value)
                dropped = self.rows.part(value) or name == ""
                if length is not None and length != count and dropped:
                    raise self._cause(line, f"leaves {length} of {count} rows", rowwise, whole[-1][""])

    def _first_difference(self, whole: Trace, part: Trace, positions: Sequence[int]) -> Line | None:
        for line, left, right in zip((*self.features.lines, self._last()), whole, part, strict=False):
            for name, value in left.items():
                labels = is_pandas(value, "Index") and self.rows.index is not None and value.equals(self.rows.index)
                if labels or _length(value) != self.rows.count or _agree(value, right.get(name), positions):
                    continue
                columns = differing_columns(value, right.get(name), positions)
                if columns is None or not self._idle(line, name, value, columns, whole):
                    return line
        return None

    def _idle(self, line: Line, name: str, table: Any, columns: Sequence[int], whole: Trace) -> bool:
        """Whether it makes no difference what a table holds in these columns after a line: later ones drop them."""
        result = whole[-1].get("")
        if name and result is not None and not {(line.step.place, name, at) for at in columns} <= self.idle:
            try:
                others = [vary(table, columns) for vary in VARIATIONS]
                traces = [self._trace(snapshot(self.rows.raw), other=(line, name, each)) for each in others]
            except (_LineError, TypeError, ValueError):
                return False
            if all(same(trace[-1][""], result) for trace in traces):
                self.idle.update(varied([each.step.place for each in self.features.lines], whole, traces))
        return {(line.step.place, name, at) for at in columns} <= self.idle

    def _of_the_frame(self, line: Line) -> bool:
        """Whether a line reads what is made of the frame."""
        made = {self.features.parameter}
        for each in self.lines:
            read = bool(names_within(each.text, self.features.functions) & made)
            if each is line:
                return read
            made |= each.step.binds if read else set()
        return True

    def _of_training(self, line: Line) -> CaptureError:
        frame = self.features.parameter
        return CaptureError(
            exit=5,
            code="feature-state",
            message=f"`{first_line(line.step.text)}` makes rows of something that is not made of `{frame}`, the frame "
            "that `nbforge:data` binds, so every request would get rows of training.",
            remedy=f"Make it of `{frame}`, in a cell after the data cell; or take `nbforge:data` off its cell, "
            "then clients send rows such as the model was fitted on.",
            cell=line.step.cell,
            name=_subject(line.step.text),
        )

    def _of_the_others(self, line: Line, positions: Sequence[int]) -> CaptureError:
        return self._differs(line, f"gives other values for {_count(positions)} than for all rows together")

    def _last(self) -> Line:
        return self.lines[-1]

    @staticmethod
    def _differs(line: Line, what: str, otherwise: str = OTHERWISE) -> CaptureError:
        return CaptureError(
            exit=5,
            code="feature-state",
            message=f"`{first_line(line.step.text)}` {what}, "
            "so the service would not predict what the notebook predicts.",
            remedy=remedy(_as_run(line), otherwise) + without_tag(line.step),
            cell=line.step.cell,
            name=_subject(line.step.text),
        )


def _as_run(line: Line) -> str:
    """The statement, as scoring runs it where a fit of training stands for its own."""
    fitted = "fit_transform(" in line.step.text and "fit_transform(" not in line.text
    return line.text if fitted else line.step.text


def _agree(whole: Any, part: Any, positions: Sequence[int]) -> bool:
    try:
        return same(take(whole, positions), part)
    except (IndexError, TypeError, ValueError, KeyError):
        return False


def _samples(count: int) -> Iterator[Sequence[int]]:
    generator = np.random.default_rng(SEED)
    if count > 1:
        yield [int(at) for at in generator.choice(count, size=min(TWICE, count), replace=False) for _ in range(2)]
        yield [int(at) for at in generator.permutation(count)]
        yield sorted(int(at) for at in generator.choice(count, size=min(SOME, count), replace=False))
    for at in generator.choice(count, size=min(ONE_BY_ONE, count), replace=False):
        yield [int(at)]


def _length(value: Any) -> int | None:
    if isinstance(value, str | bytes | dict | set) or not hasattr(value, "__len__"):
        return None
    try:
        return int(value.shape[0]) if hasattr(value, "shape") and value.shape else len(value)
    except Exception:  # noqa: BLE001 - an ensemble counts its members, which it has none of before it is fitted
        return None


def _count(positions: Sequence[int]) -> str:
    return "one row by itself" if len(positions) == 1 else f"{len(positions)} rows in another order or company"


def _subject(text: str) -> str | None:
    """The variable that a statement changes, as the user would call it."""
    node = parse(text).body[0]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return ast.unparse(targets[0]) if targets else None
