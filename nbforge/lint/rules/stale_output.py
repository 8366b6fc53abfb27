"""An output that the present source cannot have made.

The source was changed after it was run, so what is shown proves nothing. Found where it is certain:

* there is an output, and no code;
* there is a result (`Out[7]`), but the last statement is no expression, or ends with `;`;
* there is printed text, but nothing in the cell calls anything;
* the result has another count than the cell;
* the cell does not parse, and yet it has an output that is no error.

**Example**

    frame = frame.dropna()      # shows a table, from when the line was `frame.dropna()`

**Fix**: run the notebook again, from top to bottom, and save it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbforge.lint.document import RawCell
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook.source import Source

CODE = "NBF205"
SEVERITY: Severity = "warning"

_REMEDY = "Run the notebook again from top to bottom and save it."
_PYTHON_2 = "Missing parentheses in call"  # it may well have run in its day
_MAY_PRINT = (ast.Call, ast.Await, ast.Import, ast.ImportFrom, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor)


def check(subject: Subject) -> Iterator[Problem]:
    """Every cell with such an output; one problem a cell."""
    shows_all = any("ast_node_interactivity" in cell.cell.source for cell in subject.code)
    for cell in subject.code:
        if cell.outputs and (message := _judge(subject, cell, shows_all)):
            yield Problem(message, _REMEDY, cell.index)


def _judge(subject: Subject, cell: RawCell, shows_all: bool) -> str:
    if not cell.cell.source.strip():
        return "there is an output, but no code."
    kinds = {output.get("output_type") for output in cell.outputs}
    broken = subject.flow.broken.get(cell.index)
    if broken is not None:
        made = kinds and "error" not in kinds and not broken.message.startswith(_PYTHON_2)
        return "there is an output, but the source is no Python." if made else ""
    source = subject.flow.cells.get(cell.index)
    if source is None:
        return ""
    if not source.pieces:
        return "there is an output, but the code is only comments."
    if "execute_result" in kinds:
        return _result(cell, source, shows_all)
    printed = any(o.get("output_type") == "stream" and o.get("name") == "stdout" for o in cell.outputs)
    return "there is printed text, but nothing in the cell prints." if printed and _silent(source) else ""


def _result(cell: RawCell, source: Source, shows_all: bool) -> str:
    last = source.pieces[-1].node
    if not isinstance(last, ast.Expr) and not shows_all:
        return "there is a result, but the last statement gives none."
    if _ends_with_semicolon(source) and not shows_all:
        return "there is a result, but the last line ends with `;`, which hides it."
    counts = {output.get("execution_count") for output in cell.outputs if output.get("output_type") == "execute_result"}
    known = {count for count in counts if isinstance(count, int)}
    if known and cell.execution_count is not None and cell.execution_count not in known:
        return (
            f"the result has count {min(known)} and the cell {cell.execution_count}: they are of different executions."
        )
    return ""


def _ends_with_semicolon(source: Source) -> bool:
    """As IPython tells: the last token that is no comment is ``;``."""
    import io
    import tokenize

    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT}
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(source.code).readline) if t.type not in skipped]
    except (tokenize.TokenError, SyntaxError):
        return False
    return bool(tokens) and tokens[-1].string == ";"


def _silent(source: Source) -> bool:
    """Whether nothing of the cell can print: functions that it only defines do not run."""
    return not any(isinstance(node, _MAY_PRINT) for piece in source.pieces for node in _running(piece.node))


def _running(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        inner = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
        if child not in inner and not isinstance(node, ast.Lambda):
            yield from _running(child)
