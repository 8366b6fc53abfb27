"""What tells one evaluation of an expression from another.

An expression in a loop, a function or a lambda has many values. What it had is kept with the loop variables and the
arguments of the moment; afterwards the fewest of these that settle the value are chosen: scoring looks it up by them.
"""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .alignment import Rows, is_pandas

FIRST_LABELS = 3
MOST_TOGETHER = 2
"""So many names at most settle a value together, or else all of them."""


class Part(NamedTuple):
    """One variable as it was: ``what`` can be looked up by, ``kind`` says how.

    ``value``: the variable itself; ``column``, ``group``: the name of a series or frame that holds an entry for each
    row, or for some rows; ``rows``: rows without such a name; ``other``: neither.
    """

    kind: str
    what: Hashable = None


Parts = tuple[Part, ...]
OTHER = Part("other")
SOME = "some"
"""What tells some of the rows from all of them."""
KEYS = frozenset({"value", "column", "group"})
OF_ROWS = frozenset({"column", "group", "rows"})


def part(value: Any, rows: Rows | None) -> Part:
    """How this value of a variable may tell evaluations apart."""
    if value is None or isinstance(value, str | bytes | numbers.Number | np.generic | tuple):
        return Part("value", value) if _is_key(value) else OTHER
    if is_pandas(value, "Timestamp", "Timedelta", "Interval"):
        return Part("value", value)
    if rows is None:
        return OTHER
    if is_pandas(value, "Series", "DataFrame"):
        return _of_pandas(value, rows)
    return Part("rows") if rows.of_rows(value) else OTHER


def _of_pandas(value: Any, rows: Rows) -> Part:
    aligned = rows.aligned(value)
    if not aligned and not _within(value, rows):
        return OTHER
    name = value.name if is_pandas(value, "Series") else vars(value).get("name")
    if name is None or not _is_key(name):
        return Part("rows", None if aligned else SOME)
    return Part("column" if aligned else "group", name)


def _within(value: Any, rows: Rows) -> bool:
    """Whether the entries are rows of the raw frame, not the cells of one row."""
    if rows.index is None:
        return rows.of_rows(value)
    first = value.index[:FIRST_LABELS]
    try:
        return any(len(value) <= len(known) and bool(first.isin(known).all()) for known in (rows.index, *rows.stacks))
    except (TypeError, ValueError):
        return False


def _is_key(value: Any) -> bool:
    """Whether a dictionary finds it again: NaN is not equal to itself."""
    try:
        hash(value)
        return bool(value == value)  # noqa: PLR0124 - false for NaN alone
    except (TypeError, ValueError):
        return False


class Lookup(NamedTuple):
    """How scoring finds the value: ``state`` as it is saved, and ``by``, the names that settle it with their kinds."""

    state: Any
    by: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str:
        """The expression that reads the value from the state called ``name``."""
        if not self.by:
            return name
        keys = [variable if kind == "value" else f"{variable}.name" for variable, kind in self.by]
        key = keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
        known = all(kind != "group" for _, kind in self.by)
        return f"{name}[{key}]" if known else f'{name}.get({key}, float("nan"))'


def look_up(
    names: Sequence[str], loops: frozenset[str], values: Mapping[Parts, Any], equal: Callable[[Any, Any], bool]
) -> Lookup | None:
    """The lookup by the fewest names that settle the value; ``None`` where not even all of them do.

    Nothing is looked up by a variable without a name.
    """
    for at, name in enumerate(names):
        values = _rows_alone(at, values, looped=name in loops)
    kinds = {at: {parts[at].kind for parts in values} for at in range(len(names))}
    usable = [at for at, found in kinds.items() if names[at] and len(found) == 1 and found <= KEYS]
    named = {at for at in usable if all(isinstance(parts[at].what, str) for parts in values)}
    usable.sort(key=lambda at: (names[at] not in loops, at not in named, -at))
    turning = any(names[at] in loops for at in usable)
    for chosen in _choices(usable, may_be_constant=len(values) > 1 or not turning):
        table = _table(chosen, values, equal)
        if table is not None:
            by = tuple((names[at], next(iter(kinds[at]))) for at in chosen)
            return Lookup(table if chosen else table[()], by)
    return None


def _rows_alone(at: int, values: Mapping[Parts, Any], *, looped: bool) -> Mapping[Parts, Any]:
    """The evaluations with all rows in the variable, or else with some, where it held other data in others.

    An argument of a function, which is not ``looped`` over, counts where it held all rows or none of them.
    """
    ranks = {parts: _rank(parts[at]) for parts in values}
    found = {rank for rank in ranks.values() if rank is not None}
    if len(found) < 2 or None in ranks.values() or not (looped or found == {0, 2}):
        return values
    return {parts: value for parts, value in values.items() if ranks[parts] == min(found)}


def _rank(part: Part) -> int | None:
    if part.kind == "other":
        return 2
    if part.kind == "group" or part == Part("rows", SOME):
        return 1
    return 0 if part.kind in OF_ROWS else None


def _choices(usable: Sequence[int], *, may_be_constant: bool) -> Iterator[tuple[int, ...]]:
    """Sets of names to try: no name, one, two, all; names of loops first, and of these the ones that hold texts."""
    if may_be_constant:
        yield ()
    for size in range(1, MOST_TOGETHER + 1):
        yield from (tuple(sorted(each)) for each in itertools.combinations(usable, size))
    yield tuple(sorted(usable))


def _table(
    chosen: tuple[int, ...], values: Mapping[Parts, Any], equal: Callable[[Any, Any], bool]
) -> dict[Any, Any] | None:
    table: dict[Any, Any] = {}
    for parts, value in values.items():
        keys = tuple(parts[at].what for at in chosen)
        key = keys[0] if len(keys) == 1 else keys
        if not equal(table.setdefault(key, value), value):
            return None
    return table
