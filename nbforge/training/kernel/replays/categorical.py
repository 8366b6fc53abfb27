"""``pd.Categorical(x)``: the categories, and with them the codes, are the training ones."""

from __future__ import annotations

import ast

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module


class Categorical:
    """A value that training never had becomes a missing one, whose code is -1."""

    calls = ("Categorical",)
    suffix = "categories"
    named_by = "argument"
    shown = ("pd.Categorical(df[c])", "pd.Categorical(df[c], dtype=c_categories)")

    def learn(self, called: Called) -> Learned | None:
        """The type with its categories; nothing where the notebook gives them."""
        if not is_pandas(called.result, "Categorical") or len(called.args) != 1 or called.keywords:
            return None
        return Learned(called.result.dtype)

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The training categories as the type."""
        return [Edit(call.args[0], "behind", f", dtype={state}")]


REPLAY = Categorical()
