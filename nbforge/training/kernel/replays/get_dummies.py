"""``pd.get_dummies``: what it encodes gets its training categories first, so one row makes every column."""

from __future__ import annotations

import ast
from typing import Any

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument, category_type, typed


class GetDummies:
    """A category that training never had makes no column: all of the others are zero."""

    calls = ("get_dummies",)
    suffix = "categories"
    named_by = "argument"
    shown = ("pd.get_dummies(df[c])", "pd.get_dummies(df[c].astype(c_categories))")

    def learn(self, called: Called) -> Learned | None:
        """The series' category type, or that of each encoded column of a frame, by label."""
        import pandas as pd

        data: Any = called.argument(0, "data")
        if called.receiver is not None:
            return None
        if is_pandas(data, "Series"):
            return Learned(category_type(data))
        if not is_pandas(data, "DataFrame"):
            return None
        columns = called.argument(4, "columns")
        texts = (name for name, dtype in data.dtypes.items() if _encoded(dtype, pd))
        chosen = list(texts if columns is None else columns)
        return Learned({column: category_type(data[column]) for column in chosen})

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """``.astype(state)`` behind the data."""
        data = argument(call, 0, "data")
        return typed(data, state) if data is not None else []


def _encoded(dtype: Any, pandas: Any) -> bool:
    """Whether ``get_dummies`` encodes a column that nobody names; a session may ask pandas for ``object`` texts."""
    return str(dtype) == "object" or isinstance(dtype, pandas.CategoricalDtype | pandas.StringDtype)


REPLAY = GetDummies()
