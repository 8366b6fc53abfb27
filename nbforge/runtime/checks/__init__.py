"""What one field accepts: one small class a kind of value.

``passes`` decides a whole column by C loops and gives the model's values; ``None`` means "look closer", not "wrong".
``look`` judges one value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from nbforge.runtime.checks.base import Check, Verdict
from nbforge.runtime.checks.moments import Date, Duration, Moment
from nbforge.runtime.checks.values import Boolean, Category, Float, Integer, Text, Vector, number_limits
from nbforge.runtime.contract import Input

__all__ = ["ABSENT", "Check", "Verdict", "check_for", "number_limits"]


class _Absent(Enum):
    ABSENT = "absent"


ABSENT = _Absent.ABSENT
"""Stands in a column where a record did not have the field."""


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
