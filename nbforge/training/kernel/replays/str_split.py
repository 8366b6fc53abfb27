"""``series.str.split(expand=True)``: as many columns as the longest text of training had parts."""

from __future__ import annotations

import ast

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module


class StrSplit:
    """Parts beyond those of training are left out, and missing ones are missing."""

    calls = ("split", "rsplit")
    suffix = "parts"
    named_by = "receiver"
    shown = ('df[c].str.split("/", expand=True)', 'df[c].str.split("/", expand=True).reindex(columns=c_parts)')

    def learn(self, called: Called) -> Learned | None:
        """The columns, in their order."""
        if type(called.receiver).__name__ != "StringMethods" or not is_pandas(called.result, "DataFrame"):
            return None
        return Learned(list(called.result.columns))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """Re-aligned to the training columns."""
        return [Edit(call, "behind", f".reindex(columns={state})")]


REPLAY = StrSplit()
