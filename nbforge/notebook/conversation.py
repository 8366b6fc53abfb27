"""A predict cell that asks a person, ``hours = float(input("Hours? "))``, as a function of what the person says.

A build has nobody to ask; a request says the same.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from nbforge.notebook.emit import excerpt
from nbforge.notebook.shown import told
from nbforge.notebook.source import BrokenSourceError, split
from nbforge.values import Cell, Notebook

_KINDS = frozenset({"bool", "float", "int", "str"})
_LEAVES = (ast.Break, ast.Continue, ast.Return, ast.Raise)


def unasked(notebooks: Sequence[Notebook]) -> tuple[tuple[Notebook, ...], list[str]]:
    """The notebooks, with what their predict cells ask people in a function at the end, and what is told of it."""
    notes: list[str] = []
    changed = []
    for notebook in notebooks:
        cells = list(notebook.cells)
        for at, cell in enumerate(cells):
            found = _unasked(cell) if {"predict"} <= cell.roles and "skip" not in cell.roles else None
            if found is not None:
                names = ", ".join(f"`{name}`" for name in found[1].kinds)
                said = f"{notebook.path.name}, cell {cell.index}: a build has nobody to ask; requests say {names}."
                cells[at] = replace(cell, source=found[0])
                notes.append(said)
        changed.append(replace(notebook, cells=tuple(cells)))
    return tuple(changed), notes


@dataclass(frozen=True, slots=True)
class _Asked:
    """What statements ask, by name with the kind of the answer, and what they do with it."""

    kinds: dict[str, str]
    then: list[ast.stmt]


def _unasked(cell: Cell) -> tuple[str, _Asked] | None:
    """The cell's source, with a function in the place of the conversation."""
    try:
        source = split(cell.source)
    except BrokenSourceError:
        return None
    nodes = [piece.node for piece in source.pieces]
    asking = {node.name for node in nodes if isinstance(node, ast.FunctionDef) and _asks(node)}
    found = _of_function(nodes, asking) or _asked(nodes)
    if found is None:
        return None
    inside = {id(each) for node in found.then for each in ast.walk(node)}
    kept = [
        piece
        for piece in source.pieces
        if not _asks(piece.node) and id(piece.node) not in inside and not _called(piece.node) & asking
    ]
    taken = ", ".join(f"{each}: {kind}" for each, kind in found.kinds.items())
    body = "\n".join(f"    {line}" for each in _giving(found) for line in ast.unparse(each).splitlines())
    function = f"def {_free('predict', nodes)}({taken}):\n{body}"
    try:
        compile(function, "<cell>", "exec")
    except SyntaxError:  # it goes on in the loop that it is in
        return None
    return "\n".join([excerpt(source, kept)[0], function]).lstrip("\n"), found


def _giving(found: _Asked) -> list[ast.stmt]:
    """What is done with the answers, up to what is told of them in the end; where a model is asked there, the kernel
    sees what of it is the prediction.
    """
    attributes = {each.attr for node in found.then for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    match found.then[-1]:
        case ast.Expr(value=ast.Name() | ast.Subscript() as value):
            return [*found.then[:-1], ast.Return(value)]
    if any(isinstance(node, ast.Return) for node in found.then) or any(
        name.startswith("predict") for name in attributes
    ):
        return found.then
    for at, text in told(found.then):
        if text not in found.kinds:
            return [*found.then[:at], *ast.parse(f"return {text}").body]
    return found.then


def _asked(body: Sequence[ast.stmt]) -> _Asked | None:
    """What is asked in one block of statements, or in one that is within it, and goes on with the answers."""
    kinds = {name: kind for node in body for name, kind in _answers(node)}
    if kinds:
        first = next(at for at, node in enumerate(body) if any(_answers(node)))
        then = list(_going_on([node for node in body[first:] if not any(_answers(node))], kinds))
        return _Asked(kinds, then) if then and not any(map(_asks, then)) else None
    inner = (block for node in body if not isinstance(node, ast.FunctionDef) for block in _blocks(node))
    return next((found for block in inner if (found := _asked(block)) is not None), None)


def _of_function(body: Sequence[ast.stmt], asking: Collection[str]) -> _Asked | None:
    """What a function that takes nothing asks, where the cell calls it."""
    called = frozenset[str]().union(*map(_called, body)) & {*asking}
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name in called and not ast.unparse(node.args):
            return _asked(node.body)
    return None


def _called(statement: ast.stmt) -> frozenset[str]:
    """The functions that a statement calls without giving them anything."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call) and not node.args and not node.keywords]
    return frozenset(node.func.id for node in calls if isinstance(node.func, ast.Name))


def _answers(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The name that a statement binds to an answer, with the answer's kind."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            kind, inner = "str", value
            while isinstance(inner, ast.Call):
                match inner:
                    case ast.Call(func=ast.Name(id="input")):
                        yield name, kind
                        return
                    case ast.Call(func=ast.Name(id=called), args=[within]) if called in _KINDS:
                        kind, inner = (called if kind == "str" else kind), within
                    case ast.Call(func=ast.Attribute(value=within, attr="strip"), args=[]):
                        inner = within
                    case _:
                        return


def _going_on(body: Sequence[ast.stmt], asked: Collection[str]) -> Iterator[ast.stmt]:
    """The statements that depend on the answers; what only ends the conversation is none."""
    depend = set(asked)
    for node in body:
        names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
        read = {each.id for each in names if isinstance(each.ctx, ast.Load)}
        ends = isinstance(node, ast.If) and any(isinstance(each, _LEAVES) for each in node.body)
        if read & depend and not ends:
            depend |= {each.id for each in names if isinstance(each.ctx, ast.Store)}
            yield node


def _asks(node: ast.AST) -> bool:
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "input" for function in calls)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def _free(name: str, nodes: Sequence[ast.stmt]) -> str:
    taken = {getattr(each, "id", getattr(each, "name", None)) for node in nodes for each in ast.walk(node)}
    while name in taken:
        name = f"{name}_answer"
    return name
