"""Names that statements read and that nothing above binds: where they are read, and which cells have them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nbforge.lint.analysis import unbound
from nbforge.lint.subject import Subject
from nbforge.notebook.scope import top_level_names
from nbforge.notebook.source import BrokenSourceError, split

_NOT_COUNTED = ("skip", "raises-exception")


@dataclass(frozen=True, slots=True)
class Use:
    """The first statement that reads a name for which nothing above stands. ``later``: the cells below that bind it."""

    name: str
    certain: bool
    cell: int
    line: int | None
    column: int | None
    end_line: int | None
    later: tuple[int, ...]


def first_uses(subject: Subject, needed: bool = True) -> Iterator[Use]:
    """By name, the first needed statement that reads it; by cell and name among the others where not ``needed``."""
    told: set[tuple[int | None, str]] = set()
    bare = subject.flow.steps
    for position, step in enumerate(bare):
        if subject.analysis.wanted(position) != needed:
            continue
        read = subject.analysis.needs.reads(subject.flow, position) if needed else step.sources.keys()
        for name, certain in unbound(step):
            if name not in read:
                continue
            key = (None if needed else step.cell, name)
            if key in told:
                continue
            told.add(key)
            line, column, end = subject.at_name(position, name) if step.piece is not None else (None, None, None)
            yield Use(name, certain, step.cell, line, column, end, later_cells(subject, position, name))


def later_cells(subject: Subject, position: int, name: str) -> tuple[int, ...]:
    """The cells of the statements from ``position`` on that bind ``name``, in order."""
    later = subject.flow.steps[position:]
    return tuple(dict.fromkeys(s.cell for s in later if name in s.effects.defines | s.effects.may_define))


def elsewhere(subject: Subject, name: str) -> tuple[int, str] | None:
    """The cell that binds ``name`` and does not count, with the tag that says so."""
    for cell in subject.code:
        role = next((role for role in _NOT_COUNTED if role in cell.cell.roles), None)
        if role is not None and not subject.flow.of_cell(cell.index) and name in _binds(cell.cell.source):
            return cell.index, next((tag for tag in cell.cell.tags if tag in {role, "skip-execution"}), role)
    return None


def _binds(source: str) -> set[str]:
    try:
        body: list[ast.stmt] = [piece.node for piece in split(source).pieces]
    except BrokenSourceError:
        return set()
    return top_level_names(body)
