r"""A path that exists on one machine.

Paths of home directories (`/home/me/...`, `C:\Users\me\...`, `~/...`) and other absolute paths that are read or
written, also in `%cd` and shell commands. Nobody else has them, a build in CI included. Where a build needs the
statement it is a `warning`, elsewhere `info`. `/tmp` and system files are left alone.

**Example**

    frame = pd.read_csv("/home/me/data/customers.csv")

**Fix**: put the file beside the notebook and use a relative path, or make the folder a parameter (`-p data=...`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbforge.lint.calls import Call, is_magic
from nbforge.lint.model import Problem, Severity
from nbforge.lint.subject import Subject
from nbforge.notebook import purity

CODE = "NBF303"
SEVERITY: Severity = "warning"

_REMEDY = "Use a path relative to the notebook, or a parameter."
_HOME = re.compile(
    r"(?:file://)?(?:(?:/home/[\w.-]+|/Users/[\w.-]+|[A-Za-z]:[\\/]+Users[\\/]+[^\\/]+)(?:[\\/]|$)|(?:/root|~)[\\/]+\S)"
)
_DRIVE = re.compile(r"[A-Za-z]:(?:\\[^\\/:*?\"<>|\n]+)+|[A-Za-z]:/(?:[\w .-]+/)*[\w .-]+\.\w+")
_MOUNTS = re.compile(
    r"/(?:content/(?:g?drive|sample_data)|kaggle/(?:input|working)|dbfs|mnt|media|Volumes|gpfs|scratch|nfs)/\S"
)
_ABSOLUTE = re.compile(r"/(?!tmp/|dev/|proc/|sys/|etc/|usr/|bin/|var/tmp/)[\w.-]+(?:/[\w .{}*-]+)+/?")
_WORD = re.compile(r"(?<![\w/:.])(?:/(?:home|Users)/[\w.-]+/[\w./-]+|~/[\w./-]+)")
_OPENS = frozenset(
    {
        "open",
        "pathlib.Path",
        "os.chdir",
        "os.path.join",
        "glob.glob",
        "os.listdir",
        "sys.path.append",
        "sys.path.insert",
    }
)


def check(subject: Subject) -> Iterator[Problem]:
    """Texts that are such paths, and shell commands that hold one."""
    opened = {id(node) for call in subject.calls if _opens(call) for node in (*call.node.args, *_values(call))}
    for at, step in subject.analysis.steps():
        for node, text in _texts(step.piece.node if step.piece else None):
            if path := _path(text, id(node) in opened):
                line, column, end = subject.at(at, node)
                yield _problem(subject, at, path, line, column, end)
    for command in subject.commands:
        if match := _WORD.search(command.text):
            yield _problem(subject, command.step, match[0], command.line, None, command.line)


def _problem(subject: Subject, step: int, path: str, line: int, column: int | None, end: int) -> Problem:
    severity: Severity | None = None if subject.analysis.wanted(step, line) else "info"
    cell = subject.flow.steps[step].cell
    return Problem(f"`{path}` exists only on one machine.", _REMEDY, cell, line, column, end, severity)


def _path(text: str, opened: bool) -> str:
    """The text where it is a path of one machine."""
    if len(text) > 300 or "\n" in text:
        return ""
    patterns = [_HOME, _DRIVE, _MOUNTS, *([_ABSOLUTE] if opened else [])]
    return text if any(pattern.match(text) for pattern in patterns) else ""


def _texts(root: ast.stmt | None) -> Iterator[tuple[ast.Constant, str]]:
    """Literal texts, without those that only document and those of magics, which are commands."""
    if root is None:
        return
    documenting = {id(node.value) for node in ast.walk(root) if isinstance(node, ast.Expr)}
    documenting |= {
        id(item) for node in ast.walk(root) if isinstance(node, ast.Call) and is_magic(node) for item in node.args
    }
    for node in ast.walk(root):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node, node.value


def _opens(call: Call) -> bool:
    tables = purity.tables()
    if call.path.startswith("."):
        rule = tables.method(call.name, "frame" if call.receiver == "pandas.DataFrame" else "")
    else:
        rule = tables.function(call.path)
    return call.path in _OPENS or (rule.known and (rule.reads is not None or rule.writes is not None))


def _values(call: Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.node.keywords)
