"""How a JSON text is laid out, and new parts in the same layout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbforge.notebook.spans import Member, Span, find, members, skip

_ESCAPED = re.compile(r"\\u(?!00[0-7])")


@dataclass(frozen=True, slots=True)
class Style:
    """The layout of a document.

    A part's *lead* is the blank text before it. One with a line break means that the parts of this object stand on
    lines of their own.

    Attributes:
        unit: what a level adds to the indentation.
        colon: what stands between a key and its value.
        gap: what follows a comma within a line.
        ascii: other characters are written as escapes.
    """

    unit: str
    colon: str
    gap: str
    ascii: bool

    @staticmethod
    def of(text: str, root: Span) -> Style:
        """The layout of a whole document."""
        found = members(text, root)
        lead = text[root.start + 1 : found[0].start]
        colon = text[found[0].key.end : found[0].value.start]
        second = text[found[0].end : found[1].start] if len(found) > 1 else ","
        plain = second.startswith(",") and not broken(second)
        return Style(
            unit=indentation(lead) if broken(lead) else " ",
            colon=": " if broken(colon) else colon,
            gap=second[1:] if plain else " " if colon[-1:].isspace() else "",
            ascii=text.isascii() and _ESCAPED.search(text) is not None,
        )

    def write(self, value: Any, lead: str) -> str:
        """``value`` as JSON; ``lead`` is that of the part it belongs to."""
        if not broken(lead):
            return json.dumps(value, ensure_ascii=self.ascii, separators=(f",{self.gap}", self.colon))
        text = json.dumps(value, ensure_ascii=self.ascii, indent=self.unit, separators=(",", self.colon))
        return text.replace("\n", lead)


def broken(lead: str) -> bool:
    """Whether a lead begins a line."""
    return "\n" in lead or "\r" in lead


def indentation(lead: str) -> str:
    """What stands in the line before the part."""
    return re.split(r"[\r\n]", lead)[-1]


def insert_member(text: str, span: Span, name: str, value: Any, style: Style, outer: str) -> str:
    """Add a member to an object: in its place where the keys are in alphabetical order, else as the last one.

    Args:
        text: the document.
        span: of the object.
        name: the key, which the object does not have.
        value: what it is to be.
        style: of the document.
        outer: the lead of the member or item that the object itself is.
    """
    found = members(text, span)
    if not found:
        return _only(text, span, name, value, style, outer)
    keys = [member.key.value(text) for member in found]
    place = next((at for at, key in enumerate(keys) if key > name), len(keys)) if keys == sorted(keys) else len(keys)
    lead = _lead(text, span, found, max(place - 1, 0))
    between = lead if broken(lead) else style.gap
    written = f"{json.dumps(name)}{style.colon}{style.write(value, lead)}"
    if place:
        at = found[place - 1].end
        return f"{text[:at]},{between}{written}{text[at:]}"
    at = found[0].start
    return f"{text[:at]}{written},{between}{text[at:]}"


def remove_members(text: str, where: Callable[[str], Span], name: str) -> str:
    """Take every member called ``name`` out of the object that ``where`` finds in a text."""
    while True:
        span = where(text)
        found = members(text, span)
        gone = find(text, found, name)
        if gone is None:
            return text
        at = found.index(gone)
        if len(found) == 1:
            # Blanks that were there before the member came are behind it; see _only.
            end = span.end - 1 if span.start + 1 < gone.start else gone.end
            text = text[: span.start + 1] + text[end:]
        elif at:
            text = text[: found[at - 1].end] + text[gone.end :]
        else:
            text = text[: gone.start] + text[found[1].start :]


def insert_item(text: str, span: Span, items: tuple[Span, ...], value: Any, style: Style, outer: str) -> str:
    """Add an item at the end of an array; ``outer`` is the lead of the member that the array is."""
    if not items:
        return text[: span.start] + style.write([value], outer) + text[span.end :]
    last = items[-1]
    if len(items) > 1:
        lead = text[skip(text, items[-2].end) + 1 : last.start]
    else:
        lead = text[span.start + 1 : last.start]
        lead = lead if broken(lead) else style.gap
    return f"{text[: last.end]},{lead}{style.write(value, lead)}{text[last.end :]}"


def _only(text: str, span: Span, name: str, value: Any, style: Style, outer: str) -> str:
    """The first member of an empty object; blanks that stand in it stay, so that they are there when it goes again."""
    inner = text[span.start + 1 : span.end - 1]
    if inner or not broken(outer):
        written = f"{json.dumps(name)}{style.colon}{style.write(value, '')}{inner}"
    else:
        lead = outer + style.unit
        written = f"{lead}{json.dumps(name)}{style.colon}{style.write(value, lead)}{outer}"
    return f"{text[: span.start + 1]}{written}{text[span.end - 1 :]}"


def _lead(text: str, span: Span, found: tuple[Member, ...], at: int) -> str:
    start = skip(text, found[at - 1].end) if at else span.start
    return text[start + 1 : found[at].start]
