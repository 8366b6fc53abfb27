"""Small phrases that every view shares."""

from __future__ import annotations

from collections.abc import Sequence

_UNITS = ("B", "KB", "MB", "GB")


def count(number: int, noun: str) -> str:
    """``1 row``, ``1,204 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(octets: int) -> str:
    """Bytes for people, in powers of 1,000."""
    amount = float(octets)
    for unit in _UNITS[:-1]:
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} {_UNITS[-1]}"


def seconds(amount: float) -> str:
    """``0.04 s``, ``12.3 s``, ``2 min 5 s``."""
    if amount < 1:
        return f"{amount:.2f} s"
    if amount < 60:
        return f"{amount:.1f} s"
    return f"{int(amount // 60)} min {int(amount % 60)} s"


def number(value: object) -> str:
    """A number with as many digits as a reader wants; other values as they print."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def listed(items: Sequence[str], most: int = 8) -> str:
    """``a, b and 3 more``."""
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more"
