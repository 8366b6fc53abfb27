"""Numbers, booleans, text, categories and vectors."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from nbforge.runtime.checks.base import Check, Verdict
from nbforge.runtime.contract import Input

FLOAT32_MAX = 3.4028234663852886e38
"""Beyond it a number is refused unless training saw such: most models compute in 32 bits somewhere, and overflow."""

_NONE = type(None)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 400
_NOT_FINITE = {"nan", "inf", "infinity"}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class Float(Check):
    """A finite number."""

    expected = "a number"
    _own: ClassVar[type] = float

    def __init__(self, field: Input) -> None:
        super().__init__(field)
        self._least, self._most = number_limits(field)
        self._first = self._least if self._low is None else max(self._least, self._low)
        self._last = self._most if self._high is None else min(self._most, self._high)
        self._types: frozenset[type] = frozenset((int, float, _NONE) if field.nullable else (int, float))

    def _fast(self, values: Sequence[Any]) -> list[Any] | None:
        first = values[0] if len(values) == 1 else None
        if type(first) is self._own and self._within(first):
            return [first]
        kinds = set(map(type, values))
        if not kinds <= self._types:
            return None
        present = [value for value in values if value is not None] if _NONE in kinds else values
        if present and not (self._first <= min(present) and max(present) <= self._last):
            return None
        # Comparisons with NaN are false either way, so minimum and maximum may have missed one.
        if float in kinds and not all(map(math.isfinite, present)):
            return None
        return self._convert(values, kinds)

    def _within(self, value: Any) -> bool:
        return bool(self._first <= value <= self._last)

    def _convert(self, values: Sequence[Any], kinds: set[type]) -> list[Any] | None:
        """Numbers that passed, in the model's type."""
        if int not in kinds:
            return values if isinstance(values, list) else list(values)
        return [None if value is None else float(value) for value in values]

    def _judge(self, value: Any) -> Verdict:
        if type(value) is not float and type(value) is not int:
            return self.wrong_type(value)
        if not -math.inf < value < math.inf:
            return Verdict(None, "not_finite", "Must be a finite number.")
        if not self._least <= value <= self._most:
            return Verdict(None, "range", f"Must be within {self._least} and {self._most}.")
        return self._whole(value)

    def _whole(self, value: float) -> Verdict:
        """The number is finite and within the hard limits."""
        return self.ranged(float(value), value)

    def _cell(self, text: str) -> Any:
        text = text.strip()
        if _NUMBER.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
            return int(text) if text.lstrip("+-").isdigit() else float(text)
        return math.nan if text.lower().lstrip("+-") in _NOT_FINITE else text


class Integer(Float):
    """A whole number; ``5.0`` is one."""

    expected = "a whole number"
    _own = int

    def _convert(self, values: Sequence[Any], kinds: set[type]) -> list[Any] | None:
        if float in kinds:
            if any(type(value) is float and not value.is_integer() for value in values):
                return None
            return [None if value is None else int(value) for value in values]
        return values if isinstance(values, list) else list(values)

    def _whole(self, value: float) -> Verdict:
        if value != int(value):
            return self.wrong_type(value)
        return self.ranged(int(value), value)


class Boolean(Check):
    """``true`` or ``false``."""

    expected = "true or false"

    def _fast(self, values: Sequence[Any]) -> list[Any] | None:
        return list(values) if set(map(type, values)) == {bool} else None

    def _judge(self, value: Any) -> Verdict:
        return Verdict(value) if isinstance(value, bool) else self.wrong_type(value)

    def _cell(self, text: str) -> Any:
        return _BOOLEANS.get(text.strip().lower(), text)


class Text(Check):
    """A text, with a limit of its length and a pattern where the contract has them, and the longest of training."""

    expected = "a text"

    def __init__(self, field: Input) -> None:
        super().__init__(field)
        self._matches = re.compile(field.pattern).fullmatch if field.pattern is not None else None
        bounds = [field.length, field.longest if field.range != "ignore" else None]
        self._usual = min((bound for bound in bounds if bound is not None), default=math.inf)

    def _fast(self, values: Sequence[Any]) -> list[Any] | None:
        if set(map(type, values)) != {str} or max(map(len, values)) > self._usual:
            return None
        if self._matches is not None and not all(map(self._matches, values)):
            return None
        return list(values)

    def _judge(self, value: Any) -> Verdict:
        field = self.field
        if not isinstance(value, str):
            return self.wrong_type(value)
        if field.length is not None and len(value) > field.length:
            return Verdict(value, "range", f"At most {field.length} characters.")
        if self._matches is not None and not self._matches(value):
            return Verdict(value, "range", "Not of the form that is asked for.")
        if len(value) > self._usual:
            return Verdict(value, "range", f"Training saw at most {field.longest} characters.", self._refuse_range)
        return Verdict(value)

    def from_text(self, value: Any) -> Any:
        """The text itself."""
        # Where training had no nulls an empty cell can only be the empty text.
        return value if value or not self._nullable else None


class Category(Check):
    """One of the known values. They compare by value and kind: ``5.0`` is ``5``, ``true`` is not ``1``."""

    expected = "one of the known categories"

    def __init__(self, field: Input) -> None:
        super().__init__(field)
        self._text = Text(field)
        self._known = {(_kind(value), value): value for value in field.categories or ()}
        self._texts = {value: value for value in field.categories or () if isinstance(value, str)}
        self._kinds = {kind for kind, _ in self._known} or {str}
        self._cells = {_cell(value): value for value in field.categories or ()}

    def _fast(self, values: Sequence[Any]) -> list[Any] | None:
        if set(map(type, values)) == {str} and self._texts.keys() >= set(values):
            return list(values)
        return None

    def _judge(self, value: Any) -> Verdict:
        kind = _kind(value)
        if kind is None or kind not in self._kinds:
            return self.wrong_type(value)
        known = self._known.get((kind, value))
        if known is not None:
            return Verdict(known)
        if kind is float and not math.isfinite(value):
            return Verdict(None, "not_finite", "Must be a finite number.")
        if isinstance(value, str) and (verdict := self._text.look(value)).code:
            return verdict
        if self.field.category == "ignore":
            return Verdict(value)
        detail = f"Not one of the {len(self._known)} known categories."
        return Verdict(value, "category", detail, self.field.category != "flag")

    def _cell(self, text: str) -> Any:
        if text in self._cells:
            return self._cells[text]
        # An unseen number is still a number, so that it is told apart from a value of a wrong type.
        if float in self._kinds and _NUMBER.fullmatch(text.strip()) and len(text) <= _LONGEST_NUMBER:
            return float(text)
        return text


class Vector(Check):
    """A list of finite numbers, of one length where the contract gives it."""

    expected = "a list of numbers"

    def _judge(self, value: Any) -> Verdict:
        if not isinstance(value, list) or any(type(each) not in (int, float) for each in value):
            return self.wrong_type(value)
        if not all(-math.inf < each < math.inf for each in value):
            return Verdict(None, "not_finite", "Every number must be finite.")
        if any(abs(each) > FLOAT32_MAX for each in value):
            return Verdict(None, "range", f"Every number must be within {-FLOAT32_MAX} and {FLOAT32_MAX}.")
        if self.field.length is not None and len(value) != self.field.length:
            return Verdict(None, "type", f"Expected a list of {self.field.length} numbers.")
        return Verdict(value)


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


def _kind(value: Any) -> type | None:
    if isinstance(value, bool):
        return bool
    if isinstance(value, (int, float)):
        return float
    return str if isinstance(value, str) else None


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
