"""``scipy.stats.boxcox(x)`` and ``yeojohnson(x)``: the exponent that training found."""

from __future__ import annotations

import ast

from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument, around


class Power:
    """The result stays a pair of the values and the exponent."""

    calls = ("boxcox", "yeojohnson")
    suffix = "exponent"
    named_by = "argument"
    shown = ("stats.boxcox(df[c])", "(stats.boxcox(df[c], c_exponent), c_exponent)")

    def learn(self, called: Called) -> Learned | None:
        """The exponent; nothing where the notebook gives it."""
        if len(called.args) != 1 or called.keywords or not isinstance(called.result, tuple):
            return None
        return Learned(float(called.result[1]))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The exponent given."""
        data = argument(call, 0, "x")
        if data is None:
            return []
        return around(data, f"({ast.unparse(call.func)}(", f", {state}), {state})")


REPLAY = Power()
