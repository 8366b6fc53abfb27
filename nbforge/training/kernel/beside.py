"""Statements that run beside the slice: what they change is noted, and their failure is theirs alone."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .evidence import Evidence
    from .recorder import Recorder

HOOK = "__nbforge_beside__"
"""The object's name in ``builtins`` while a notebook runs."""


class Beside:
    """What instrumented code calls around each such statement."""

    errors = (Exception, SystemExit)

    def __init__(self, evidence: Evidence, recorder: Recorder) -> None:
        self.evidence, self.recorder = evidence, recorder
        self.running: tuple[int, int] | None = None
        self.failed: str | None = None
        self._fits = 0

    def start(self) -> None:
        """A cell is about to run."""
        self.running, self.failed = None, None

    def begin(self, cell: int, at: int) -> bool:
        """Whether the statement shall run: not after another one of its cell has failed."""
        if self.failed is not None:
            return False
        self.running, self._fits = (cell, at), len(self.recorder.fits)
        self.evidence.begin_statement()
        return True

    def end(self) -> None:
        """The statement has run, or failed: its fits are no fits of the slice."""
        if self.running is not None:
            del self.recorder.fits[self._fits :]
            self.evidence.end_statement(self.running[1])
            self.running = None

    def fail(self) -> None:
        """The statement raised."""
        self.failed = type(sys.exception()).__name__
        self.end()


def wrapped(cell: int, at: int, statement: ast.stmt, last: bool) -> ast.stmt:
    """The statement between the hooks. One that shows its value stays an expression, and its cell may fail."""
    begin = _call("begin", ast.Constant(cell), ast.Constant(at))
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return statement
    if last and isinstance(statement, ast.Expr):
        statement.value = ast.copy_location(ast.IfExp(begin, statement.value, ast.Constant(None)), statement.value)
        return statement
    handler = ast.ExceptHandler(_attribute("errors"), None, [ast.Expr(_call("fail"))])
    tried = ast.Try([statement, ast.Expr(_call("end"))], [handler], [], [])
    return ast.copy_location(ast.If(begin, [ast.copy_location(tried, statement)], []), statement)


def _attribute(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(HOOK, ast.Load()), name, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(_attribute(name), list(arguments), [])
