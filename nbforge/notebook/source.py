"""A cell's source as IPython would run it, cut into top-level statements that remember their lines."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

TRANSPARENT = frozenset({"time", "capture", "prun", "memit", "mprun"})
"""Cell magics whose body runs in the notebook's namespace as if they were not there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One top-level statement. ``first`` and ``last`` are 0-based lines of :attr:`Source.raw`, inclusive.

    ``text`` is set where the statement shares a line with another one: then it is emitted by itself.
    """

    node: ast.stmt
    first: int
    last: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A cell ready to be sliced.

    ``raw``: the lines that run, IPython syntax kept; ``lines``: for each the 1-based line of the notebook's cell;
    ``code``: after IPython's transformation; ``magic``: the line of a transparent cell magic that was taken off.
    """

    raw: tuple[str, ...]
    lines: tuple[int, ...]
    code: str
    pieces: tuple[Piece, ...]
    magic: str | None = None


class BrokenSourceError(Exception):
    """The cell does not parse; ``line`` is 1-based in the cell."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def split(source: str, captured_names_used: frozenset[str] = frozenset()) -> Source:
    """Transform and parse one cell.

    Args:
        source: as the notebook has it.
        captured_names_used: names that other cells read; a ``%%capture name`` that binds one of them stays in place.

    Raises:
        BrokenSourceError: it is no Python.
    """
    raw = [line.rstrip("\r\n") for line in source.splitlines()]
    lines = list(range(1, len(raw) + 1))
    while raw and not raw[0].strip():
        del raw[0], lines[0]
    magic = None
    while raw and (taken := _transparent(raw[0], captured_names_used)):
        magic = taken
        del raw[0], lines[0]
    while raw and not raw[0].strip():
        del raw[0], lines[0]
    code, mapping = transform("\n".join(raw) + "\n")
    try:
        tree = parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # MemoryError: the parser's stack is full
        at = getattr(error, "lineno", None) or 1
        line = mapping[min(at, len(mapping)) - 1] if mapping else 0
        deep = isinstance(error, RecursionError | MemoryError)
        reason = "it is nested too deeply" if deep else getattr(error, "msg", None) or str(error)
        raise BrokenSourceError(str(reason), lines[min(line, len(lines) - 1)] if lines else 1) from error
    return Source(tuple(raw), tuple(lines), code, tuple(_pieces(tree, code, raw, mapping)), magic)


def parse(code: str) -> ast.Module:
    """Parse a cell's code; ``await`` may stand at top level, and nothing is printed about odd escapes."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: ast.Module = compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return tree


def transform(source: str) -> tuple[str, tuple[int, ...]]:
    """IPython's transformation, and for each line of the result the 0-based line it came from."""
    lines = source.splitlines(keepends=True)
    if not _SPECIAL.search(source):
        return source, tuple(range(len(lines)))
    manager = _manager()
    for step in manager.cleanup_transforms[1:]:
        lines = step(lines)
    for step in manager.line_transforms:
        lines = step(lines)
    calls = _commands_as_calls(lines)
    if calls is not None:
        return "".join(calls), tuple(range(len(calls)))
    made: list[str] = []
    mapping: list[int] = []
    done = 0
    for part in _parts(lines):
        text, rows = _tokens_transformed(part)
        made += text
        mapping += [done + row for row in rows]
        done += len(part)
    return "".join(made), tuple(mapping)


def _commands_as_calls(lines: list[str]) -> list[str] | None:
    """The lines, IPython's commands made into calls, where that is all there is to do and each fills a line.

    IPython reads the whole cell again for each command. Where the cell is Python without them, one look is enough.
    """
    rows = [row for row, line in enumerate(lines) if _COMMAND.match(line)]
    plain = list(lines)
    for row in rows:
        plain[row] = "pass\n"
    text = "".join(plain)
    if not rows or _SPECIAL.search(text) or text.count("\n") != len(lines):
        return None
    try:
        body = parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not {node.lineno - 1 for node in body if isinstance(node, ast.Pass)}.issuperset(rows):
        return None
    from IPython.core.inputtransformer2 import EscapedCommand

    for row in rows:
        lines = EscapedCommand((row + 1, 0)).transform(lines)  # type: ignore[no-untyped-call]
    return lines


