"""What a library only renamed, renamed in the notebook: the fixes of calls that were removed."""

from __future__ import annotations

import ast
import re

from nbforge import removed
from nbforge.lint.calls import Call, Reference, place
from nbforge.lint.model import Fix
from nbforge.lint.subject import Subject
from nbforge.removed import Removed

_IMPORT = re.compile(r"(\s*from\s+)([\w.]+)(\s+import\s+)([\w, ]+?)(\s*(?:#.*)?)")
_DOTTED = re.compile(r"[\w.]+")


def of_argument(subject: Subject, call: Call, keyword: ast.keyword, entry: Removed) -> Fix | None:
    """``sparse=False`` becomes ``sparse_output=False``, ``criterion="mse"`` becomes ``criterion='squared_error'``."""
    new = removed.same(entry)
    if new is None or keyword.arg is None:
        return None
    if new.endswith("="):
        return _replaced(subject, call, keyword, keyword.arg, new.removesuffix("="))
    old = ast.get_source_segment(_line(subject, call, keyword.value), keyword.value) or ""
    return _replaced(subject, call, keyword.value, old, new) if _alone(keyword.value) else None


def of_method(subject: Subject, call: Call, entry: Removed) -> Fix | None:
    """``.as_matrix()`` becomes ``.to_numpy()``; only where nothing is given that the other one may not take."""
    new, func = removed.same(entry), call.node.func
    if new is None or not isinstance(func, ast.Attribute) or call.node.args or call.node.keywords:
        return None
    end = ast.Name(func.attr, lineno=func.end_lineno or 0, end_lineno=func.end_lineno)
    end.col_offset = (func.end_col_offset or 0) - len(func.attr.encode())
    return _replaced(subject, call, end, func.attr, new.strip(".()"))


def of_reference(subject: Subject, reference: Reference, entry: Removed) -> Fix | None:
    """``np.float`` becomes ``float``; modules and names that moved are imported from where they are."""
    lines = subject.cell(reference.cell).source.splitlines()
    line = lines[reference.line - 1] if reference.line <= len(lines) else ""
    if reference.imported:
        changed = _import(line)
    else:
        before = line.encode()[: (reference.column or 1) - 1].decode(errors="ignore")
        new, found = removed.same(entry), _DOTTED.match(line, len(before))
        changed = _name(line, found, reference.path, new) if new is not None and found is not None else None
    return Fix("source", reference.cell, line, changed, reference.line) if changed is not None else None


def _name(line: str, found: re.Match[str], path: str, new: str) -> str | None:
    parent, _, last = path.rpartition(".")
    home, _, name = new.rpartition(".")
    if not found[0].endswith(f".{last}") or home not in {parent, "builtins"}:
        return None
    written = name if home == "builtins" else found[0].removesuffix(last) + name
    return line[: found.start()] + written + line[found.end() :]


def _import(line: str) -> str | None:
    found = _IMPORT.fullmatch(line)
    if found is None:
        return None
    start, module, between, names, end = found.groups()
    imported = [name.split(" as ")[0].strip() for name in names.split(",")]
    homes = {removed.moved(module, name) for name in imported}
    home = homes.pop()
    if homes or home is None:
        return None
    return f"{start.replace('from', 'import')}{names}{end}" if not home else f"{start}{home}{between}{names}{end}"


def _alone(node: ast.expr) -> bool:
    return node.lineno == node.end_lineno


def _line(subject: Subject, call: Call, node: ast.expr) -> str:
    """The lines of the statement up to that of ``node``, which stands in the last one."""
    number = place(subject.flow, call.step, node)[0]
    lines = subject.cell(call.cell).source.splitlines()
    return "\n" * (node.lineno - 1) + lines[number - 1]


def _replaced(subject: Subject, call: Call, node: ast.expr | ast.keyword, old: str, new: str) -> Fix | None:
    """``old``, with which the text of ``node`` begins, becomes ``new``; ``None`` where it does not in the notebook."""
    number = place(subject.flow, call.step, node)[0]
    lines = subject.cell(call.cell).source.splitlines()
    text = lines[number - 1].encode() if number <= len(lines) else b""
    start, end = node.col_offset, node.col_offset + len(old.encode())
    if not old or text[start:end] != old.encode():
        return None
    changed = text[:start] + new.encode() + text[end:]
    return Fix("source", call.cell, text.decode(), changed.decode(), number)
