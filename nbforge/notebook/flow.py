"""The notebook as one line of statements, and for each name that one reads, the statement it comes from."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbforge.notebook.blocks import Blocks
from nbforge.notebook.callbacks import Arguments
from nbforge.notebook.effects import Effects, Part
from nbforge.notebook.inside import Compound
from nbforge.notebook.machine import TooInvolvedError
from nbforge.notebook.regions import Value
from nbforge.notebook.scope import top_level_names
from nbforge.notebook.settling import Settling
from nbforge.notebook.source import BrokenSourceError, Piece, Source, split
from nbforge.notebook.tags import KEPT
from nbforge.values import Cell

_CAPTURE = re.compile(r"^\s*%%capture\s+(.+)$", re.MULTILINE)


@dataclass(slots=True)
class Step:
    """One top-level statement where it stands. ``cell`` is the cell's index in its notebook.

    ``sources``: for each name it reads, the step that made it what it is (``None``: no earlier one); ``before``:
    the same for each name that it binds or changes.
    """

    cell: int
    piece: Piece | None
    effects: Effects
    sources: dict[str, int | None] = field(default_factory=dict)
    before: dict[str, int | None] = field(default_factory=dict)


@dataclass(slots=True)
class Flow:
    """All steps of one notebook. ``broken``: cells that do not parse; ``bound``: the names after each watched cell."""

    cells: dict[int, Source]
    steps: list[Step]
    broken: dict[int, BrokenSourceError]
    machine: Analysis
    bound: dict[int, dict[str, Value]] = field(default_factory=dict)
    positions: dict[int, list[int]] = field(default_factory=dict)

    def add(self, step: Step) -> int:
        """Append a step, and return its position."""
        position = len(self.steps)
        self.steps.append(step)
        if step.piece is not None:
            self.positions.setdefault(step.cell, []).append(position)
        return position

    def of_cell(self, index: int) -> list[int]:
        """The positions of a cell's steps."""
        return self.positions.get(index, [])


