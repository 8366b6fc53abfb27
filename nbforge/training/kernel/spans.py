"""Changes of a statement's text at places of its tree; all other bytes stay as they were written."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """What to write in place of the bytes from ``start`` to ``end`` (exclusive) of a statement's text."""

    start: int
    end: int
    text: str


class Spans:
    """Collects changes of one text."""

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        self.offsets = [0]
        for line in self.source.splitlines(keepends=True):
            self.offsets.append(self.offsets[-1] + len(line))
        self.spans: list[Span] = []

    def replace(self, node: ast.AST, text: str) -> None:
        """Write ``text`` in place of the node."""
        self.between(self.start(node), self.end(node), text)

    def between(self, start: int, end: int, text: str) -> None:
        """Write ``text`` in place of these bytes."""
        self.spans.append(Span(start, end, text))

    def around(self, node: ast.AST, before: str, behind: str) -> None:
        """Write text before and behind the node."""
        self.between(self.start(node), self.start(node), before)
        self.between(self.end(node), self.end(node), behind)

    def drop_lines(self, node: ast.stmt) -> None:
        """Leave out the lines of a statement; only the statement itself, where it shares them with others."""
        start, end = self.offsets[node.lineno - 1], self.offsets[node.end_lineno or node.lineno]
        before, behind = self.source[start : self.start(node)], self.source[self.end(node) : end].strip()
        alone = not before.strip() and (not behind or behind.startswith(b"#"))
        self.between(start if alone else self.start(node), end if alone else self.end(node), "")

    def result(self) -> str:
        """The text with all changes made; of two insertions at one place the one asked for first comes first."""
        text = self.source
        for span in sorted(self.spans, key=lambda item: (item.start, item.end), reverse=True):
            text = text[: span.start] + span.text.encode() + text[span.end :]
        return text.decode()

    def start(self, node: ast.AST) -> int:
        """Where the node begins."""
        return self.offsets[node.lineno - 1] + int(node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where the node ends, exclusive."""
        return self.offsets[node.end_lineno - 1] + int(node.end_col_offset)  # type: ignore[attr-defined]