def _parts(lines: list[str]) -> list[list[str]]:
    """A long cell cut between its statements: IPython reads all of what it is given again for each magic in it."""
    if len(lines) < _LONG:
        return [lines]
    from IPython.core.inputtransformer2 import make_tokens_by_line

    starts = {tokens[0].start for tokens in make_tokens_by_line(lines) if tokens}
    cuts = [row - 1 for row, column in sorted(starts) if column == 0 and 1 < row <= len(lines)]
    cuts = [row for row in cuts if _STARTS.match(lines[row])]
    return [lines[first:last] for first, last in pairwise([0, *cuts, len(lines)])]


def _tokens_transformed(lines: list[str]) -> tuple[list[str], list[int]]:
    manager = _manager()
    mapping = list(range(len(lines)))
    changed = True
    for _ in range(_LIMIT):
        before = lines
        try:
            changed, lines = manager.do_one_token_transform(before)
        except SyntaxError:
            changed = False
        if not changed:
            break
        gone = len(before) - len(lines)
        at = next((i for i, (a, b) in enumerate(zip(before, lines, strict=False)) if a != b), len(lines) - 1)
        mapping = mapping[: at + 1] + mapping[at + 1 + gone :]
    return lines, mapping


# What cannot hold any of these has no IPython syntax; most cells are plain, and the tokenizer is slow.
_SPECIAL = re.compile(r"\A[ \t]|^\s*(?:[!?%/,;]|>>>|In \[)|=\s*[!%]|\?\s*$", re.MULTILINE)
_COMMAND = re.compile(r"(?:%(?!%)|!)[^\n]*(?<![\\?\s])\s*\Z")
_CELL_MAGIC = re.compile(r"%%(\w+)\s*(.*)$")
_LIMIT = 500
_LONG = 60
_STARTS = re.compile(r"[\w!%@'\"]")


@cache
def _manager() -> Any:
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()  # type: ignore[no-untyped-call]


def _transparent(line: str, used: frozenset[str]) -> str | None:
    match = _CELL_MAGIC.match(line.strip()) if "%%" in line else None
    if not match or match[1] not in TRANSPARENT:
        return None
    if match[1] == "capture" and any(word in used for word in match[2].split()):
        return None
    return line


def _pieces(tree: ast.Module, code: str, raw: Sequence[str], mapping: Sequence[int]) -> list[Piece]:
    spans = [span(node) for node in tree.body]
    shared = {after[0] for before, after in pairwise(spans) if before[1] == after[0]}
    starts = code.splitlines() if shared else []
    found = []
    for node, (first_line, last_line) in zip(tree.body, spans, strict=True):
        first, last = mapping[first_line - 1], _last_raw(last_line, mapping, len(raw))
        text = None
        if shared & {first_line, last_line}:
            text = "\n".join(starts[first_line - 1 : last_line]) if len(tree.body) == 1 else _segment(starts, node)
        found.append(Piece(node, first, last, text))
    return found


def span(node: ast.stmt) -> tuple[int, int]:
    """First and last 1-based line of a statement, its decorators included."""
    first = node.lineno
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    return first, node.end_lineno or first


def _last_raw(last_line: int, mapping: Sequence[int], count: int) -> int:
    return (mapping[last_line] if last_line < len(mapping) else count) - 1


def _segment(starts: Sequence[str], node: ast.stmt) -> str:
    """The text of one of several statements on a line; offsets of :mod:`ast` count bytes of UTF-8."""
    first, last = span(node)
    lines = [line.encode() for line in starts[first - 1 : last]]
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    return "\n".join(line.decode() for line in lines)
