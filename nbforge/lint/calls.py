"""What a notebook calls: each call with the path of what is called, as far as imports and assignments tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from nbforge.notebook.flow import Flow
from nbforge.notebook.source import span

FRAME = "pandas.DataFrame"


@dataclass(frozen=True, slots=True)
class Known:
    """What a name is known to be: a ``path`` of a library, an ``instance`` of the class at that path, or a ``text``."""

    kind: Literal["path", "instance", "text"]
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call where it stands; ``step`` is its statement's position in the flow.

    ``path`` is dotted for functions and classes of libraries (``pandas.read_csv``), starts with a dot for methods
    (``.fit``) and is bare for names of the notebook. ``receiver`` is the class of a method's object, where known.
    ``texts``: its arguments that are known texts, by position or keyword.
    """

    step: int
    cell: int
    node: ast.Call
    line: int
    column: int | None
    end_line: int
    path: str
    receiver: str
    texts: dict[int | str, str]
    function: str = ""  # the notebook's function that it stands in

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def keyword(self, name: str) -> ast.expr | None:
        """What is given for a keyword."""
        return next((item.value for item in self.node.keywords if item.arg == name), None)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name of a library that is imported or read: ``numpy.float``; ``.ix`` of an object of class ``receiver``."""

    step: int
    cell: int
    line: int
    column: int | None
    end_line: int
    path: str
    receiver: str = ""
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command, one line of it."""

    step: int
    cell: int
    line: int
    text: str


def place(flow: Flow, step: int, node: ast.AST) -> tuple[int, int, int]:
    """Line, column and last line of a node in the notebook's cell, 1-based."""
    piece = flow.steps[step].piece
    source = flow.cells[flow.steps[step].cell]
    if piece is None or not source.lines:
        return 1, 1, 1
    start = span(piece.node)[0]

    def line(code_line: int) -> int:
        raw = min(piece.first + max(code_line - start, 0), max(piece.last, piece.first), len(source.lines) - 1)
        return source.lines[raw]

    first = getattr(node, "lineno", start)
    return line(first), getattr(node, "col_offset", 0) + 1, line(getattr(node, "end_lineno", None) or first)


@dataclass(frozen=True, slots=True)
class Write:
    """An assignment to a part of something, ``target``; ``receiver`` is the class of what it is a part of, if known."""

    step: int
    cell: int
    target: ast.Subscript
    line: int
    column: int | None
    end_line: int
    receiver: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a notebook calls, names and hands to a shell, in its order."""

    calls: tuple[Call, ...]
    references: tuple[Reference, ...]
    commands: tuple[Command, ...]
    writes: tuple[Write, ...]


def is_magic(node: ast.Call) -> bool:
    """Whether IPython made the call of a magic or a shell command."""
    match node.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))):
            return True
    return False
