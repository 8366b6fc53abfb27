"""Columns of a table that nothing goes by: ``df["number"] = df.index + 1``, which a later statement drops.

What they hold is not what a service answers by, so that it may be something else of a request's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .alignment import is_pandas, same, take

Columns = Sequence[int]
"""By their places in the table."""

Idle = set[tuple[tuple[int, int], str, int]]
"""Such columns: the place of a statement, the name of a table as it leaves it, and the column's place in the table."""


def differing_columns(whole: Any, part: Any, positions: Sequence[int]) -> Columns | None:
    """The columns in which a table of some rows is not what these rows are in the table of all; ``None`` where the two
    differ otherwise, or in all columns.
    """
    if not is_pandas(whole, "DataFrame") or not is_pandas(part, "DataFrame") or not whole.columns.equals(part.columns):
        return None
    if len(part) != len(positions):
        return None
    rows = take(whole, positions)
    found = [at for at in range(rows.shape[1]) if not same(rows.iloc[:, at], part.iloc[:, at])]
    return found if 0 < len(found) < rows.shape[1] else None


def _backwards(table: Any, columns: Columns) -> Any:
    """The table with the values of these columns in the opposite order."""
    return _changed(table, columns, lambda values: values[::-1])


def _alike(table: Any, columns: Columns) -> Any:
    """The table with the first value of these columns in every row."""
    return _changed(table, columns, lambda values: values.take([0] * len(values)))


def _changed(table: Any, columns: Columns, change: Callable[[Any], Any]) -> Any:
    import pandas as pd

    parts = [table.iloc[:, at] for at in range(table.shape[1])]
    for at in columns:
        parts[at] = pd.Series(change(parts[at].array), index=table.index, name=parts[at].name)
    found = pd.concat(parts, axis=1)
    found.columns = table.columns
    return found


VARIATIONS = (_backwards, _alike)
"""Other values for columns of a table, of the same kinds."""


def varied(
    places: Sequence[tuple[int, int]], whole: Sequence[Mapping[str, Any]], traces: Sequence[Sequence[Mapping[str, Any]]]
) -> Iterator[tuple[tuple[int, int], str, int]]:
    """The columns that held other values in all of these ways to run the statements, which all came to the same."""
    for at, place in enumerate(places[: len(whole) - 1]):
        for name, table in whole[at].items():
            others: list[Any] = [trace[at].get(name) for trace in traces]
            if is_pandas(table, "DataFrame") and all(_alike_but_for_values(table, each) for each in others):
                for column in range(table.shape[1]):
                    if not any(same(table.iloc[:, column], each.iloc[:, column]) for each in others):
                        yield place, name, column


def _alike_but_for_values(table: Any, other: Any) -> bool:
    return is_pandas(other, "DataFrame") and table.shape == other.shape and table.columns.equals(other.columns)
