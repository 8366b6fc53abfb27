"""Texts made up in the form that a column's texts have: dates and numbers that are written out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

_READ = 200
"""So many of a column's texts say what form they have."""

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%d %B %Y")
_TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", " %H:%M:%S.%f", " %I:%M %p")
_FORMS = (*(day + time for day in _DAYS for time in _TIMES), "%H:%M:%S", "%H:%M", "%b-%y", "%Y-%m", "%B %Y")


def alike(texts: Sequence[str], share: float) -> str | None:
    """A text in the form that all of the texts have; ``None`` where they have none that is known.

    Args:
        texts: a column's, without nulls.
        share: how far between the least and the greatest of them, from 0 to 1.
    """
    some = texts[:_READ]
    for form in _FORMS if some else ():
        moments = _moments(some, form)
        if moments is not None:
            low, high = min(moments), max(moments)
            day = (low + (high - low) * share).date()
            return dt.datetime.combine(day, dt.time(12)).strftime(form)
    numbers = _numbers(some)
    return str(round(min(numbers) + (max(numbers) - min(numbers)) * share)) if numbers else None


def _moments(texts: Sequence[str], form: str) -> list[dt.datetime] | None:
    try:
        return [dt.datetime.strptime(text, form) for text in texts]  # noqa: DTZ007 - as naive as the texts are
    except ValueError:
        return None


def _numbers(texts: Sequence[str]) -> list[float]:
    try:
        found = [float(text) for text in texts]
    except ValueError:
        return []
    return found if all(abs(number) < float("inf") for number in found) else []
