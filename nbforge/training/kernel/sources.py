"""Source text of the notebook's functions, classes and lambdas, found by where their code says it comes from."""

from __future__ import annotations

import ast
import dis
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from .parsing import parse
from .program import text_of, without_beside

LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"})


Place = tuple[int, int]
"""A cell: the notebook's number and the cell's index in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A definition as written. ``name`` is empty for a lambda."""

    name: str
    text: str
    place: Place
    node: ast.AST


class Sources:
    """All definitions of the cells that ran, of all notebooks.

    ``files`` maps the file name that a cell was compiled under to the cell. By name only what is in the slice is found.
    """

    def __init__(self, cells: Sequence[Mapping[str, Any]], files: Mapping[str, Place]) -> None:
        self.files = files
        self.code = {(cell["notebook"], cell["index"]): cell["code"] for cell in cells if cell["included"]}
        self.trees = {place: parse(code) for place, code in self.code.items()}
        sliced = {(cell["notebook"], cell["index"]): cell for cell in cells if cell["included"]}
        self.named = {place: without_beside(tree, sliced[place]) for place, tree in self.trees.items()}

    def of_function(self, function: FunctionType) -> Found | None:
        """The ``def`` or ``lambda`` that this function was made by."""
        code = function.__code__
        cells = [self.files[code.co_filename]] if code.co_filename in self.files else list(self.trees)
        for place in reversed(cells):
            node = _match(self.trees.get(place), code)
            if node is not None:
                return self._found(node, place)
        return None

    def of_class(self, name: str) -> Found | None:
        """The last class of this name that a cell defines."""
        return self._last(name, ast.ClassDef)

    def of_def(self, name: str) -> Found | None:
        """The last function of this name that a cell defines outside any other function."""
        return self._last(name, ast.FunctionDef, ast.AsyncFunctionDef)

    def _last(self, name: str, *kinds: type[ast.AST]) -> Found | None:
        for place in reversed(list(self.named)):
            for node in reversed(list(_outside_functions(self.named[place]))):
                if isinstance(node, kinds) and getattr(node, "name", "") == name:
                    return self._found(node, place)
        return None

    def _found(self, node: ast.AST, place: Place) -> Found:
        text = text_of(node, self.code[place])
        return Found(getattr(node, "name", ""), _dedented(text, node), place, node)

    def imports(self) -> Iterator[tuple[str, str, str | None, Place]]:
        """``(bound name, module, attribute or None, cell)`` of every import that a cell holds, last ones first."""
        for place in reversed(list(self.named)):
            for node in ast.walk(self.named[place]):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        yield alias.asname or alias.name.split(".")[0], alias.name, None, place
                elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    for alias in node.names:
                        yield alias.asname or alias.name, node.module, alias.name, place


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_functions(child)


def _match(tree: ast.Module | None, code: CodeType) -> ast.AST | None:
    if tree is None:
        return None
    wanted = (ast.Lambda,) if code.co_name == "<lambda>" else (ast.FunctionDef, ast.AsyncFunctionDef)
    matches = [node for node in ast.walk(tree) if isinstance(node, wanted) and _fits(node, code)]
    return matches[0] if len(matches) == 1 else next((node for node in matches if _covers(node, code)), None)


def _fits(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, code: CodeType) -> bool:
    if getattr(node, "name", "<lambda>") != code.co_name:
        return False
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(item.lineno for item in decorators)])
    arguments = [item.arg for item in (*node.args.posonlyargs, *node.args.args)]
    return first == code.co_firstlineno and list(code.co_varnames[: code.co_argcount]) == arguments


def _covers(node: ast.AST, code: CodeType) -> bool:
    """Whether the code's positions lie within the node: tells two lambdas on one line apart."""
    for line, _, column, _ in code.co_positions():
        if line is not None and column:
            start = (node.lineno, node.col_offset)  # type: ignore[attr-defined]
            end = (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
            return start <= (line, column) <= end
    return True


def _dedented(text: str, node: ast.AST) -> str:
    """A nested definition, moved to the left margin; only its continuation lines carry the old indentation."""
    indent = getattr(node, "col_offset", 0)
    if not indent or isinstance(node, ast.Lambda):
        return text
    lines = text.split("\n")
    return "\n".join([lines[0].lstrip(), *(line[indent:] if not line[:indent].strip() else line for line in lines[1:])])


def written(name: str, text: str, place: Place | None) -> Found | None:
    """A definition that nbforge took out of another."""
    return Found(name, text, place, parse(text).body[0]) if place is not None else None


def as_def(node: ast.Lambda, name: str) -> str:
    """A lambda as a named function."""
    return f"def {name}({ast.unparse(node.args)}):\n    return {ast.unparse(node.body)}"


def names_read(text: str) -> tuple[list[str], list[str]]:
    """The global names that a piece of module source reads: at once when it runs, and later when its functions run."""
    module = compile(text, "<scoring>", "exec", dont_inherit=True)
    eager: dict[str, None] = {}
    lazy: dict[str, None] = {}
    bound: set[str] = set()
    _collect(module, eager, lazy, bound, runs_now=True)
    return [name for name in eager if name not in bound], [
        name for name in lazy if name not in bound and name not in eager
    ]


COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


def _collect(code: CodeType, eager: dict[str, None], lazy: dict[str, None], bound: set[str], runs_now: bool) -> None:
    for instruction in dis.get_instructions(code):
        if instruction.opname in LOADS:
            (eager if runs_now else lazy)[str(instruction.argval)] = None
        elif instruction.opname == "STORE_NAME" and code.co_name == "<module>":
            bound.add(str(instruction.argval))
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            called_later = bool(inner.co_flags & inspect.CO_NEWLOCALS) and inner.co_name not in COMPREHENSIONS
            _collect(inner, eager, lazy, bound, runs_now and not called_later)


def rename(text: str, names: Mapping[str, str]) -> str:
    """``text`` with variables renamed wherever they stand as names; strings and attributes stay."""
    if not names:
        return text
    tree = parse(text)
    lines = text.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines))]
    spots = sorted(
        {
            (starts[n.lineno - 1] + n.col_offset, n.id)
            for n in ast.walk(tree)
            if isinstance(n, ast.Name) and n.id in names
        },
        reverse=True,
    )
    result = text.encode()
    for start, name in spots:
        result = result[:start] + names[name].encode() + result[start + len(name.encode()) :]
    return result.decode()
