"""Which of the ways that cost less (``nbforge.runtime.shortcuts``) give the same on the training rows, to the bit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbforge.runtime import frames
from nbforge.runtime.contract import Contract
from nbforge.runtime.shortcuts import ARRAY, LABELS, leaders

ROWS = 5_000
_ALONE = 8

BY_PROBABILITY = frozenset({
    "AdaBoostClassifier", "BaggingClassifier", "BernoulliNB", "CalibratedClassifierCV", "CatBoostClassifier",
    "CategoricalNB", "ComplementNB", "DecisionTreeClassifier", "ExtraTreeClassifier", "ExtraTreesClassifier",
    "GaussianNB", "GaussianProcessClassifier", "GradientBoostingClassifier", "HistGradientBoostingClassifier",
    "KNeighborsClassifier", "LGBMClassifier", "LinearDiscriminantAnalysis", "LogisticRegression",
    "LogisticRegressionCV", "MLPClassifier", "MultinomialNB", "QuadraticDiscriminantAnalysis",
    "RadiusNeighborsClassifier", "RandomForestClassifier", "SGDClassifier", "StackingClassifier",
    "VotingClassifier", "XGBClassifier", "XGBRFClassifier",
})  # fmt: skip
"""Classifiers of libraries whose ``predict`` is by definition the class of the highest probability.

Not among them: those that predict by a threshold or by another score (``SVC``, ``FixedThresholdClassifier``, ...).
"""

_LIBRARIES = ("sklearn.", "xgboost.", "lightgbm.", "catboost.")
_HOLDERS = {"Pipeline": "steps", "GridSearchCV": "best_estimator_", "RandomizedSearchCV": "best_estimator_"}


def find(entry: Mapping[str, Any], scope: Mapping[str, Any], contract: Contract, raw: Any) -> list[str]:
    """The shortcuts that hold for an estimator; none for other forms.

    Args:
        entry: as in ``capture.json``.
        scope: where its names are.
        contract: what the service accepts.
        raw: the raw rows.
    """
    if entry["form"] != "estimator" or raw is None or entry.get("features") or entry.get("columns") is not None:
        return []
    estimator = scope[entry["name"]]
    classifies = hasattr(estimator, "predict_proba") and getattr(estimator, "classes_", None) is not None
    given = frames.columns_of(contract, raw)
    n = frames.count(contract, raw)
    chosen = np.unique(np.linspace(0, n - 1, min(n, ROWS)).astype(int)).tolist()
    columns = {name: [values[row] for row in chosen] for name, values in given.items()}
    found = []
    try:
        if classifies and _by_probability(estimator) and _labels_agree(estimator, contract, columns):
            found.append(LABELS)
        if frames.one_block(contract) and _block_agrees(estimator, contract, columns, classifies):
            found.append(ARRAY)
    except Exception:  # noqa: BLE001, S110 - what raises on the other way is no shortcut
        pass
    return found


def _by_probability(estimator: Any) -> bool:
    holder = _HOLDERS.get(type(estimator).__name__) if _known(estimator) else None
    if holder == "steps":
        return _by_probability(estimator.steps[-1][1])
    if holder is not None:
        return _by_probability(getattr(estimator, holder))
    return _known(estimator) and type(estimator).__name__ in BY_PROBABILITY


def _known(estimator: Any) -> bool:
    return type(estimator).__module__.startswith(_LIBRARIES)


def _labels_agree(estimator: Any, contract: Contract, columns: frames.Columns) -> bool:
    classes = estimator.classes_
    if getattr(classes, "ndim", 0) != 1:
        return False
    builder, n = frames.Builder(contract), len(next(iter(columns.values())))
    for rows in _samples(n):
        part = _part(columns, rows)
        top, apart = leaders(estimator.predict_proba(builder.build(part, len(rows))))
        predicted = estimator.predict(builder.build(part, len(rows)))
        if classes.dtype != predicted.dtype or not np.array_equal(classes[top][apart], predicted[apart]):
            return False
    return True


def _block_agrees(estimator: Any, contract: Contract, columns: frames.Columns, classifies: bool) -> bool:
    framed, bare, n = frames.Builder(contract), frames.Builder(contract, bare=True), len(next(iter(columns.values())))
    methods = ["predict", "predict_proba"] if classifies else ["predict"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return all(
            _same_bits(
                getattr(estimator, method)(framed.build(_part(columns, rows), len(rows))),
                getattr(estimator, method)(bare.build(_part(columns, rows), len(rows))),
            )
            for method in methods
            for rows in _samples(n)
        )


def _samples(n: int) -> list[Sequence[int]]:
    """All rows, a few, and some alone: the shape of a table may decide which routine multiplies it."""
    return [range(n), range(min(n, 7)), *([row] for row in range(0, n, max(1, n // _ALONE)))]


def _part(columns: frames.Columns, rows: Sequence[int]) -> frames.Columns:
    return {name: [values[row] for row in rows] for name, values in columns.items()}


def _same_bits(one: Any, other: Any) -> bool:
    left, right = np.asarray(one), np.asarray(other)
    if type(one) is not type(other) or left.dtype != right.dtype or left.shape != right.shape:
        return False
    return left.tobytes() == right.tobytes() if left.dtype.kind in "biufc" else bool((left == right).all())
