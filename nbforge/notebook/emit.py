"""The text of what is kept of a cell."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from nbforge.notebook.cutting import Cut, cut
from nbforge.notebook.demand import Needed
from nbforge.notebook.flow import Flow
from nbforge.notebook.scope import always_there
from nbforge.notebook.shown import shows
from nbforge.notebook.source import Piece, Source, parse, span, transform
from nbforge.values import Definition, Statement


@dataclass(frozen=True, slots=True)
class Text:
    """What runs of one cell: see :class:`nbforge.values.CellSlice` for the fields."""

    source: str
    code: str
    lines: tuple[int, ...]
    statements: tuple[Statement, ...]
    partly: tuple[int, ...]


def emit(flow: Flow, cell: int, kept: Sequence[int], found: Needed) -> Text:
    """The text of the steps ``kept`` of one cell, comments above them included; whole where all of them are kept."""
    source, steps = flow.cells[cell], [flow.steps[p] for p in kept]
    pieces = [step.piece for step in steps if step.piece]
    cuts = {at: cut_out(flow, at, found) for at in kept}
    gone = {row: text for each in cuts.values() for row, text in each.items()}
    partly = tuple(number for number, at in enumerate(flow.of_cell(cell)) if cuts.get(at))
    untouched = pieces == list(source.pieces) and not gone
    if untouched and source.raw[-1].strip():  # nothing is cut off: what was parsed is what runs
        statements = tuple(_statement(flow, at, found, piece.node) for at, piece in zip(kept, pieces, strict=True))
        return Text("\n".join(source.raw), source.code.rstrip("\n"), source.lines, statements, partly)
    text, code, lines = excerpt(source, pieces, gone)
    nodes = parse(code).body
    statements = tuple(_statement(flow, at, found, node) for at, node in zip(kept, nodes, strict=True))
    return Text(text, code, lines, statements, partly)


def cut_out(flow: Flow, position: int, found: Needed) -> Cut:
    """What is not kept of the lines of a kept step."""
    step, divided = flow.steps[position], found.inside.get(position)
    return cut(flow.cells[step.cell], step.piece, divided.kept) if divided is not None and step.piece else _NOTHING


_NOTHING: Cut = {}


def excerpt(source: Source, pieces: Sequence[Piece], gone: Cut = _NOTHING) -> tuple[str, str, tuple[int, ...]]:
    """Some statements of a cell: ``source``, ``code`` and ``lines`` as :class:`Text` has them.

    Args:
        source: the cell.
        pieces: the statements.
        gone: lines that are cut out of them.
    """
    if not gone and list(pieces) == list(source.pieces):
        rows = list(zip(source.raw, source.lines, strict=True))
    else:
        rows = _rows(source, pieces, gone)
    while rows and not rows[-1][0].strip():
        rows.pop()
    text = "\n".join(line for line, _ in rows)
    code = transform(text + "\n")[0].rstrip("\n") if text else ""
    return text, code, tuple(number for _, number in rows)


def _rows(source: Source, pieces: Sequence[Piece], gone: Cut) -> list[tuple[str, int]]:
    rows: list[tuple[str, int]] = []
    taken = {row for piece in source.pieces for row in range(piece.first, piece.last + 1)}
    for piece in pieces:
        if piece.text is not None:
            rows += [
                (line, source.lines[min(piece.first + i, piece.last)]) for i, line in enumerate(piece.text.split("\n"))
            ]
            continue
        first = piece.first
        while first - 1 not in taken and first > 0 and source.raw[first - 1].lstrip().startswith("#"):
            first -= 1
        last = piece.last
        while last > piece.first and not source.raw[last].strip():
            last -= 1
        for i in range(first, last + 1):
            text = gone.get(i, source.raw[i])
            if text is not None:
                rows.append((text, source.lines[i]))
    return rows


def _statement(flow: Flow, position: int, found: Needed, node: ast.stmt) -> Statement:
    (first, last), step, divided = span(node), flow.steps[position], found.inside.get(position)
    effects, reads = step.effects, found.reads(flow, position)
    done = effects.defines | effects.may_define | effects.updates if divided is None else divided.writes
    return Statement(
        line=first,
        end_line=last,
        defines=_names(effects.defines & done),
        may_define=_names(effects.may_define & done),
        updates=_names(effects.updates & done | effects.presumed.keys()),
        uses=tuple(name for name in _names(reads) if not always_there(name) or step.sources.get(name) is not None),
        kind=effects.kind,
        shows=shows(node) if isinstance(node, ast.FunctionDef) else (),
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not name.startswith("<")))


def definitions(flow: Flow, notebook: int, cell: int, kept: Sequence[int]) -> list[Definition]:
    """Every function and class that the kept steps of a cell define at notebook level, also below an ``if``."""
    if not kept:
        return []
    source = flow.cells[cell]
    code = source.code.splitlines()
    found = []
    for position in kept:
        piece = flow.steps[position].piece
        for node in _defined(piece.node) if piece else ():
            first, last = span(node)
            while first > 1 and code[first - 2].lstrip().startswith("#") and first - 2 >= 0:
                first -= 1
            lines = code[first - 1 : last]
            indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            kind: Literal["function", "class"] = "class" if isinstance(node, ast.ClassDef) else "function"
            line = source.lines[min(first, len(source.lines)) - 1]
            found.append(Definition(node.name, notebook, cell, line, "\n".join(row[indent:] for row in lines), kind))
    return found


def _defined(node: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    found = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(inner)
        else:
            nested = ast.stmt | ast.ExceptHandler | ast.match_case
            stack += [child for child in ast.iter_child_nodes(inner) if isinstance(child, nested)][::-1]
    return found
