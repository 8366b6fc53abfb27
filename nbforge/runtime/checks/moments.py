"""Instants, dates and durations, as ISO 8601 text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nbforge.runtime import instants
from nbforge.runtime.checks.base import Check, Verdict
from nbforge.runtime.contract import Input

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION = re.compile(r"[+-]?[Pp][0-9A-Za-z.,]{1,60}")


class Moment(Check):
    """An instant or a date, as ISO 8601 text."""

    expected = "a date and time as ISO 8601 text"
    pattern = _MOMENT

    def __init__(self, field: Input) -> None:
        self._unit = _unit(field)
        super().__init__(field)

    def _fast(self, values: Sequence[Any]) -> list[Any] | None:
        if set(map(type, values)) != {str}:
            return None
        for value in values:
            moment = self.read(value)
            if moment is None or not self._in_range(moment):
                return None
        return list(values)

    def _judge(self, value: Any) -> Verdict:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            return self.wrong_type(value)
        moment = self.read(value)
        if moment is None:
            return Verdict(value, "range", "No such instant, or outside of what the model's clock can hold.")
        return self.ranged(value, moment)

    def _comparable(self, bound: Any) -> Any:
        return self.read(bound)

    def read(self, text: str) -> Any:
        """The instant, ``None`` where there is none."""
        if not self.pattern.fullmatch(text):
            return None
        try:
            return instants.instant(text, self._unit)
        except (ValueError, OverflowError):
            return None


class Date(Moment):
    """A calendar date."""

    expected = "a date as ISO 8601 text"
    pattern = _DATE


class Duration(Moment):
    """A length of time."""

    expected = "a duration as ISO 8601 text"
    pattern = _DURATION

    def read(self, text: str) -> Any:
        """The duration, ``None`` where there is none."""
        try:
            return instants.duration(text, self._unit)
        except (ValueError, OverflowError):
            return None


def _unit(field: Input) -> str:
    """Resolution of a column of instants: what the model's clock can hold follows from it."""
    found = re.search(r"\[(s|ms|us|ns)", str(field.frame_dtype))
    if found:
        return found[1]
    return "ns" if field.dtype != "date" else "s"
