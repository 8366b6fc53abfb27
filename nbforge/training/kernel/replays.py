"""Calls that answer one value a row yet look at all rows: what each learns in training, and how scoring says the same.

One class a function; :data:`REPLAYS` is the table. ``learn`` sees the call in training and returns what it learned, or
``None`` where the call needs no help. ``edits`` gives the change of source that makes the call a function of one row.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Protocol

from .alignment import is_pandas

Edit = tuple[ast.AST, str, str, str]
"""A node, and the texts that go before it, after it and in place of it (``""``: the node's own text stays)."""


class Replay(Protocol):
    """One function's replay. ``suffix`` ends the name that scoring gives to what was learned."""

    suffix: str

    def learn(self, result: Any, args: Sequence[Any], keywords: dict[str, Any], receiver: Any) -> Any:
        """What one call in training showed; ``receiver`` is ``None`` where a function of a module was called."""

    def edits(self, call: ast.Call, state: str) -> list[Edit]:
        """The changes of the call's text that make it use ``state``, the expression for what was learned."""


def _argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def _typed(node: ast.AST, state: str) -> Edit:
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return (node, "" if simple else "(", f"{'' if simple else ')'}.astype({state})", "")


class GetDummies:
    """``pd.get_dummies(x)``: what it encodes gets its training categories first, so one row makes every column."""

    suffix = "categories"

    def learn(
        self,
        result: Any,  # noqa: ARG002 - the interface of a replay
        args: Sequence[Any],
        keywords: dict[str, Any],
        receiver: Any,  # noqa: ARG002 - the interface of a replay
    ) -> Any:
        """The series' category type, or that of each encoded column of a frame, by label."""
        import pandas as pd

        data: Any = args[0] if args else keywords.get("data")
        if is_pandas(data, "Series"):
            return _category_type(data)
        if not is_pandas(data, "DataFrame"):
            return None
        columns = keywords.get("columns")
        chosen = list(columns) if columns is not None else list(data.select_dtypes(include=_text_types(pd)).columns)
        return {column: _category_type(data[column]) for column in chosen}

    def edits(self, call: ast.Call, state: str) -> list[Edit]:
        """``.astype(state)`` behind the data."""
        data = _argument(call, 0, "data")
        return [_typed(data, state)] if data is not None else []


QCUT_IN_COMMON = 2
"""The leading parameters that ``qcut`` and ``cut`` share in meaning; the later ones are in another order."""


class Qcut:
    """``pd.qcut(x, q)`` becomes ``pd.cut(x, edges, include_lowest=True)`` with the training edges."""

    suffix = "edges"

    def learn(
        self,
        result: Any,  # noqa: ARG002 - the interface of a replay
        args: Sequence[Any],
        keywords: dict[str, Any],
        receiver: Any,  # noqa: ARG002 - the interface of a replay
    ) -> Any:
        """The edges of the quantiles, in rising order; nothing where the notebook takes them itself."""
        import pandas as pd

        if keywords.get("retbins"):
            return None
        return pd.qcut(*args, **{**keywords, "retbins": True})[1]

    def edits(self, call: ast.Call, state: str) -> list[Edit]:
        """``cut`` with the edges in place of the quantiles; none where ``duplicates`` is given by position or name."""
        quantiles = _argument(call, 1, "q")
        if quantiles is None or not isinstance(call.func, ast.Attribute) or len(call.args) > QCUT_IN_COMMON:
            return []
        edits: list[Edit] = [(call.func, "", "", f"{ast.unparse(call.func.value)}.cut")]
        keyword = next((item for item in call.keywords if item.value is quantiles), None)
        if keyword is not None:
            edits.append((keyword, "", ", include_lowest=True", f"bins={state}"))
        else:
            last = call.keywords[-1] if call.keywords else call.args[-1]
            if last is quantiles:
                return [*edits, (quantiles, "", ", include_lowest=True", state)]
            edits += [(quantiles, "", "", state), (last, "", ", include_lowest=True", "")]
        return edits


class Cut:
    """``pd.cut(x, 5)`` becomes ``pd.cut(x, edges)``; edges given by the notebook need no help."""

    suffix = "edges"

    def learn(
        self,
        result: Any,  # noqa: ARG002 - the interface of a replay
        args: Sequence[Any],
        keywords: dict[str, Any],
        receiver: Any,  # noqa: ARG002 - the interface of a replay
    ) -> Any:
        """The edges that pandas made of a number of bins, in rising order."""
        import numpy as np
        import pandas as pd

        bins = args[1] if len(args) > 1 else keywords.get("bins")
        if not isinstance(bins, int | np.integer) or keywords.get("retbins"):
            return None
        return pd.cut(*args, **{**keywords, "retbins": True})[1]

    def edits(self, call: ast.Call, state: str) -> list[Edit]:
        """The edges in place of the number of bins."""
        bins = _argument(call, 1, "bins")
        return [(bins, "", "", state)] if bins is not None else []


class Factorize:
    """``pd.factorize(x)``: the codes are the places in the training values; an unseen value is -1, as a missing one."""

    suffix = "values"

    def learn(self, result: Any, args: Sequence[Any], keywords: dict[str, Any], receiver: Any) -> Any:
        """The distinct values in the order of their codes; nothing for a call with options."""
        import pandas as pd

        if keywords or (len(args) != 1 if receiver is None else args):
            return None
        return pd.Index(result[1])

    def edits(self, call: ast.Call, state: str) -> list[Edit]:
        """A lookup in the values in place of the call; its result is a pair, as ``factorize`` gives one."""
        values = call.args[0] if call.args else call.func.value if isinstance(call.func, ast.Attribute) else None
        if values is None:
            return []
        return [(call, "", "", f"({state}.get_indexer({ast.unparse(values)}), {state})")]


class AsCategory:
    """``x.astype("category")``: the categories, and with them the codes, are the training ones."""

    suffix = "categories"

    def learn(
        self,
        result: Any,
        args: Sequence[Any],
        keywords: dict[str, Any],
        receiver: Any,  # noqa: ARG002 - the interface of a replay
    ) -> Any:
        """The series' category type, or that of each column of a frame, by label; nothing for another type."""
        wanted = args[0] if args else keywords.get("dtype")
        if not isinstance(wanted, str) or wanted != "category":
            return None
        if is_pandas(result, "Series"):
            return result.dtype
        return {column: result[column].dtype for column in result.columns} if is_pandas(result, "DataFrame") else None

    def edits(self, call: ast.Call, state: str) -> list[Edit]:
        """The training categories in place of ``"category"``."""
        wanted = _argument(call, 0, "dtype")
        return [(wanted, "", "", state)] if wanted is not None else []


REPLAYS: dict[str, Replay] = {
    "get_dummies": GetDummies(),
    "qcut": Qcut(),
    "cut": Cut(),
    "factorize": Factorize(),
    "astype": AsCategory(),
}
"""By the name of the function or method as the notebook calls it."""


def _category_type(series: Any) -> Any:
    import pandas as pd

    return pd.CategoricalDtype(series.astype("category").cat.categories, ordered=False)


def _text_types(pandas: Any) -> list[Any]:
    kinds: list[Any] = ["object", "category"]
    return [*kinds, "str"] if int(pandas.__version__.split(".")[0]) >= 3 else [*kinds, "string"]
