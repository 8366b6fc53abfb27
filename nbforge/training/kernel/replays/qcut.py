"""``pd.qcut(x, q)`` becomes ``pd.cut(x, edges, include_lowest=True)`` with the training edges."""

from __future__ import annotations

import ast
from typing import Any

from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument
from nbforge.training.kernel.replays.cut import edges_of

QCUT_IN_COMMON = 2
"""The leading parameters that ``qcut`` and ``cut`` share in meaning; the later ones are in another order."""


class Qcut:
    """Where the notebook names its bins, the outer ones go on beyond training's values; an interval ends as it is."""

    calls = ("qcut",)
    suffix = "edges"
    named_by = "argument"
    shown = ("pd.qcut(df[c], 4, labels=False)", "pd.cut(df[c], c_edges, labels=False, include_lowest=True)")

    def learn(self, called: Called) -> Learned | None:
        """The edges of the quantiles, in rising order."""
        import pandas as pd

        keywords = {**called.keywords, "retbins": True}
        edges = called.result[1] if called.keywords.get("retbins") else pd.qcut(*called.args, **keywords)[1]
        labels: Any = called.argument(2, "labels")
        return Learned(edges_of(edges, named=labels is not None))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """``cut`` with the edges in place of the quantiles; none where labels or more are given by position."""
        quantiles = argument(call, 1, "q")
        if quantiles is None or len(call.args) > QCUT_IN_COMMON:
            return []
        edits = [Edit(call.func, "instead", f"{module('pandas')}.cut")]
        keyword = next((item for item in call.keywords if item.value is quantiles), None)
        if keyword is not None:
            return [*edits, Edit(keyword, "instead", f"bins={state}, include_lowest=True")]
        final = call.keywords[-1] if call.keywords else call.args[-1]
        if final is quantiles:
            return [*edits, Edit(quantiles, "instead", f"{state}, include_lowest=True")]
        return [*edits, Edit(quantiles, "instead", state), Edit(final, "behind", ", include_lowest=True")]


REPLAY = Qcut()
