"""Which left-out statement may have made what a run lacked: judged by the names, files and columns in its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import PurePath
from typing import Literal

from nbforge.errors import GateError, NbforgeError, TrainingError
from nbforge.notebook.beside import LeftOut
from nbforge.notebook.scope import top_level_names
from nbforge.values import Json, Slice

_QUOTED = re.compile(r"'([^']+)'")
_ATTRIBUTE = re.compile(r"has no attribute '([^']+)'")
_WRITES = re.compile(
    r"^(?:to_|save|write|dump|export|store|download|fetch|extract|unpack|copy|move|rename|urlretrieve|create|generate)"
)

Kind = Literal["file", "name", "attribute", "key"]


@dataclass(frozen=True, slots=True)
class Lack:
    """What a statement of a cell did not find. ``exception``: what it raised; empty where it found something stale."""

    notebook: int
    cell: int
    kind: Kind
    names: tuple[str, ...]
    exception: str = ""


def lack(slice_: Slice, error: NbforgeError) -> Lack | None:
    """What a failed run lacked; ``None`` where its failure says nothing of the kind."""
    numbers = {book.path.name: number for number, book in enumerate(slice_.notebooks)}
    if not isinstance(error, TrainingError | GateError) or error.cell is None or error.notebook not in numbers:
        return None
    if error.code == "removed-call":
        return None
    notebook = numbers[error.notebook]
    exception, _, text = error.message.partition(", in `")[0].partition(": ")
    if exception == "FileNotFoundError" and error.name:
        return Lack(notebook, error.cell, "file", (PurePath(error.name).name,), exception)
    if exception in ("NameError", "UnboundLocalError"):
        return Lack(notebook, error.cell, "name", tuple(_QUOTED.findall(text)[:1]), exception)
    if exception == "AttributeError":
        return Lack(notebook, error.cell, "attribute", tuple(_ATTRIBUTE.findall(text)), exception)
    if exception == "KeyError":
        return Lack(notebook, error.cell, "key", tuple(_QUOTED.findall(text)), exception)
    return None


def suppliers(slice_: Slice, others: Sequence[LeftOut], wanted: Lack) -> Iterator[list[LeftOut]]:
    """Statements before the lack that may have made it, likeliest first, in groups to be tried one after the other."""
    earlier = [each for each in others if each.place[:2] <= (wanted.notebook, wanted.cell)]
    if wanted.kind != "file":
        earlier = [each for each in earlier if each.place[0] == wanted.notebook]
    mentions = _MENTIONS[wanted.kind]
    named = [each for each in earlier if any(mentions(each.node, name) for name in wanted.names)]
    yield [each for each in named if not isinstance(each.node, ast.Assign) or _calls(each.node)]
    bound = {(each.place[0], name) for each in named for name in top_level_names([each.node])}
    yield [each for each in earlier if any((each.place[0], name) in bound for name in _read(each.node))]
    if wanted.kind == "attribute":
        yield [each for each in earlier if isinstance(each.node, ast.Import | ast.ImportFrom)]
    if wanted.kind in ("attribute", "key"):
        used = _used(slice_, wanted)
        yield [each for each in earlier if not used.isdisjoint(_handed(each.node))]


def stale(others: Sequence[LeftOut], cells: Sequence[Mapping[str, Json]]) -> list[tuple[LeftOut, Lack]]:
    """Left-out statements that write a file which a later cell of the slice was seen to read, and no cell to write."""
    written = {path for cell in cells for path in cell.get("written", ())}
    writers = [(each, values) for each in others if (values := _given_to_writers(each.node))]
    bearers = cache(partial(_bearers, others))
    found = []
    for cell in cells if writers else ():
        names = sorted({PurePath(path).name for path in cell.get("read", ()) if path not in written})
        place = (cell["notebook"], cell["cell"])
        for each, values in writers:
            if each.place[:2] < place:
                made = tuple(name for name in names if _names(values, name, bearers(each.place[0], name)))
                found += [(each, Lack(*place, "file", made))] if made else []
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _mentions_file(node: ast.AST, name: str) -> bool:
    return any(_ends_with(text, name) for text in _texts(node))


def _ends_with(text: str, name: str) -> bool:
    """Whether a path, or a command line, has ``name`` as the last part of a path."""
    return any(re.split(r"[\\/]", word.strip("'\"<>"))[-1] == name for word in (text, *text.split()))


def _mentions_name(node: ast.stmt, name: str) -> bool:
    return name in top_level_names([node]) or name in _texts(node)


def _mentions_attribute(node: ast.stmt, name: str) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and each.attr == name and isinstance(each.ctx, ast.Store):
            return True
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == name:
            return True
        if isinstance(each, ast.alias) and name in each.name.split("."):
            return True
    return name in _texts(node)


def _mentions_key(node: ast.stmt, name: str) -> bool:
    return name in _texts(node) or any(isinstance(each, ast.keyword) and each.arg == name for each in ast.walk(node))


_MENTIONS: dict[Kind, Callable[[ast.stmt, str], bool]] = {
    "file": _mentions_file,
    "name": _mentions_name,
    "attribute": _mentions_attribute,
    "key": _mentions_key,
}


def _used(slice_: Slice, wanted: Lack) -> set[str]:
    cells = [c for c in slice_.cells if (c.notebook, c.index) == (wanted.notebook, wanted.cell)]
    return {name for cell in cells for statement in cell.statements for name in (*statement.uses, *statement.updates)}


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _read(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _handed(node: ast.AST) -> set[str]:
    """Names that a statement hands to calls."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return {name for call in calls for value in _given(call) for name in _read(value)}


def _given(call: ast.Call) -> tuple[ast.expr, ...]:
    return (*call.args, *(keyword.value for keyword in call.keywords))


def _given_to_writers(node: ast.AST) -> list[ast.expr]:
    """What calls that say that they write are given."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and _says_that_it_writes(each)]
    return [value for call in calls for value in _given(call)]


def _bearers(others: Sequence[LeftOut], notebook: int, file: str) -> set[str]:
    """The names of a notebook whose statements have the file's name."""
    named = [each.node for each in others if each.place[0] == notebook and _mentions_file(each.node, file)]
    return top_level_names(named)


def _names(values: Sequence[ast.expr], file: str, bearers: Collection[str]) -> bool:
    """Whether one of ``values`` is, or holds, the file's name or a name whose statement has it."""
    return any(_mentions_file(value, file) or not _read(value).isdisjoint(bearers) for value in values)


def _says_that_it_writes(call: ast.Call) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called == "open":
        modes = [text for value in (*call.args[1:], *(k.value for k in call.keywords)) for text in _texts(value)]
        return any(re.fullmatch(r"[rwxabt+]*[wxa+][rwxabt+]*", mode) for mode in modes)
    if called in ("run_cell_magic", "system", "getoutput"):
        return any("writefile" in text or ">" in text or "-O" in text or " -o" in text for text in _texts(call))
    return bool(_WRITES.match(called))
