"""How a setting is written in the environment: what is read from its text, and what is told when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

LEVELS = ("debug", "info", "warning", "error")
BIG = 2**40
"""More of anything than a machine holds."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: the field of the settings that it fills, how it is written, what it means.

    ``read`` raises :class:`ValueError` for a text that is not what the setting ``expects``.
    """

    variable: str
    field: str
    read: Callable[[str], object]
    expects: str
    meaning: str


def whole(minimum: int, maximum: int) -> Callable[[str], int]:
    """A whole number within these."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not minimum <= int(text) <= maximum:
            raise ValueError(text)
        return int(text)

    return read


def seconds(text: str) -> float:
    """A number of seconds."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text):
        raise ValueError(text)
    return float(text)


def level(text: str) -> str:
    """One of :data:`LEVELS`."""
    if text.lower() not in LEVELS:
        raise ValueError(text)
    return text.lower()


def metric_prefix(text: str) -> str:
    """A name that Prometheus takes."""
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", text):
        raise ValueError(text)
    return text
