"""The training distributions that live traffic is compared with: of inputs, engineered features and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbforge.runtime import baseline
from nbforge.runtime import engineered as features_of
from nbforge.runtime.answers import Answers
from nbforge.runtime.baseline import FEATURE, LIVE, PREDICTION, PROBABILITY
from nbforge.runtime.equality import SINGLE
from nbforge.runtime.scorer import Path

from .alignment import snapshot, take
from .facts import Facts, UnusableError, facts
from .inputs import Described

MOST_ROWS = 50_000
MOST_FEATURES = 200
NOISE = 2 * SINGLE
"""Answers of a compiled model, or of another processor, are still counted where training's are."""
_WATCHED = ("int", "uint", "float", "bool", "string", "category")
"""Features of these dtypes are counted."""


def inputs(fields: Sequence[Facts]) -> dict[str, Any]:
    """Of what clients send."""
    return {each.field.name: _counted(each) for each in fields if each.field.dtype != "vector"}


def engineered(path: Path, described: Described) -> dict[str, Any]:
    """Of the columns that the features code makes, without those that the raw rows have as they are."""
    if described.frame.kind != "dataframe" or not path.engineers:
        return {}
    step = _step(described.n)
    made = path.features(snapshot(take(described.rows, range(0, described.n, step))))
    found: dict[str, Any] = {}
    for name in features_of.names(made):
        column = features_of.column(made, name)
        try:
            each = facts(name, name, column)
        except UnusableError:
            continue
        raw = described.facts.get(name)
        new = raw is None or each.values != raw.values[::step]
        if new and each.field.dtype.startswith(_WATCHED) and len(found) < MOST_FEATURES:
            found[FEATURE + name] = _counted(each)
    return found


def predictions(answers: Answers, kind: str, n: int, held_out: Sequence[int] | None) -> dict[str, Any]:
    """Of the answers for the ``held_out`` rows, and of how sure a classifier is of them. What a model answers for rows
    that it learnt is no sample of what it answers for others: where none were held out, live traffic is the reference.
    """
    answered: dict[str, tuple[Sequence[Any], str]] = {}
    if kind in ("label", "number"):
        answered[PREDICTION] = answers.predictions, kind
    if answers.probabilities is not None:
        answered[PROBABILITY] = answers.highest(), "number"
    rows: Sequence[int] = range(len(answers))
    more: dict[str, Any] = {"reference": LIVE}
    if held_out is not None and len(answers) == n:
        rows, more = held_out, {}
    return {
        name: {**baseline.compute([values[row] for row in rows], dtype, NOISE), **more}
        for name, (values, dtype) in answered.items()
    }


def _counted(each: Facts) -> dict[str, Any]:
    field, values = each.field, each.values[:: _step(len(each.values))]
    # Texts that the contract does not list are not published here either.
    hidden = field.dtype == "string" and field.categories is None
    if hidden:
        values = ["" if value is not None else None for value in values]
    found = baseline.compute(values, field.dtype)
    if hidden:
        found |= {"categories": [], "counts": [], "other": sum(value is not None for value in values)}
    return found


def _step(n: int) -> int:
    return max(1, n // MOST_ROWS)
