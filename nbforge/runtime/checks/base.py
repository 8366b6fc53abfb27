"""What every check shares: null, the policies, cells of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.contract import Input


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a value is worth: the model's value, and a code where something is wrong or unusual."""

    value: Any
    code: str = ""
    detail: str = ""
    refuse: bool = True


class Check:
    """Base: null, and the policies."""

    expected = "a value"

    def __init__(self, field: Input) -> None:
        self.field = field
        self._nullable = field.nullable
        self._refuse_range = field.range == "refuse"
        bounded = field.range != "ignore"
        self._low = self._comparable(field.minimum) if bounded and field.minimum is not None else None
        self._high = self._comparable(field.maximum) if bounded and field.maximum is not None else None

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        """The column's values for the model where nothing about them is remarkable, else ``None``."""
        return self._fast(values)

    def _fast(self, _: Sequence[Any]) -> list[Any] | None:
        return None

    def look(self, value: Any) -> Verdict:
        """Judge one value."""
        if value is None:
            return Verdict(None) if self._nullable else Verdict(None, "null", "Must not be null.")
        return self._judge(value)

    def _judge(self, value: Any) -> Verdict:
        """Judge one value that is not null."""
        return Verdict(value)

    def _comparable(self, bound: Any) -> Any:
        """A bound of the contract as something that values compare with."""
        return bound

    def _in_range(self, value: Any) -> bool:
        return (self._low is None or self._low <= value) and (self._high is None or value <= self._high)

    def from_text(self, value: Any) -> Any:
        """The value that a cell of text means; anything else stays as it is. An empty cell is null."""
        if not isinstance(value, str):
            return value
        return self._cell(value) if value else None

    def _cell(self, text: str) -> Any:
        """The value that a cell, not empty, means."""
        return text

    def wrong_type(self, value: Any) -> Verdict:
        """The value is of another type."""
        return Verdict(value, "type", f"Expected {self.expected}.")

    def ranged(self, value: Any, comparable: Any) -> Verdict:
        """The value is of the right type; is it in training's range?"""
        if self._in_range(comparable):
            return Verdict(value)
        low, high = self.field.minimum, self.field.maximum
        return Verdict(value, "range", f"Outside of what training saw: {low} to {high}.", self._refuse_range)
