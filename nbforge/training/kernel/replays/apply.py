"""``frame.apply(encoder.fit_transform)``, ``frame.apply(zscore)``: what each call learned, by the column's name."""

from __future__ import annotations

import ast
import copy
from typing import Any

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module
from nbforge.training.kernel.replays.zscore import mean_and_std


class Apply:
    """Lambdas and functions of the notebook need none of this: what they reduce a column to is state by itself."""

    calls = ("apply", "transform")
    suffix = "fitted_by_column"
    named_by = "receiver"
    shown = (
        "df[columns].apply(LabelEncoder().fit_transform)",
        "df[columns].apply(lambda column: columns_fitted_by_column[column.name].transform(column))",
    )

    def learn(self, called: Called) -> Learned | None:
        """A fitted copy, or mean and standard deviation, by the label of the column."""
        function = called.argument(0, "func")
        if not is_pandas(called.receiver, "DataFrame") or len(called.args) + len(called.keywords) != 1:
            return None
        columns = called.receiver.columns
        if getattr(function, "__name__", "") == "fit_transform" and hasattr(function, "__self__"):
            return Learned({label: _fitted(function.__self__, called.receiver[label]) for label in columns}, "fitted")
        if getattr(function, "__name__", "") == "zscore" and function.__module__.startswith("scipy."):
            return Learned({label: mean_and_std(called.receiver[label], {}) for label in columns}, "zscore")
        return None

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """A lambda that looks up what the column's call learned."""
        function = call.args[0] if call.args else call.keywords[0].value
        own = f"{state}[column.name]"
        text = f"{own}.transform(column)" if learned.detail == "fitted" else f"(column - {own}[0]) / {own}[1]"
        return [Edit(function, "instead", f"lambda column: {text}")]


def _fitted(encoder: Any, column: Any) -> Any:
    return copy.deepcopy(encoder).fit(column)


REPLAY = Apply()
