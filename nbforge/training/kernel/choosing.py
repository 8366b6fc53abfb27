"""What statements choose rows of a table, as far as it is written: ``df = df[df.price < limit]``, ``df.dropna()``.

Several such parts of one table that are put together, as many rows of each class say, are chosen of it too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

DROPS = frozenset({"drop", "drop_duplicates", "dropna", "head", "query", "sample", "sort_index", "sort_values"})
"""Methods that may leave rows out, or put them into another order."""

_OF_EACH_ROW = frozenset({"astype", "copy", "to_numpy"})
"""Methods that say the same of a row, whichever others there are."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A statement that binds ``name`` to rows of ``source`` that it has ``chosen``; ``whole``: the same of all rows."""

    source: str
    name: str
    whole: ast.expr
    chosen: tuple[str, ...] = ()


Parts = Mapping[str, Choice]
"""What names hold parts of a table's rows, and how they were chosen."""


def chosen_by(statement: ast.stmt, parts: Parts = MappingProxyType({})) -> Choice | None:
    """What ``df = df[...]``, ``X = df.iloc[:9, 1:].values`` and ``df.drop(..., inplace=True)`` do.

    ``parts``: those that the statement may put together again, ``balanced = pd.concat([paid, unpaid])``.
    """
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not isinstance(value, ast.Name):
            return _of_all(value, name, parts)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name) as table, attr=method)) as call):
            inplace = any(keyword.arg == "inplace" for keyword in call.keywords)
            if inplace and (method in DROPS or _counts_anew(call)):
                return Choice(name, name, table, (ast.unparse(call),))
    return None


def with_parts(parts: Parts, choosing: ast.stmt | None, binds: Collection[str]) -> Parts:
    """The same after a statement that ``binds`` names and, where it is ``choosing``, makes a part of a table.

    What it changed is none any more.
    """
    found = chosen_by(choosing, parts) if choosing is not None else None
    left = {name: part for name, part in parts.items() if name not in binds and part.source not in binds}
    part = _of_its_source(found, parts) if found is not None and found.chosen else None
    return {**left, part.name: part} if part is not None and part.source != part.name else left


def few_rows(statements: Iterable[tuple[ast.stmt, Collection[str]]]) -> Iterator[str | None]:
    """For each statement, which ``binds`` names, the one that it binds to parts put together or to some rows of such.

    They are rows of the table, however few: a request's rows are what training's are.
    """
    parts: Parts = {}
    few: set[str] = set()
    for statement, binds in statements:
        found = chosen_by(statement, parts)
        parts = with_parts(parts, statement, binds)
        chosen = found is not None and found.chosen and (stacks(statement) or found.source in few)
        few = (few - {*binds}) | ({found.name} if found is not None and chosen else set())
        yield found.name if found is not None and chosen else None


def _of_its_source(found: Choice, parts: Parts) -> Choice | None:
    """What was chosen of a part, as chosen of what the part is of."""
    if found.source not in parts:
        return found
    part = parts[found.source]
    return replace(part, name=found.name) if ast.unparse(found.whole) == found.source else None


def _together(tables: Sequence[ast.expr], name: str, parts: Parts) -> Choice | None:
    """Parts of one table, put together."""
    each = [_of_all(table, name, parts) for table in tables]
    found = [_of_its_source(part, parts) if part is not None else None for part in each]
    own = {(part.source, ast.unparse(part.whole)) if part is not None and part.chosen else None for part in found}
    return found[0] if len(own) == 1 else None


def _of_all(value: ast.expr, name: str, parts: Parts) -> Choice | None:
    """The expression without what chooses rows, or sorts them."""

    def of(inner: ast.expr, chosen: ast.AST | None, around: Callable[[ast.expr], ast.expr]) -> Choice | None:
        found = _of_all(inner, name, parts)
        if found is None:
            return None
        told = () if chosen is None else (ast.unparse(chosen),)
        return replace(found, whole=around(found.whole), chosen=(*found.chosen, *told))

    match value:
        case ast.Name(id=source):
            return Choice(source, name, value)
        case ast.Call():
            return _of_call(value, name, parts, of)
        case ast.Attribute(value=inner, attr="values"):
            return of(inner, None, lambda whole: ast.Attribute(whole, "values"))
        case ast.Subscript(
            value=ast.Attribute(value=inner, attr="loc" | "iloc" as by), slice=ast.Tuple(elts=[rows, columns])
        ):
            return of(
                inner,
                rows,
                lambda whole: ast.Subscript(ast.Attribute(whole, by), ast.Tuple([ast.Slice(), columns])),
            )
        case ast.Subscript(value=inner, slice=ast.List() | ast.Constant(value=str()) as columns):
            return of(inner, None, lambda whole: ast.Subscript(whole, columns))
        case (
            ast.Subscript(value=ast.Attribute(value=inner, attr="loc" | "iloc"), slice=rows)
            | ast.Subscript(value=inner, slice=rows)
        ):
            return of(inner, rows, lambda whole: whole)
    return None


def _of_call(call: ast.Call, name: str, parts: Parts, of: Callable[..., Choice | None]) -> Choice | None:
    if (tables := _stacked(call)) is not None:
        return _together(tables, name, parts)
    if (table := _chosen_from(call)) is not None and not _of_columns(call):
        return of(table, call, lambda whole: whole)
    match call.func:
        case ast.Attribute(value=inner, attr=method) if method in _OF_EACH_ROW or _of_columns(call):
            return of(inner, None, lambda whole: ast.Call(ast.Attribute(whole, method), call.args, call.keywords))
    return None


def _stacked(call: ast.Call) -> Sequence[ast.expr] | None:
    """The tables that ``pd.concat`` puts on each other."""
    match call:
        case ast.Call(
            func=ast.Attribute(attr="concat"),
            args=[ast.List(elts=tables) | ast.Tuple(elts=tables)],
            keywords=words,
        ) if all(ast.unparse(word) in ("axis=0", "ignore_index=True") for word in words):
            return tables
    return None


def put_together(statement: ast.stmt) -> Sequence[str]:
    """The names of the tables that a statement puts on each other, in their order; none where some have none."""
    tables = [each for stack in stacks(statement) for each in stack]
    names = [each.id for each in tables if isinstance(each, ast.Name)]
    return names if len(names) == len(tables) else ()


def stacks(statement: ast.stmt) -> list[Sequence[ast.expr]]:
    """The tables that each ``pd.concat`` of a statement puts on each other."""
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
    return [tables for call in calls if (tables := _stacked(call))]


def _chosen_from(call: ast.Call) -> ast.expr | None:
    """What a call leaves rows of out, or sorts."""
    match call.func, call.args:
        case ((ast.Name(id="shuffle") | ast.Attribute(attr="shuffle")), [table]):
            return table
        case ((ast.Name(id="resample") | ast.Attribute(attr="resample")), [ast.Name() as table, *_]):
            return table
        case ast.Attribute(value=table, attr=method), _ if method in DROPS or _counts_anew(call):
            return table
    return None


def _of_columns(call: ast.Call) -> bool:
    """Whether ``drop`` leaves columns out."""
    told = {keyword.arg: keyword.value for keyword in call.keywords}
    match call.func, told.get("axis"):
        case ast.Attribute(attr="drop"), ast.Constant(value=1 | "columns"):
            return True
        case ast.Attribute(attr="drop"), _:
            return "columns" in told
    return False


def _counts_anew(call: ast.expr) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(attr="reset_index"), keywords=keywords):
            return any(keyword.arg == "drop" for keyword in keywords)
    return False
