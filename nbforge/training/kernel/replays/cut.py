"""``pd.cut(x, 5)`` becomes ``pd.cut(x, edges)``; edges given by the notebook need no help."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument


class Cut:
    """Where the notebook names its bins, the outer ones go on beyond training's values; an interval ends as it is."""

    calls = ("cut",)
    suffix = "edges"
    named_by = "argument"
    shown = ("pd.cut(df[c], 5)", "pd.cut(df[c], c_edges)")

    def learn(self, called: Called) -> Learned | None:
        """The edges that pandas made of a number of bins, in rising order."""
        import pandas as pd

        bins = called.argument(1, "bins")
        if not isinstance(bins, int | np.integer):
            return None
        keywords = {**called.keywords, "retbins": True}
        edges = called.result[1] if called.keywords.get("retbins") else pd.cut(*called.args, **keywords)[1]
        return Learned(edges_of(edges, named=called.argument(3, "labels") is not None))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The edges in place of the number of bins."""
        bins = argument(call, 1, "bins")
        return [Edit(bins, "instead", state)] if bins is not None else []


def edges_of(edges: Any, *, named: bool) -> Any:
    """As a list where they are numbers; open at both ends where ``named`` bins do not show their edges."""
    values = np.asarray(edges)
    if values.dtype.kind not in "iuf":
        return edges
    plain = [float(value) for value in values]
    return [-np.inf, *plain[1:-1], np.inf] if named else plain


REPLAY = Cut()