class Analysis(Blocks):
    """Evaluates one statement after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.settling = Settling(self.heap, self.env, self.name_changed)

    def analyse(self, position: int, node: ast.stmt, last: bool = False, presuming: bool = False) -> Effects:
        """The effects of a top-level statement.

        Args:
            position: of its step.
            node: the statement.
            last: it ends its cell, so that the value of an expression is displayed.
            presuming: calls of unknown effect are judged by convention.
        """
        self._begin(position, _kind(node))
        self.past.append(node)
        self.shows_last, self.presuming, self.divided = last, presuming, isinstance(node, Compound)
        self._follow([node], lambda: self.run([node]))
        return self._end()

    def _follow(self, body: list[ast.stmt], evaluate: Callable[[], None]) -> None:
        """Evaluate code that may be too much, or too deep, to be followed."""
        try:
            evaluate()
        except (TooInvolvedError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            self.active.clear()
            self.wanted, self.assigned, self.left = None, set(), False
            self.give_up(
                top_level_names(body), "it goes too deep to be followed" if deep else "it runs too much to be followed"
            )

    def analyse_call(self, position: int, name: str, value: Value) -> Effects:
        """The effects of calling, or predicting with, what ``name`` was bound to, at the end of the notebook."""
        self._begin(position, "call")
        if self.env.get(name) == value:
            self.read_global(name, certain=True)
        node = self.synthetic(self.keep_name(name))
        given = self.site(node, "rows", unknown=True)
        self._follow([], lambda: self._score(node, value, Arguments(spread=frozenset({given}))))
        return Effects(kind="call", uses=self._end().uses)

    def keep_name(self, name: str) -> ast.Name:
        """A node that reads ``name``, alive as long as the analysis is."""
        node = ast.Name(name, ast.Load(), lineno=1, col_offset=0)
        self.calls_made[id(node)] = ast.copy_location(ast.Call(node, [], []), node)
        return node

    def _score(self, node: ast.Call, value: Value, arguments: Arguments) -> None:
        kinds = {self.heap.regions[region].kind for region in value}
        if kinds and kinds <= {"function", "class"}:
            self.call_value(node, value, arguments)
        else:
            self._method(node, value, "predict", arguments)

    def _begin(self, position: int, kind: str) -> None:
        self.statement, self.spent, self.begun = position, 0, self.heap.work
        self.effects = Effects(kind=kind)
        self.part = Part()
        self.assigned, self.left, self.returns = set(), False, []
        self.showing, self.caught = False, 0
        self.rebound, self.taken = set(), set()
        self.routes.clear()
        self.memo.clear()
        self.callbacks.clear()
        self.called_back.clear()
        self.frames.clear()

    def _end(self) -> Effects:
        for frame in self.closed_over.values():
            self.heap.pinned.update(*frame.names.values())
        self.closed_over.clear()
        self.settling.settle()
        effects = self.effects
        effects.defines = {name for name in effects.may_define if name in self.assigned}
        effects.may_define -= effects.defines
        self.sure |= effects.defines & self.env.keys()
        for name in effects.updates | effects.defines:
            effects.presumed.pop(name, None)
        return effects


def trace(
    cells: Sequence[Cell],
    folders: tuple[Path, ...] = (),
    flowing: Iterable[int] | None = None,
    watched: Iterable[int] = (),
) -> Flow:
    """Follow the names through ``cells``.

    Args:
        cells: the code cells of one notebook, in order.
        folders: where its project's modules are.
        flowing: indices of the cells that run; all by default.
        watched: indices of the cells after which to remember what names are bound to.
    """
    machine = Analysis()
    machine.folders = folders
    flow = Flow({}, [], {}, machine)
    linker = Linker(flow)
    chosen = None if flowing is None else set(flowing)
    captured = captured_names(cells)
    for cell in cells:
        try:
            source = flow.cells[cell.index] = split(cell.source, captured)
        except BrokenSourceError as error:
            flow.broken[cell.index] = error
            continue
        if chosen is not None and cell.index not in chosen:
            continue
        for piece in source.pieces:
            last = piece is source.pieces[-1]
            effects = machine.analyse(len(flow.steps), piece.node, last, presuming=not cell.roles & KEPT)
            if last and isinstance(piece.node, ast.Expr):
                effects.updates.add("<out>")
            linker.add(cell.index, piece, effects)
        if cell.index in watched:
            flow.bound[cell.index] = dict(machine.env)
            machine.heap.pinned.update(*machine.env.values())
    return flow


def trace_call(flow: Flow, name: str, cell: int) -> int:
    """Add a call of what ``name`` was after ``cell`` at the end of the notebook, and return its step."""
    linker = Linker(flow)
    linker.replay()
    effects = flow.machine.analyse_call(len(flow.steps), name, flow.bound[cell].get(name, frozenset()))
    linker.add(cell, None, effects)
    return len(flow.steps) - 1


class Linker:
    """Connects uses with what they read."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.last: dict[str, int] = {}
        self.anything: int | None = None  # the last step that may have bound any name

    def add(self, cell: int, piece: Piece | None, effects: Effects) -> None:
        """Append a step."""
        step = Step(cell, piece, effects)
        position = self.flow.add(step)
        for name in effects.uses:
            step.sources[name] = self.last.get(name, self.anything)
        self._advance(position, step)

    def replay(self) -> None:
        """Catch up with the steps that are there."""
        for position, step in enumerate(self.flow.steps):
            if step.piece is not None:
                self._advance(position, step)

    def _advance(self, position: int, step: Step) -> None:
        effects = step.effects
        if effects.opaque or effects.binds_anything:
            effects.may_define |= {name for name in self.last if not name.startswith("<")} - effects.defines
            touched = set(self.last)
        else:
            touched = effects.defines | effects.may_define | effects.updates
        for name in touched | effects.defines | effects.updates:
            step.before[name] = self.last.get(name, self.anything)
            self.last[name] = position
        if effects.opaque or effects.binds_anything:
            step.before.setdefault("<anything>", self.anything)
            self.anything = position


def _kind(node: ast.stmt) -> str:
    match node:
        case ast.Import() | ast.ImportFrom():
            return "import"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return "function"
        case ast.ClassDef():
            return "class"
        case ast.Expr():
            return "expression"
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return "assignment"
    return "statement"


def captured_names(cells: Sequence[Cell]) -> frozenset[str]:
    """Names that ``%%capture`` binds and another cell reads; ``cells`` are the code cells of a notebook."""
    found = set()
    for cell in cells:
        for match in _CAPTURE.findall(cell.source) if "%%capture" in cell.source else ():
            for name in match.split():
                word = re.compile(rf"\b{re.escape(name)}\b")
                if any(word.search(other.source) for other in cells if other is not cell):
                    found.add(name)
    return frozenset(found)
