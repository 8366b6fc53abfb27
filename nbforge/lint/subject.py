"""What a rule looks at: one notebook, and what can be worked out about it, each part when a rule first asks for it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from nbforge.lint.analysis import Analysis, analyse
from nbforge.lint.calls import Call, Command, Read, Reference, Write, place
from nbforge.lint.document import Document, RawCell
from nbforge.lint.history import History
from nbforge.lint.reader import read
from nbforge.lint.samples import split_history
from nbforge.notebook.flow import Flow, Step
from nbforge.values import Cell


@dataclass(frozen=True)  # not slotted: what is worked out is kept
class Subject:
    """One notebook. ``max_output_kb`` is the configured limit of a cell's outputs."""

    document: Document
    max_output_kb: int = 500

    @property
    def cells(self) -> tuple[RawCell, ...]:
        """All cells with their outputs."""
        return self.document.cells

    @property
    def code(self) -> tuple[RawCell, ...]:
        """The code cells."""
        return tuple(cell for cell in self.cells if cell.cell.kind == "code")

    @cached_property
    def analysis(self) -> Analysis:
        """The statements and which of them a build needs."""
        return analyse(self.document.notebook)

    @property
    def flow(self) -> Flow:
        """The statements."""
        return self.analysis.flow

    @cached_property
    def _read(self) -> Read:
        return read(self.flow)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call."""
        return self._read.calls

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every name of a library that is imported or read."""
        return self._read.references

    @property
    def commands(self) -> tuple[Command, ...]:
        """Every line that is given to a shell."""
        return self._read.commands

    @property
    def writes(self) -> tuple[Write, ...]:
        """Every assignment to a part of something."""
        return self._read.writes

    @cached_property
    def history(self) -> History:
        """What is fitted and scored on which rows."""
        return split_history(self.flow, self.calls)

    def needed_steps(self) -> list[tuple[int, Step]]:
        """The statements that a build runs."""
        return [(at, step) for at, step in self.analysis.steps() if self.analysis.wanted(at)]

    def cell(self, index: int) -> Cell:
        """A cell by its index."""
        return self.cells[index].cell

    def roles(self, index: int) -> frozenset[str]:
        """The roles of a cell."""
        return self.cell(index).roles

    def cell_needed(self, index: int) -> bool:
        """Whether a build runs anything of a cell."""
        return any(self.analysis.wanted(at) for at in self.flow.of_cell(index))

    def at(self, step: int, node: ast.AST | None = None) -> tuple[int, int, int]:
        """Line, column and last line of a node of a statement, or of the statement."""
        piece = self.flow.steps[step].piece
        target = node if node is not None else piece.node if piece is not None else None
        return place(self.flow, step, target) if target is not None else (1, 1, 1)

    def at_name(self, step: int, name: str) -> tuple[int, int, int]:
        """Where a statement reads ``name``; the statement, where it does so by calling something."""
        piece = self.flow.steps[step].piece
        for node in ast.walk(piece.node) if piece is not None else ():
            if isinstance(node, ast.Name) and node.id == name:
                return self.at(step, node)
        return self.at(step)
