"""What a statement that the plan says nothing of binds, changes and reads, as far as its own text shows."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from .watching import written_to


class Touched(NamedTuple):
    """As the facts of the same names in :class:`.program.Step`."""

    defines: frozenset[str]
    may_define: frozenset[str]
    updates: frozenset[str]
    uses: frozenset[str]


def touched(text: str, functions: Collection[str], aliases: Mapping[str, Collection[str]]) -> Touched:
    """Of the statement ``text``; ``functions``: the notebook's own, which may change what they are given; ``aliases``:
    names with others for the same object, or for what is in it.
    """
    tree = ast.parse(text).body[0]
    stored, read = names_of(text)
    changed = written_to(tree) | frozenset(_given(tree, functions))
    changed |= _gone_through(tree, changed)
    changed = changed.union(*(aliases[name] for name in changed if name in aliases))
    own = isinstance(tree, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Import | ast.ImportFrom | ast.FunctionDef)
    nothing: frozenset[str] = frozenset()
    return Touched(stored if own else nothing, nothing if own else stored, changed - stored, read)


def alias(statement: ast.stmt) -> dict[str, frozenset[str]]:
    """The name that a statement binds to what others hold, by itself or in a list, with these."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
            return {name: frozenset({other})}
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=items) | ast.Tuple(elts=items)):
            return {name: frozenset(item.id for item in items if isinstance(item, ast.Name))}
    return {}


def _gone_through(tree: ast.stmt, changed: Collection[str]) -> frozenset[str]:
    """The names of what loops go through, ``for part in [train, test]``, where they change what a turn has of it."""
    found = {*changed}
    for node in reversed([*ast.walk(tree)]):  # a loop comes before those within it
        if isinstance(node, ast.For) and found & {
            each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)
        }:
            called = [each.func for each in ast.walk(node.iter) if isinstance(each, ast.Call)]
            found |= {each.id for each in ast.walk(node.iter) if isinstance(each, ast.Name) and each not in called}
    return frozenset(found)


def names_of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a statement binds, and those that it reads from outside of its own functions."""
    table = symtable.symtable(text, "<statement>", "exec")
    symbols = table.get_symbols()
    stored = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    read = {each.get_name() for each in symbols if each.is_referenced()}
    for inner in table.get_children():
        read |= _globals(inner)
    return frozenset(stored), frozenset(read)


def _globals(table: symtable.SymbolTable) -> set[str]:
    found = {each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced()}
    return found.union(*map(_globals, table.get_children()))


def _given(tree: ast.stmt, functions: Collection[str]) -> Iterator[str]:
    """The names of what a call may change: one of the notebook's functions, or one whose value is not used."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) as call if name in functions:
                yield from _names(call)
            case ast.Expr(value=ast.Call(func=ast.Attribute()) as call):
                yield from _names(call)


def _names(call: ast.Call) -> Iterator[str]:
    for given in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(given, ast.Name):
            yield given.id
