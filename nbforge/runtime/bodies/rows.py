"""Rows as sent, before anything is checked, and how to point at their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.problems import Problem, point


@dataclass(frozen=True, slots=True)
class Rows:
    """Records as sent, and how to point at them.

    ``records``: each an object, a list (positional), or a bare value where the model takes one value a row.
    ``prefix``: the pointer of the list that holds them; ``single``: the body is the one record itself. ``text``:
    values came as text (forms), so numbers in text are numbers.
    """

    records: Sequence[Any]
    prefix: str = ""
    single: bool = False
    text: bool = False

    @property
    def n(self) -> int:
        """How many rows."""
        return len(self.records)

    def pointer(self, row: int, *parts: str | int) -> str:
        """RFC 6901 pointer of a value of one row, into the body as sent."""
        return self.prefix + (point(*parts) if self.single else point(row, *parts))


@dataclass(frozen=True, slots=True)
class Table:
    """Columns as sent, each of ``n`` values.

    ``split``: the body is ``{"columns": [...], "data": [[...]]}``, and pointers are into these two lists. Elsewhere
    (CSV, Arrow) a value is at its row and its column's name, and a column at its name. ``text``: values came as text.
    ``problems``: what is wrong with the shape already.
    """

    columns: Mapping[str, Sequence[Any]]
    n: int
    split: bool = False
    text: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def prefix(self) -> str:
        """The pointer of all rows."""
        return "/data" if self.split else ""

    def pointer(self, row: int, name: str) -> str:
        """Where a value was sent; what stands for a column that was not sent is where the column should have been."""
        if name not in self.columns:
            return self.heading(name)
        return point("data", row, self._position(name)) if self.split else point(row, name)

    def heading(self, name: str) -> str:
        """Where a column was named, or should have been."""
        if not self.split:
            return point(name)
        return point("columns", self._position(name)) if name in self.columns else "/columns"

    def _position(self, name: str) -> int:
        return list(self.columns).index(name)
