"""A table of polars as the data: clients send rows of it as of any other, and the notebook gets them as polars again.

A statement of nbforge's own stands behind the notebook's: it makes a table of polars of a request's rows, with the
types that the columns had.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .bunches import own, place_of
from .program import Step

_PLAIN = frozenset(
    {"Boolean", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64"}
    | {"String", "Utf8", "Date", "Datetime"}
)


@dataclass(frozen=True, slots=True)
class Converted:
    """The table ``name`` of polars, with its columns' types as source."""

    name: str
    types: Mapping[str, str]

    def within(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """The steps, with one after the one that binds the table: no longer the data's, but of what is made of it."""
        at = place_of(self.name, steps)
        types = ", ".join(f"{column!r}: polars.{each}" for column, each in self.types.items())
        plain = f'{self.name}.astype(object).where({self.name}.notna(), None).to_dict("list")'
        back = own(steps[at], 0, self.name, f"polars.DataFrame({plain}, schema={{{types}}}, strict=False)", self.name)
        return (*steps[: at + 1], replace(back, roles=back.roles - {"data"}), *steps[at + 1 :])

    @property
    def given(self) -> dict[str, Any]:
        """What the statement reads beside the rows."""
        return {"polars": importlib.import_module("polars")}


def converted(name: str, namespace: Mapping[str, Any]) -> tuple[Converted, Any] | None:
    """The table of polars that ``name`` is bound to, and its rows as pandas has them.

    ``None`` where columns hold more than plain values, or without pandas.
    """
    table: Any = namespace[name]
    polars = importlib.import_module("polars")
    if namespace.get("polars", polars) is not polars or importlib.util.find_spec("pandas") is None:
        return None
    import pandas as pd

    types = {column: repr(each) for column, each in table.schema.items()}
    if any(each.partition("(")[0] not in _PLAIN for each in types.values()):
        return None
    return Converted(name, types), pd.DataFrame({column: table[column].to_numpy() for column in table.columns})
