"""Instants and durations: ISO 8601 text to numpy and back, to the nanosecond. Needs no pandas."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

Instant = Any
"""A ``numpy.datetime64``; numpy's own types for it tell units apart that are known at run time only."""

Duration = Any
"""A ``numpy.timedelta64``, likewise."""

_OFFSET = re.compile(r"(?:[zZ]|([+-])(\d\d):?(\d\d)?)$")
_DURATION = re.compile(
    r"^([+-])?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,9})\d*)?S)?)?$", re.IGNORECASE
)
# A second short of the least: rounding that one down to seconds overflows in numpy, and comes out as the year 2262.
_RANGES = {
    unit: (np.datetime64(-(2**63) + 10**9, unit), np.datetime64(2**63 - 1, unit)) for unit in ("s", "ms", "us", "ns")
}
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def instant(value: Any, unit: str) -> Instant:
    """An instant of ISO 8601 text or of a ``datetime``, in UTC where it has an offset.

    Args:
        value: text such as ``2026-01-31``, ``2026-01-31T10:00:00.5+01:00``, a :class:`datetime.date`, or ``None``
            (NaT).
        unit: resolution of the result: ``s``, ``ms``, ``us`` or ``ns``.

    Raises:
        ValueError: the text is no instant, or lies outside what the unit can hold.
    """
    if value is None:
        return np.array("NaT", f"datetime64[{unit}]")[()]
    text = value.isoformat() if isinstance(value, dt.date) else str(value).strip()
    shift = 0
    if len(text) > 10:
        match = _OFFSET.search(text, 10)
        if match:
            text = text[: match.start()]
            if match[1]:
                minutes = int(match[2]) * 60 + int(match[3] or 0)
                shift = minutes if match[1] == "+" else -minutes
    parsed: Instant = np.datetime64(text.replace(" ", "T", 1))
    if np.isnat(parsed):
        raise ValueError("no instant")
    if np.datetime_data(parsed.dtype)[0] in ("Y", "M", "W", "D", "h", "m"):
        parsed = parsed.astype("datetime64[s]")
    low, high = _RANGES[unit]
    if not low.astype("datetime64[s]") <= parsed.astype("datetime64[s]") <= high.astype("datetime64[s]"):
        raise ValueError(f"outside what datetime64[{unit}] holds")
    result: Instant = parsed.astype(f"datetime64[{unit}]") - np.timedelta64(shift * 60, "s").astype(
        f"timedelta64[{unit}]"
    )
    return result


def has_offset(text: str) -> bool:
    """Whether an instant's text says its offset from UTC."""
    return len(text) > 10 and _OFFSET.search(text, 10) is not None


def instants(values: Iterable[Any], unit: str) -> np.ndarray:
    """:func:`instant` of each, as one array of ``datetime64[unit]``."""
    return np.array([instant(value, unit) for value in values], dtype=f"datetime64[{unit}]")


def instant_text(value: Instant) -> str | None:
    """ISO 8601 text to the second or finer, without loss; ``None`` for NaT."""
    if np.isnat(value):
        return None
    text = str(np.datetime_as_string(value, unit="auto"))
    if "T" not in text:
        return text + "T00:00:00"
    return text + ":00" if len(text.split("T")[1]) == 5 else text


def duration(value: Any, unit: str) -> Duration:
    """A duration of ISO 8601 text (``P1DT2H3M4.5S``), of a number of seconds, or of a ``timedelta``; ``None`` is NaT.

    Raises:
        ValueError: the text is no duration.
    """
    if value is None:
        return np.array("NaT", f"timedelta64[{unit}]")[()]
    if isinstance(value, dt.timedelta):
        return np.timedelta64(value).astype(f"timedelta64[{unit}]")
    if isinstance(value, (int, float)):
        nanoseconds = value * 10**9 if isinstance(value, int) else round(value * 1e9)
    else:
        match = _DURATION.match(str(value).strip())
        if not match or not any(match.groups()[1:]):
            raise ValueError("no duration")
        sign, weeks, days, hours, minutes, seconds, fraction = match.groups()
        whole = (int(weeks or 0) * 7 + int(days or 0)) * 86400 + int(hours or 0) * 3600
        whole += int(minutes or 0) * 60 + int(seconds or 0)
        nanoseconds = whole * 10**9 + int((fraction or "").ljust(9, "0"))
        nanoseconds = -nanoseconds if sign == "-" else nanoseconds
    count = nanoseconds * _PER_SECOND[unit] // 10**9
    if abs(count) >= 2**63:
        raise ValueError(f"outside what timedelta64[{unit}] holds")
    return np.array(count, f"timedelta64[{unit}]")[()]


def durations(values: Iterable[Any], unit: str) -> np.ndarray:
    """:func:`duration` of each, as one array of ``timedelta64[unit]``."""
    return np.array([duration(value, unit) for value in values], dtype=f"timedelta64[{unit}]")


def duration_text(value: Duration) -> str | None:
    """ISO 8601 text without loss; ``None`` for NaT."""
    if np.isnat(value):
        return None
    unit = np.datetime_data(value.dtype)[0]
    count = int(value.astype(np.int64))
    sign, count = ("-", -count) if count < 0 else ("", count)
    whole, rest = divmod(count, _PER_SECOND[unit])
    digits = len(str(_PER_SECOND[unit])) - 1
    fraction = f".{rest:0{digits}d}".rstrip("0") if rest else ""
    days, whole = divmod(whole, 86400)
    hours, whole = divmod(whole, 3600)
    minutes, seconds = divmod(whole, 60)
    return f"{sign}P{days}DT{hours}H{minutes}M{seconds}{fraction}S"
