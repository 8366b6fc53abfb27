"""The text of a statement without some of those inside of it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from nbforge.notebook.inside import statements
from nbforge.notebook.source import Piece, Source, span

Cut = Mapping[int, str | None]
"""Lines of :attr:`Source.raw` that are not there, each with what stands in its place, if anything does."""


def apart(source: Source, piece: Piece) -> bool:
    """Whether each of the statements inside of ``piece`` has its lines for itself, as they are in the notebook."""
    first, last = span(piece.node)
    lines = source.code.splitlines()
    raw = source.raw[piece.first : piece.first + last - first + 1]
    if piece.text is not None or tuple(lines[first - 1 : last]) != tuple(raw):
        return False
    return all(_alone(node, lines) for node in statements([piece.node]) if node is not piece.node)


def _alone(node: ast.stmt, lines: Sequence[str]) -> bool:
    first, last = span(node)
    before = lines[first - 1].encode()[: node.col_offset]
    after = lines[last - 1].encode()[node.end_col_offset :].strip()
    return not before.strip() and (not after or after.startswith(b"#"))


def cut(source: Source, piece: Piece, kept: Collection[int]) -> Cut:
    """Cut out of ``piece`` all but the statements ``kept``, by their identities."""
    cutting = _Cutting(source, piece.first - span(piece.node)[0], kept)
    cutting.inside(piece.node)
    return cutting.gone


class _Cutting:
    def __init__(self, source: Source, offset: int, kept: Collection[int]) -> None:
        self.gone: dict[int, str | None] = {}
        self._source = source
        self._offset = offset
        self._kept = kept

    def inside(self, node: ast.stmt) -> None:
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                self._block(node.body)
                self._clause(node.orelse, _end(node.body))
            case ast.Match():
                for case in node.cases:
                    self._block(case.body)
            case ast.Try() | ast.TryStar():
                self._try(node)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        handlers = [handler.body for handler in node.handlers]
        last = _end(handlers[-1] if handlers else node.body)
        if handlers and id(node.body[0]) not in self._kept:
            self._remove(_end(node.body) + 1, _end(node.orelse) if node.orelse else last)
        else:
            for body in handlers:
                self._block(body)
            self._clause(node.orelse, last)
        self._block(node.body)
        if handlers and self._any(node.body):
            self._clause(node.finalbody, _end(node.orelse) if node.orelse else last)
        elif node.finalbody:
            self._block(node.finalbody)

    def _clause(self, body: Sequence[ast.stmt], before: int) -> None:
        """``else`` and its like, after line ``before``: gone where nothing of it stays."""
        if self._any(body):
            self._block(body)
        elif body:
            self._remove(before + 1, _end(body))

    def _any(self, body: Sequence[ast.stmt]) -> bool:
        return any(id(node) in self._kept for node in body)

    def _block(self, body: Sequence[ast.stmt]) -> None:
        above = 0
        for node in body:
            first, last = span(node)
            if id(node) in self._kept:
                self.inside(node)
            else:
                self._remove(self._with_comments(first, above), last)
            above = last
        if not self._any(body):
            self.gone[span(body[0])[0] + self._offset] = " " * body[0].col_offset + "pass"

    def _with_comments(self, first: int, above: int) -> int:
        """The first line of a statement or of the comments right before it; ``above`` is the last one of another."""
        while first - 1 > above and self._source.raw[first - 1 + self._offset].lstrip().startswith("#"):
            first -= 1
        return first

    def _remove(self, first: int, last: int) -> None:
        self.gone.update(dict.fromkeys(range(first + self._offset, last + self._offset + 1)))


def _end(body: Sequence[ast.stmt]) -> int:
    return span(body[-1])[1]
