"""``series.rank(pct=True)``: the place among the training values, between two of them in proportion."""

from __future__ import annotations

import ast

import numpy as np

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module

MOST_VALUES = 10_000


class Rank:
    """Exact for values of training; below the least and above the greatest it is theirs.

    A rank that is no share counts the rows there are, which says nothing of a single one. The distinct values of the
    column are what is learned, as a ``QuantileTransformer`` would: never of more than 10,000.
    """

    calls = ("rank",)
    suffix = "shares"
    named_by = "receiver"
    shown = ("df[c].rank(pct=True)", "df[c].map(lambda value: np.interp(value, *c_shares))")

    def learn(self, called: Called) -> Learned | None:
        """The distinct values in rising order, and the share of each."""
        options = dict(called.keywords)
        values = called.receiver
        if not is_pandas(values, "Series") or called.args or options.pop("pct", False) is not True:
            return None
        if options.pop("method", "average") != "average" or options or values.dtype.kind not in "iuf":
            return None
        present = values.notna().to_numpy()
        distinct, first = np.unique(values.to_numpy()[present], return_index=True)
        if not 0 < len(distinct) <= MOST_VALUES:
            return None
        return Learned((distinct, called.result.to_numpy()[present][first]))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """Interpolated, value by value."""
        if not isinstance(call.func, ast.Attribute):
            return []
        text = f".map(lambda value: {module('numpy')}.interp(value, *{state}))"
        return [Edit(call.func.value, "rest", text)]


REPLAY = Rank()
