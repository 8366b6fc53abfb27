"""Applies fixes to the file; every byte that they do not mean stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nbforge.lint.model import Fix
from nbforge.lint.positions import cell_spans, source_of
from nbforge.notebook import spans
from nbforge.notebook.spans import Member, Span

_Edit = tuple[Span, str]


def fixed(content: bytes, fixes: Iterable[Fix]) -> tuple[bytes, int]:
    """The file with the fixes applied, and how many were; one that does not meet what it expects is left out."""
    text = content.decode("utf-8")
    cells = cell_spans(text)
    edits: dict[int, _Edit] = {}
    done = 0
    for fix in fixes:
        made = _edits(text, cells[fix.cell], fix) if fix.cell < len(cells) else []
        if made and not any(span.start in edits for span, _ in made):
            edits |= {span.start: (span, new) for span, new in made}
            done += 1
    for start in sorted(edits, reverse=True):
        span, new = edits[start]
        text = text[: span.start] + new + text[span.end :]
    return text.encode("utf-8"), done


def _edits(text: str, cell: tuple[Member, ...], fix: Fix) -> list[_Edit]:
    if fix.part == "tag":
        return _tag(text, cell, fix)
    if fix.part == "outputs":
        return _outputs(text, cell)
    return _source(text, cell, fix)


def _tag(text: str, cell: tuple[Member, ...], fix: Fix) -> list[_Edit]:
    metadata = spans.find(text, cell, "metadata")
    tags = spans.find(text, spans.members(text, metadata.value), "tags") if metadata is not None else None
    written = spans.items(text, tags.value) if tags is not None and text[tags.value.start] == "[" else ()
    if any(tag.value(text) == fix.new for tag in written):
        return []  # a tag may be there only once
    return [(tag, _json(fix.new)) for tag in written if tag.value(text) == fix.old][:1]


def _outputs(text: str, cell: tuple[Member, ...]) -> list[_Edit]:
    outputs = spans.find(text, cell, "outputs")
    count = spans.find(text, cell, "execution_count")
    edits = [(outputs.value, "[]")] if outputs is not None else []
    return [*edits, (count.value, "null")] if edits and count is not None else edits


def _source(text: str, cell: tuple[Member, ...], fix: Fix) -> list[_Edit]:
    where = source_of(text, cell)
    if where is None or fix.line is None:
        return []
    parts = spans.items(text, where) if text[where.start] == "[" else (where,)
    line = 1
    for part in parts:
        source = str(part.value(text))
        lines = source.splitlines(keepends=True)
        if line <= fix.line < line + len(lines) and fix.old in lines[fix.line - line]:
            lines[fix.line - line] = lines[fix.line - line].replace(fix.old, fix.new, 1)
            return [(part, _json("".join(lines), part.of(text)))]
        line += source.count("\n")
    return []


def _json(value: str, before: str = "") -> str:
    """``value`` as JSON, escaped the way the text before it was."""
    return json.dumps(value, ensure_ascii=bool(before) and before.isascii())
