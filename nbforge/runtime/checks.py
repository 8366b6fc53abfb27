"""What one field accepts: one small class a kind of value.

``passes`` decides a whole column by C loops and gives the model's values; ``None`` means "look closer", not "wrong". ``look`` judges
one value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbforge.runtime import instants
from nbforge.runtime.contract import Input

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""Stands in a column where a record did not have the field."""

FLOAT32_MAX = 3.4028234663852886e38
"""Beyond it a number is refused unless training saw such: most models compute in 32 bits somewhere, and overflow."""

_NONE = type(None)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_LONGEST_NUMBER = 400
_NOT_FINITE = {"nan", "inf", "infinity"}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


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
        self._in_range = _range_of(field)

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        """The column's values for the model where nothing about them is remarkable, else ``None``."""
        return None

    def look(self, value: Any) -> Verdict:
        """Judge one value."""
        if value is None:
            return Verdict(None) if self._nullable else Verdict(None, "null", "Must not be null.")
        return self.judge(value)

    def judge(self, value: Any) -> Verdict:
        """Judge one value that is not null."""
        return Verdict(value)

    def from_text(self, value: Any) -> Any:
        """The value that a cell of text means; anything else stays as it is. An empty cell is null."""
        if not isinstance(value, str):
            return value
        return self.cell(value) if value else None

    def cell(self, text: str) -> Any:
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


class Float(Check):
    """A finite number."""

    expected = "a number"

    def __init__(self, field: Input) -> None:
        super().__init__(field)
        low, high = number_limits(field)
        self._low, self._high = low, high
        self._first = low if field.range == "ignore" or field.minimum is None else max(low, field.minimum)
        self._last = high if field.range == "ignore" or field.maximum is None else min(high, field.maximum)
        self._types: frozenset[type] = frozenset((int, float, _NONE) if field.nullable else (int, float))

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        kinds = set(map(type, values))
        if not kinds <= self._types:
            return None
        present = [value for value in values if value is not None] if _NONE in kinds else values
        if present and not (self._first <= min(present) and max(present) <= self._last):
            return None
        # Comparisons with NaN are false either way, so minimum and maximum may have missed one.
        if float in kinds and not all(map(math.isfinite, present)):
            return None
        return self.convert(values, kinds)

    def convert(self, values: Sequence[Any], kinds: set[type]) -> list[Any] | None:
        """Numbers that passed, in the model's type."""
        if int not in kinds:
            return values if isinstance(values, list) else list(values)
        return [None if value is None else float(value) for value in values]

    def judge(self, value: Any) -> Verdict:
        if type(value) is not float and type(value) is not int:
            return self.wrong_type(value)
        if not -math.inf < value < math.inf:
            return Verdict(None, "not_finite", "Must be a finite number.")
        if not self._low <= value <= self._high:
            return Verdict(None, "range", f"Must be within {self._low} and {self._high}.")
        return self.whole(value)

    def whole(self, value: float) -> Verdict:
        """The number is finite and within the hard limits."""
        return self.ranged(float(value), value)

    def cell(self, text: str) -> Any:
        text = text.strip()
        if _NUMBER.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
            return int(text) if text.lstrip("+-").isdigit() else float(text)
        return math.nan if text.lower().lstrip("+-") in _NOT_FINITE else text


class Integer(Float):
    """A whole number; ``5.0`` is one."""

    expected = "a whole number"

    def convert(self, values: Sequence[Any], kinds: set[type]) -> list[Any] | None:
        if float in kinds:
            if any(type(value) is float and not value.is_integer() for value in values):
                return None
            return [None if value is None else int(value) for value in values]
        return values if isinstance(values, list) else list(values)

    def whole(self, value: float) -> Verdict:
        if value != int(value):
            return self.wrong_type(value)
        return self.ranged(int(value), value)


class Boolean(Check):
    """``true`` or ``false``."""

    expected = "true or false"

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        return list(values) if set(map(type, values)) == {bool} else None

    def judge(self, value: Any) -> Verdict:
        return Verdict(value) if isinstance(value, bool) else self.wrong_type(value)

    def cell(self, text: str) -> Any:
        return _BOOLEANS.get(text.strip().lower(), text)


class Text(Check):
    """A text, with a length limit where the contract has one."""

    expected = "a text"

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        if set(map(type, values)) != {str}:
            return None
        if self.field.length is not None and max(map(len, values)) > self.field.length:
            return None
        return list(values)

    def judge(self, value: Any) -> Verdict:
        if not isinstance(value, str):
            return self.wrong_type(value)
        if self.field.length is not None and len(value) > self.field.length:
            return Verdict(value, "range", f"At most {self.field.length} characters.")
        return Verdict(value)

    def from_text(self, value: Any) -> Any:
        # Where training had no nulls an empty cell can only be the empty text.
        return value if value or not self._nullable else None


