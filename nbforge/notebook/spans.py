"""Where the parts of a JSON text stand, so that one of them can be changed and every other character stays as it is.

The text has been read by :mod:`json` before: what is looked at here is known to be JSON, with the extensions that
Python reads (``NaN``, ``Infinity``, a key given twice, of which the last one counts). Objects and arrays are opened one
level at a time; what is not opened is skipped by counting brackets, so that outputs of many megabytes cost little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*+")
_WORD = re.compile(r"[^\s,\]}]++")
_MARK = re.compile(r'["\[\]{}]')


@dataclass(frozen=True, slots=True)
class Span:
    """A value: ``text[start:end]``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The text itself."""
        return text[self.start : self.end]

    def value(self, text: str) -> Any:
        """What the text means."""
        return json.loads(self.of(text))


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: its key with the quotes, and its value."""

    key: Span
    value: Span

    @property
    def start(self) -> int:
        """Where the key begins."""
        return self.key.start

    @property
    def end(self) -> int:
        """Where the value ends."""
        return self.value.end


def root(text: str) -> Span:
    """The whole document, without a byte order mark and the blanks around it."""
    return _value(text, skip(text, 1 if text.startswith("\ufeff") else 0))


def members(text: str, span: Span) -> tuple[Member, ...]:
    """The members of the object at ``span``, as they stand."""
    return tuple(_members(text, span))


def items(text: str, span: Span) -> tuple[Span, ...]:
    """The items of the array at ``span``."""
    return tuple(_items(text, span))


def find(text: str, found: tuple[Member, ...], name: str) -> Member | None:
    """The member called ``name``; of several the last one, as :mod:`json` reads it."""
    return next((member for member in reversed(found) if member.key.value(text) == name), None)


def skip(text: str, at: int) -> int:
    """The first position from ``at`` on that is not blank."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _members(text: str, span: Span) -> Iterator[Member]:
    at = skip(text, span.start + 1)
    while text[at] != "}":
        key = _value(text, at)
        value = _value(text, skip(text, skip(text, key.end) + 1))
        yield Member(key, value)
        at = _next(text, value.end)


def _items(text: str, span: Span) -> Iterator[Span]:
    at = skip(text, span.start + 1)
    while text[at] != "]":
        item = _value(text, at)
        yield item
        at = _next(text, item.end)


def _next(text: str, at: int) -> int:
    """From the end of a part to the beginning of the next one, or to the closing bracket."""
    at = skip(text, at)
    return skip(text, at + 1) if text[at] == "," else at


def _value(text: str, start: int) -> Span:
    if text[start] == '"':
        return Span(start, _string_end(text, start))
    if text[start] not in "[{":
        match = _WORD.match(text, start)
        return Span(start, match.end() if match else start)
    depth, at = 0, start
    while match := _MARK.search(text, at):
        at = match.end()
        if match[0] == '"':
            at = _string_end(text, match.start())
            continue
        depth += 1 if match[0] in "[{" else -1
        if depth == 0:
            return Span(start, at)
    raise ValueError(f"no end of what begins at {start}")


def _string_end(text: str, start: int) -> int:
    """Where the string that begins at ``start`` ends. Strings may be megabytes of image, so they are jumped over."""
    at = start
    while True:
        at = text.index('"', at + 1)
        back = at - 1
        while text[back] == "\\":
            back -= 1
        if (at - back) % 2:  # an even number of backslashes before the quote: it is not escaped
            return at + 1
