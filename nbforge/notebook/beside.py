"""What a slice leaves out, and the slice with some of that run beside it: to find out whether it would matter."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nbforge.notebook.cutting import Cut
from nbforge.notebook.emit import excerpt
from nbforge.notebook.flow import captured_names
from nbforge.notebook.scope import top_level_names
from nbforge.notebook.slicing import Place
from nbforge.notebook.source import BrokenSourceError, Source, parse, span, split
from nbforge.values import Cell, CellSlice, Notebook, Slice, Statement


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A top-level statement that is not in the slice. ``line``: 1-based in its cell.

    ``partly``: some of the statements inside of it are.
    """

    place: Place
    line: int
    text: str
    node: ast.stmt
    partly: bool = False

    @property
    def head(self) -> str:
        """Its first line, as short as a message wants it."""
        lines = self.text.strip().splitlines() or [""]
        head = lines[0].strip()
        return head if len(lines) == 1 and len(head) <= _LONGEST else head[:_LONGEST].rstrip() + " ..."


_LONGEST = 70


def left_out(slice_: Slice) -> tuple[LeftOut, ...]:
    """The statements of all code cells that the slice leaves out, all or some of it, in order; without those of cells
    tagged ``skip``.

    Cells that do not parse have none.
    """
    found = []
    kept = {(cell.notebook, cell.index): cell for cell in slice_.cells}
    for position, notebook in enumerate(slice_.notebooks):
        for cell, source in _sources(notebook):
            lines = source.code.splitlines()
            sliced = kept[position, cell.index]
            for at, piece in enumerate(source.pieces):
                partly = at in sliced.partly
                if partly or at not in sliced.kept:
                    first, last = span(piece.node)
                    text = piece.text if piece.text is not None else "\n".join(lines[first - 1 : last])
                    place, line = (position, cell.index, at), source.lines[piece.first]
                    found.append(LeftOut(place, line, text, piece.node, partly))
    return tuple(found)


def with_beside(slice_: Slice, places: Collection[Place]) -> Slice:
    """The slice in which the statements at ``places`` run as well, whole, in the notebook's order.

    They are marked as beside it: what is captured, and how, is still decided by the slice alone. A failure of one of
    them ends what else of its cell is beside the slice, and nothing else.
    """
    chosen: dict[tuple[int, int], set[int]] = {}
    for notebook, cell, at in places:
        chosen.setdefault((notebook, cell), set()).add(at)
    sources: dict[tuple[int, int], Source] = {}
    for position, book in enumerate(slice_.notebooks):
        sources |= {(position, cell.index): source for cell, source in _sources(book)}
    cells = tuple(_extended(cell, sources, chosen) for cell in slice_.cells)
    return replace(slice_, cells=cells, ordered=True)


def _sources(notebook: Notebook) -> Iterator[tuple[Cell, Source]]:
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    captured = captured_names(code)
    for cell in code:
        if "skip" not in cell.roles:
            try:
                yield cell, split(cell.source, captured)
            except BrokenSourceError:
                continue


def _extended(
    cell: CellSlice, sources: Mapping[tuple[int, int], Source], chosen: Mapping[tuple[int, int], Collection[int]]
) -> CellSlice:
    place = (cell.notebook, cell.index)
    if place not in chosen:
        return cell
    source = sources[place]
    running = sorted({*cell.kept, *chosen[place]})
    known = dict(zip(cell.kept, cell.statements, strict=True))
    text, code, lines = excerpt(source, [source.pieces[at] for at in running], _gone(cell, source, chosen[place]))
    statements = [
        _moved(known.get(at, Statement(0, 0, beside=True)), node)
        for at, node in zip(running, parse(code).body, strict=True)
    ]
    return replace(cell, included=True, source=text, code=code, lines=lines, statements=tuple(statements))


def _gone(cell: CellSlice, source: Source, chosen: Collection[int]) -> Cut:
    """What stays cut out of the statements that the slice has in part."""
    left = dict(zip(cell.lines, cell.source.split("\n"), strict=False))
    pieces = [source.pieces[at] for at in cell.partly if at not in chosen]
    return {row: left.get(source.lines[row]) for piece in pieces for row in range(piece.first, piece.last + 1)}


def _moved(statement: Statement, node: ast.stmt) -> Statement:
    first, last = span(node)
    return replace(statement, line=first, end_line=last)


def needs(statements: Sequence[LeftOut], chosen: Collection[int]) -> frozenset[int]:
    """The numbers ``chosen``, and of the statements before them in their notebook all that bind a name they read."""
    bound: dict[tuple[int, str], list[int]] = {}
    for number, each in enumerate(statements):
        for name in top_level_names([each.node]):
            bound.setdefault((each.place[0], name), []).append(number)
    found: set[int] = set()
    waiting = sorted(chosen)
    while waiting:
        number = waiting.pop()
        if number in found:
            continue
        found.add(number)
        each = statements[number]
        read = {node.id for node in ast.walk(each.node) if isinstance(node, ast.Name)}
        waiting += [at for name in read for at in bound.get((each.place[0], name), ()) if at < number]
    return frozenset(found)
