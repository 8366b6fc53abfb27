"""scikit-learn's ``scale``, ``minmax_scale`` and the like: the transformer of the same name, fitted in training."""

from __future__ import annotations

import ast

import numpy as np

from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument, around, is_vector

TRANSFORMERS = {
    "scale": "StandardScaler",
    "minmax_scale": "MinMaxScaler",
    "maxabs_scale": "MaxAbsScaler",
    "robust_scale": "RobustScaler",
    "quantile_transform": "QuantileTransformer",
    "power_transform": "PowerTransformer",
}


class Scale:
    """One class for all of them: the options of the function are those of the transformer."""

    calls = tuple(TRANSFORMERS)
    suffix = "scaler"
    named_by = "argument"
    shown = ("minmax_scale(df[columns])", "columns_scaler.transform(df[columns])")

    def learn(self, called: Called) -> Learned | None:
        """The fitted transformer; ``detail``: whether it was given one column as a vector."""
        from sklearn import preprocessing

        options = {name: value for name, value in called.keywords.items() if name not in ("X", "copy")}
        data = called.argument(0, "X")
        if called.receiver is not None or len(called.args) > 1 or "axis" in options:
            return None
        transformer = getattr(preprocessing, TRANSFORMERS[called.name])(**options)
        vector = is_vector(data)
        return Learned(transformer.fit(np.reshape(data, (-1, 1)) if vector else data), vector)

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:
        """``transform`` of the fitted transformer."""
        data = argument(call, 0, "X")
        if data is None:
            return []
        if learned.detail:
            return around(data, f"{state}.transform({module('numpy')}.reshape(", ", (-1, 1))).ravel()")
        return around(data, f"{state}.transform(", ")")


REPLAY = Scale()