class Category(Check):
    """One of the known values. They compare by value and kind: ``5.0`` is ``5``, ``true`` is not ``1``."""

    expected = "one of the known categories"

    def __init__(self, field: Input) -> None:
        super().__init__(field)
        self._known = {(_kind(value), value): value for value in field.categories or ()}
        self._texts = {value: value for value in field.categories or () if isinstance(value, str)}
        self._kinds = {kind for kind, _ in self._known} or {str}
        self._cells = {_cell(value): value for value in field.categories or ()}

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        if set(map(type, values)) == {str} and self._texts.keys() >= set(values):
            return list(values)
        return None

    def judge(self, value: Any) -> Verdict:
        kind = _kind(value)
        if kind is None or kind not in self._kinds:
            return self.wrong_type(value)
        known = self._known.get((kind, value))
        if known is not None:
            return Verdict(known)
        if kind is float and not math.isfinite(value):
            return Verdict(None, "not_finite", "Must be a finite number.")
        if self.field.category == "ignore":
            return Verdict(value)
        detail = f"Not one of the {len(self._known)} known categories."
        return Verdict(value, "category", detail, self.field.category != "flag")

    def cell(self, text: str) -> Any:
        if text in self._cells:
            return self._cells[text]
        # An unseen number is still a number, so that it is told apart from a value of a wrong type.
        if float in self._kinds and _NUMBER.fullmatch(text.strip()) and len(text) <= _LONGEST_NUMBER:
            return float(text)
        return text


class Moment(Check):
    """An instant or a date, as ISO 8601 text."""

    expected = "a date and time as ISO 8601 text"

    def __init__(self, field: Input) -> None:
        self._unit = _unit(field)
        super().__init__(field)

    def passes(self, values: Sequence[Any]) -> list[Any] | None:
        if set(map(type, values)) != {str}:
            return None
        for value in values:
            moment = self.read(value)
            if moment is None or not self._in_range(moment):
                return None
        return list(values)

    def judge(self, value: Any) -> Verdict:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            return self.wrong_type(value)
        moment = self.read(value)
        if moment is None:
            return Verdict(value, "range", "No such instant, or outside of what the model's clock can hold.")
        return self.ranged(value, moment)

    pattern = _MOMENT

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
    pattern = re.compile(r"[+-]?[Pp][0-9A-Za-z.,]{1,60}")

    def read(self, text: str) -> Any:
        try:
            return instants.duration(text, self._unit)
        except (ValueError, OverflowError):
            return None


class Vector(Check):
    """A list of finite numbers, of one length where the contract gives it."""

    expected = "a list of numbers"

    def judge(self, value: Any) -> Verdict:
        if not isinstance(value, list) or any(type(each) not in (int, float) for each in value):
            return self.wrong_type(value)
        if not all(-math.inf < each < math.inf for each in value):
            return Verdict(None, "not_finite", "Every number must be finite.")
        if any(abs(each) > FLOAT32_MAX for each in value):
            return Verdict(None, "range", f"Every number must be within {-FLOAT32_MAX} and {FLOAT32_MAX}.")
        if self.field.length is not None and len(value) != self.field.length:
            return Verdict(None, "type", f"Expected a list of {self.field.length} numbers.")
        return Verdict(value)


def check_for(field: Input) -> Check:
    """The check of a field."""
    if field.categories is not None:
        return Category(field)
    return _kind_of_check(field.dtype)(field)


def _kind_of_check(dtype: str) -> Callable[[Input], Check]:
    if re.fullmatch(r"u?int\d+", dtype):
        return Integer
    if dtype.startswith("float"):
        return Float
    return _CHECKS.get(dtype, Text)


_CHECKS: dict[str, Callable[[Input], Check]] = {
    "bool": Boolean,
    "datetime": Moment,
    "date": Date,
    "timedelta": Duration,
    "vector": Vector,
    "category": Category,
}


def number_limits(field: Input) -> tuple[float, float]:
    """The numbers that are never accepted are those beyond these two, whatever the policy."""
    if "int" in field.dtype:
        info = np.iinfo(field.dtype)
        return int(info.min), int(info.max)
    extremes = [abs(each) for each in (field.minimum, field.maximum) if isinstance(each, (int, float))]
    if field.dtype == "float64" and extremes and max(extremes) > FLOAT32_MAX:
        return -1.7976931348623157e308, 1.7976931348623157e308
    if field.dtype == "float16":
        return -65504.0, 65504.0
    return -FLOAT32_MAX, FLOAT32_MAX


def _range_of(field: Input) -> Callable[[Any], bool]:
    """Whether a value lies where training's values lay; always so under ``ignore``."""
    if field.range == "ignore" or (field.minimum is None and field.maximum is None):
        return lambda value: True
    read: Callable[[Any], Any] = lambda value: value  # noqa: E731 - chosen by dtype
    if field.dtype in ("datetime", "date"):
        read = lambda value: instants.instant(value, _unit(field))  # noqa: E731
    elif field.dtype == "timedelta":
        read = lambda value: instants.duration(value, _unit(field))  # noqa: E731
    low = None if field.minimum is None else read(field.minimum)
    high = None if field.maximum is None else read(field.maximum)
    return lambda value: bool((low is None or low <= value) and (high is None or value <= high))


def _unit(field: Input) -> str:
    """Resolution of a column of instants: what the model's clock can hold follows from it."""
    found = re.search(r"\[(s|ms|us|ns)", str(field.frame_dtype))
    if found:
        return found[1]
    return "ns" if field.dtype != "date" else "s"


def _kind(value: Any) -> type | None:
    if isinstance(value, bool):
        return bool
    if isinstance(value, (int, float)):
        return float
    return str if isinstance(value, str) else None


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
