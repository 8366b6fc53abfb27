"""``pd.factorize(x)``: the codes are the places in the training values; an unseen value is -1, as a missing one."""

from __future__ import annotations

import ast

from nbforge.training.kernel.replaying import Called, Edit, Learned, Module


class Factorize:
    """The result stays a pair, as ``factorize`` gives one."""

    calls = ("factorize",)
    suffix = "values"
    named_by = "argument"
    shown = ("pd.factorize(df[c])", "(c_values.get_indexer(df[c]), c_values)")

    def learn(self, called: Called) -> Learned | None:
        """The distinct values in the order of their codes; nothing for a call with options that change codes."""
        import pandas as pd

        if not set(called.keywords) <= {"sort"} or len(called.args) != (1 if called.receiver is None else 0):
            return None
        return Learned(pd.Index(called.result[1]))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """A lookup in the values in place of the call."""
        values = call.args[0] if call.args else call.func.value if isinstance(call.func, ast.Attribute) else None
        if values is None:
            return []
        return [Edit(values, "leads", f"({state}.get_indexer("), Edit(values, "rest", f"), {state})")]


REPLAY = Factorize()
