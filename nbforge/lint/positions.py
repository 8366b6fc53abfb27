"""Lines of cells as lines of the file, which is what a review shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

from nbforge.notebook import spans
from nbforge.notebook.spans import Member, Span


def cell_spans(text: str) -> list[tuple[Member, ...]]:
    """The members of each cell, in order; of nbformat 3 too, where cells are in worksheets."""
    top = spans.members(text, spans.root(text))
    sheets = spans.find(text, top, "worksheets")
    owners = [top] if sheets is None else [spans.members(text, sheet) for sheet in spans.items(text, sheets.value)]
    lists = [found for owner in owners if (found := spans.find(text, owner, "cells")) is not None]
    return [spans.members(text, item) for found in lists for item in spans.items(text, found.value)]


def source_of(text: str, cell: tuple[Member, ...]) -> Span | None:
    """Where a cell's source stands."""
    found = spans.find(text, cell, "source") or spans.find(text, cell, "input")
    return found.value if found is not None else None


class Lines:
    """From the line of a cell to the line of the file. Nothing is done before the first question."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def of(self, cell: int | None, line: int | None) -> int:
        """The 1-based line of the file; the cell's own where ``line`` is not known, 1 where the cell is not."""
        if cell is None or cell >= len(self._cells):
            return 1
        starts = self._cells[cell]
        return starts[min(line or 1, len(starts)) - 1]

    @cached_property
    def _breaks(self) -> list[int]:
        return [at for at, char in enumerate(self._text) if char == "\n"]

    @cached_property
    def _text(self) -> str:
        return self._content.decode("utf-8")

    @cached_property
    def _cells(self) -> list[list[int]]:
        return [self._lines(members) for members in cell_spans(self._text)]

    def _lines(self, members: Sequence[Member]) -> list[int]:
        """The line of the file for each line of the source; at least one."""
        members = tuple(members)
        where = source_of(self._text, members)
        if where is None:
            return [self._at(members[0].start) if members else 1]
        if self._text[where.start] != "[":
            return [self._at(where.start)]
        found: list[int] = []
        open_line = False  # the item before did not end its line
        for item in spans.items(self._text, where):
            text = str(item.value(self._text))
            lines = text.splitlines(keepends=True)
            found += [self._at(item.start)] * (len(lines) - (1 if open_line and lines else 0))
            open_line = bool(lines) and not lines[-1].endswith("\n")
        return found or [self._at(where.start)]

    def _at(self, offset: int) -> int:
        return bisect_right(self._breaks, offset - 1) + 1
