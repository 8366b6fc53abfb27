"""A write to a part of a frame that leaves the frame as it was.

Since pandas 3.0 every part of a frame that is taken out is a copy. Two steps in one line, the first of which takes
something out and the second of which writes to it, write to a copy that is gone at once: no value is filled, nothing is
replaced, and there is no error. Notebooks that worked with earlier versions end with other numbers, or with missing
values where a model does not take them. Looked at are the statements that a build needs.

**Example**

    frame["age"].fillna(0, inplace=True)
    frame["age"][frame["age"] > 90] = 90
    frame.loc[old]["group"] = "old"

**Fix**: write to the frame in one step, `frame["age"] = frame["age"].fillna(0)`, `frame.loc[old, "group"] = "old"`.
`nbforge lint --fix` does the first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbforge.lint.calls import FRAME, Call, Write
from nbforge.lint.model import Fix, Problem, Severity
from nbforge.lint.subject import Subject

CODE = "NBF602"
SEVERITY: Severity = "warning"

_INDEXERS = frozenset({"at", "iat", "iloc", "loc"})
_NO_PARTS = frozenset({"attrs", "flags", "plot", "style"})
_GIVE_ALL_ROWS = frozenset({"bfill", "clip", "ffill", "fillna", "interpolate", "mask", "replace", "where"})


def check(subject: Subject) -> Iterator[Problem]:
    """Every such write in what a build needs."""
    for call in subject.calls:
        part = _changed_in_place(call)
        if part is not None and subject.analysis.wanted(call.step, call.line):
            yield _of_call(subject, call, part)
    for write in subject.writes:
        if write.receiver == FRAME and subject.analysis.wanted(write.step, write.line) and _is_lost(write):
            target = ast.unparse(write.target)
            yield Problem(
                f"`{target} = ...` writes to a copy: the frame stays as it was (pandas 3.0).",
                "Name rows and columns in one step, `frame.loc[rows, column] = ...`.",
                write.cell,
                write.line,
                write.column,
                write.end_line,
            )


def _changed_in_place(call: Call) -> ast.expr | None:
    """The part of a frame that a call with ``inplace=True`` changes."""
    given, part = call.keyword("inplace"), _owner(call.node)
    asked = isinstance(given, ast.Constant) and given.value is True
    return part if asked and call.receiver == FRAME and part is not None and _taken_out(part) else None


def _owner(node: ast.Call) -> ast.expr | None:
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def _is_lost(write: Write) -> bool:
    base = write.target.value
    if isinstance(base, ast.Attribute) and base.attr in _INDEXERS:
        base = base.value
    return _taken_out(base)


def _taken_out(node: ast.expr) -> bool:
    """Whether ``node`` is a part of a frame, taken out where it stands."""
    if isinstance(node, ast.Attribute):
        return node.attr not in _INDEXERS | _NO_PARTS
    return isinstance(node, ast.Subscript)


def _of_call(subject: Subject, call: Call, part: ast.expr) -> Problem:
    receiver, method = ast.unparse(part), call.path[1:]
    return Problem(
        f"`{receiver}.{method}(..., inplace=True)` changes a copy: the frame stays as it was (pandas 3.0).",
        f"Write it to the frame, `{receiver} = {receiver}.{method}(...)`.",
        call.cell,
        call.line,
        call.column,
        call.end_line,
        fix=_fix(subject, call) if method in _GIVE_ALL_ROWS else None,
    )


def _fix(subject: Subject, call: Call) -> Fix | None:
    """The result assigned, where the call is a statement of its own on one line."""
    piece = subject.flow.steps[call.step].piece
    alone = piece is not None and isinstance(piece.node, ast.Expr) and piece.node.value is call.node
    if not alone or call.column is None or call.line != call.end_line:
        return None
    lines = subject.cell(call.cell).source.splitlines()
    text = lines[call.line - 1].lstrip()
    parsed = _parsed(text.rstrip().rstrip(";"))
    old = ast.get_source_segment(text, parsed) if parsed is not None else None
    part = _owner(parsed) if parsed is not None else None
    if parsed is None or part is None or old is None or ast.dump(parsed) != ast.dump(call.node):
        return None
    given = [*parsed.args, *(keyword for keyword in parsed.keywords if keyword.arg != "inplace")]
    texts = [ast.get_source_segment(text, item) for item in given]
    receiver = ast.get_source_segment(text, part)
    return Fix("source", call.cell, old, f"{receiver} = {receiver}{call.path}({', '.join(map(str, texts))})", call.line)


def _parsed(text: str) -> ast.Call | None:
    try:
        found = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    return found if isinstance(found, ast.Call) else None
