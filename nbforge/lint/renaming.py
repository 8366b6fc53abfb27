"""What a library only renamed, renamed in the notebook: the fixes of calls that were removed."""

from __future__ import annotations

import ast
import re

from nbforge import removed
from nbforge.lint.calls import Call, Reference
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
        line, column, _ = subject.at(call.step, keyword)
        return _replaced(subject, call.cell, (line, column), keyword.arg, new.removesuffix("="))
    line, column, _ = subject.at(call.step, keyword.value)
    old = ast.get_source_segment(subject.flow.cells[call.cell].code, keyword.value) or ""
    return _replaced(subject, call.cell, (line, column), old, new)


def of_method(subject: Subject, call: Call, entry: Removed) -> Fix | None:
    """``.as_matrix()`` becomes ``.to_numpy()``; only where nothing is given that the other one may not take."""
    new, func = removed.same(entry), call.node.func
    if new is None or not isinstance(func, ast.Attribute) or call.node.args or call.node.keywords:
        return None
    column = (func.end_col_offset or 0) + 1 - len(func.attr.encode())
    return _replaced(subject, call.cell, (subject.at(call.step, func)[2], column), func.attr, new.strip(".()"))


def of_reference(subject: Subject, reference: Reference, entry: Removed) -> Fix | None:
    """``np.float`` becomes ``float``; modules and names that moved are imported from where they are."""
    line = _line(subject, reference.cell, reference.line)
    if reference.imported:
        changed = _import(line)
        return Fix("source", reference.cell, line, changed, reference.line) if changed is not None else None
    column = reference.column or 1
    found, new = _DOTTED.match(line.encode()[column - 1 :].decode(errors="ignore")), removed.same(entry)
    written = _name(found[0], reference.path, new) if found is not None and new is not None else None
    if found is None or written is None:
        return None
    return _replaced(subject, reference.cell, (reference.line, column), found[0], written)


def _name(written: str, path: str, new: str) -> str | None:
    parent, _, last = path.rpartition(".")
    home, _, name = new.rpartition(".")
    if not written.endswith(f".{last}") or home not in {parent, "builtins"}:
        return None
    return name if home == "builtins" else written.removesuffix(last) + name


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


def _line(subject: Subject, cell: int, number: int) -> str:
    lines = subject.cell(cell).source.splitlines()
    return lines[number - 1] if number <= len(lines) else ""


def _replaced(subject: Subject, cell: int, at: tuple[int, int], old: str, new: str) -> Fix | None:
    """``old`` becomes ``new`` at a line and a column in bytes, from 1; ``None`` where the notebook has another text."""
    line = _line(subject, cell, at[0])
    text, start = line.encode(), at[1] - 1
    end = start + len(old.encode())
    if not old or text[start:end] != old.encode():
        return None
    return Fix("source", cell, line, (text[:start] + new.encode() + text[end:]).decode(), at[0])
