"""``x.astype("category")``: the categories, and with them the codes, are the training ones."""

from __future__ import annotations

import ast
from typing import Any

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module, argument


class AsType:
    """A value that training never had becomes a missing one, whose code is -1."""

    calls = ("astype",)
    suffix = "categories"
    named_by = "receiver"
    shown = ('df[c].astype("category").cat.codes', "df[c].astype(c_categories).cat.codes")

    def learn(self, called: Called) -> Learned | None:
        """The type with its categories, or that of each column of a frame, by label; nothing for another type."""
        wanted: Any = called.argument(0, "dtype")
        if is_pandas(called.result, "Series"):
            return Learned(called.result.dtype) if _open(wanted) else None
        if not is_pandas(called.result, "DataFrame"):
            return None
        if isinstance(wanted, dict) and any(map(_open, wanted.values())):
            kinds = {column: called.result[column].dtype if _open(kind) else kind for column, kind in wanted.items()}
            return Learned(kinds)
        kinds = {column: called.result[column].dtype for column in called.result.columns}
        return Learned(kinds) if _open(wanted) else None

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The training categories in place of ``"category"``."""
        wanted = argument(call, 0, "dtype")
        return [Edit(wanted, "instead", state)] if wanted is not None else []


def _open(wanted: Any) -> bool:
    """Whether a type leaves it to the rows which categories there are."""
    if isinstance(wanted, str):
        return wanted == "category"
    return is_pandas(wanted, "CategoricalDtype") and wanted.categories is None


REPLAY = AsType()
