"""``groupby(key)[c].transform(figure)``: each group's figure is looked up, and is missing for a group not seen."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from nbforge.training.kernel.alignment import is_pandas
from nbforge.training.kernel.replaying import Called, Edit, Learned, Module

FIGURES = frozenset(
    {"all", "any", "count", "first", "last", "max", "mean", "median", "min", "nunique", "prod", "sem", "size", "skew"}
    | {"std", "sum", "var"}
)
"""The names that ``transform`` knows of functions that give a group one value."""

HARMLESS = frozenset({"as_index", "group_keys", "observed", "sort"})
"""Options of ``groupby`` that do not change which rows are a group."""

NAMES = {
    "MultiIndex": ".apply(tuple, axis=1)",
    "CategoricalIndex": ".astype(object)",
    "IntervalIndex": ".astype(object)",
}
"""By the index that groups of the keys have: what makes the keys the groups' names."""


class GroupTransform:
    """NaN for an unseen group, as pandas gives for a missing key: a later ``fillna`` works for both."""

    calls = ("transform",)
    suffix = "by_group"
    named_by = "call"
    shown = ('df.groupby("k")["x"].transform("mean")', 'df["k"].map(x_mean_by_group)')

    def learn(self, called: Called) -> Learned | None:
        """The figure of each group by its name; ``detail``: how the names come from the keys."""
        function = called.argument(0, "func")
        if not is_pandas(called.receiver, "SeriesGroupBy") or len(called.args) + len(called.keywords) != 1:
            return None
        if not callable(function) and function not in FIGURES:
            return None
        numbered = _numbered(called.receiver, function if callable(function) else None)
        if numbered is None:
            return None
        names, numbers = numbered
        values = called.result.groupby(numbers.to_numpy()).agg(lambda rows: rows.iloc[0])
        table = {_plain(names[int(at)]): _plain(value) for at, value in values.items()}
        index = called.receiver.size().index
        return Learned(table, next((text for kind, text in NAMES.items() if is_pandas(index, kind)), ""))

    def edits(self, call: ast.Call, state: str, learned: Learned, module: Module) -> list[Edit]:  # noqa: ARG002 - the interface of a replay
        """The key mapped, where it is a plain column; else the group's own name looked up."""
        key = _key(call)
        if key is not None:
            return [Edit(call, "instead", f"{key}{learned.detail}.map({state})")]
        function = call.args[0] if call.args else call.keywords[0].value
        return [Edit(function, "instead", f'lambda rows: {state}.get(rows.name, float("nan"))')]


def _numbered(grouped: Any, function: Callable[[Any], Any] | None) -> tuple[list[Any], Any] | None:
    """The groups' names and, a row, the number of its group; ``None`` where a function gives more than one value."""
    names: list[Any] = []
    single = True

    def number(rows: Any) -> float:
        nonlocal single
        single = single and (function is None or not hasattr(function(rows), "__len__"))
        names.append(rows.name)
        return float(len(names) - 1)

    numbers = grouped.transform(number)
    return (names, numbers) if single else None


def _key(call: ast.Call) -> str | None:
    """The text of the series that the rows are grouped by."""
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "groupby":
        return None
    given = [*node.args, *(item.value for item in node.keywords if item.arg == "by")]
    others = {item.arg for item in node.keywords} - {"by"}
    if len(given) != 1 or not others <= HARMLESS:
        return None
    key = given[0]
    if isinstance(key, ast.List):
        if len(key.elts) != 1:
            return f"{ast.unparse(node.func.value)}[{_names(key)}]" if _names(key) else None
        key = key.elts[0]
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return f"{ast.unparse(node.func.value)}[{_quoted(key.value)}]"
    simple = isinstance(key, ast.Subscript | ast.Attribute) and isinstance(key.value, ast.Name)
    return ast.unparse(key).replace("'", '"') if simple and '"' not in ast.unparse(key) else None


def _names(keys: ast.List) -> str:
    names = [key.value for key in keys.elts if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return f"[{', '.join(map(_quoted, names))}]" if len(names) == len(keys.elts) else ""


def _quoted(text: str) -> str:
    return repr(text) if '"' in text or "\\" in text else f'"{text}"'


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.item() if type(value).__module__ == "numpy" else value


REPLAY = GroupTransform()
