"""``add_constant`` of statsmodels adds nothing where a column is constant already, as every column of one row is."""

from __future__ import annotations

import ast

from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, last


class Constant:
    """Whether training's rows were given a column."""

    calls = ("add_constant",)
    suffix = "constant"
    named_by = "argument"
    shown = ("sm.add_constant(df[columns])", "sm.add_constant(df[columns], has_constant=columns_constant)")

    def learn(self, called: Called) -> Learned | None:
        """``add`` or ``skip``."""
        data = called.argument(0, "data")
        if called.receiver is not None or len(called.args) > 2 or "has_constant" in called.keywords:
            return None
        width = data.shape[1] if getattr(data, "ndim", 1) > 1 else 1
        return Learned("add" if called.result.shape[1] > width else "skip")

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The same, said."""
        return [Edit(last(call), "behind", f", has_constant={state}")]


REPLAY = Constant()
