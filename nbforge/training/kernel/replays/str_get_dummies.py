"""``series.str.get_dummies``: the columns are those that training made, whatever the texts of a request hold."""

from __future__ import annotations

import ast

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module


class StrGetDummies:
    """A word that training never had makes no column."""

    calls = ("get_dummies",)
    suffix = "columns"
    named_by = "receiver"
    shown = ('df[c].str.get_dummies("|")', 'df[c].str.get_dummies("|").reindex(columns=c_columns, fill_value=0)')

    def learn(self, called: Called) -> Learned | None:
        """The columns, in their order."""
        if type(called.receiver).__name__ != "StringMethods" or not is_pandas(called.result, "DataFrame"):
            return None
        return Learned(list(called.result.columns))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """Re-aligned to the training columns."""
        return [Edit(call, "behind", f".reindex(columns={state}, fill_value=0)")]


REPLAY = StrGetDummies()
