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


def touched(text: str, functions: Collection[str], aliases: Mapping[str, str]) -> Touched:
    """Of the statement ``text``; ``functions``: the notebook's own, which may change what they are given; ``aliases``:
    names with others for the same object.
    """
    tree = ast.parse(text).body[0]
    stored, read = names_of(text)
    changed = written_to(tree) | frozenset(_given(tree, functions))
    changed |= {aliases[name] for name in changed if name in aliases}
    own = isinstance(tree, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Import | ast.ImportFrom | ast.FunctionDef)
    nothing: frozenset[str] = frozenset()
    return Touched(stored if own else nothing, nothing if own else stored, changed - stored, read)


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
