"""How a setting is written in the environment: what is read from its text, and what is told when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LEVELS = ("debug", "info", "warning", "error")
BIG = 2**40
"""More of anything than a machine holds."""
KEYS = "keys of 16 to 512 printable characters, without blanks and commas"
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{16,512}")


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


def switch(text: str) -> bool:
    """On or off."""
    if text.lower() not in ("on", "off"):
        raise ValueError(text)
    return text.lower() == "on"


def metric_prefix(text: str) -> str:
    """A name that Prometheus takes."""
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", text):
        raise ValueError(text)
    return text


def key_list(text: str) -> tuple[str, ...]:
    """The keys in a text, separated by commas or line ends; lines that begin with ``#`` are remarks.

    Raises:
        ValueError: there is none, or one is too short, too long or holds other characters.
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = tuple(part.strip() for line in lines for part in line.split(",") if part.strip())
    if not found or not all(_KEY.fullmatch(key) for key in found):
        raise ValueError("keys")
    return found


def key_file(path: str) -> str:
    """The path, where it is a file of keys.

    Raises:
        ValueError: it is not.
    """
    try:
        key_list(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ValueError(path) from error
    return path
