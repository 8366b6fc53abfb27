"""``scipy.stats.zscore(x)``: training's mean and standard deviation."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument, around


class Zscore:
    """The options ``ddof`` and ``nan_policy="omit"`` are kept to."""

    calls = ("zscore",)
    suffix = "mean_and_std"
    named_by = "argument"
    shown = ("scipy.stats.zscore(df[c])", "(df[c] - c_mean_and_std[0]) / c_mean_and_std[1]")

    def learn(self, called: Called) -> Learned | None:
        """Mean and standard deviation, of each column where there are several."""
        if len(called.args) > 1 or called.keywords.get("axis", 0) != 0:
            return None
        return Learned(mean_and_std(called.argument(0, "a"), called.keywords))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The formula in place of the call."""
        data = argument(call, 0, "a")
        return around(data, "((", f") - {state}[0]) / {state}[1]") if data is not None else []


def mean_and_std(data: Any, options: Any) -> tuple[Any, Any]:
    """As scipy computes them."""
    values = np.asarray(data, dtype=float)
    omit = options.get("nan_policy") == "omit"
    mean = (np.nanmean if omit else np.mean)(values, axis=0)
    std = (np.nanstd if omit else np.std)(values, axis=0, ddof=options.get("ddof", 0))
    if values.ndim == 1:
        return float(mean), float(std)
    if not is_pandas(data, "DataFrame"):
        return mean, std
    import pandas as pd

    return pd.Series(mean, index=data.columns), pd.Series(std, index=data.columns)


REPLAY = Zscore()
