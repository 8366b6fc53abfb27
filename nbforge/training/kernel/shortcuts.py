"""Which of the ways that cost less (``nbforge.runtime.shortcuts``) give the same on the training rows, to the bit."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbforge.runtime import frames
from nbforge.runtime.contract import Contract
from nbforge.runtime.shortcuts import ARRAY, COLUMNS, LABELS, STEPS, leaders, subject
from nbforge.runtime.shortcuts import builder as shortcut_builder
from nbforge.runtime.steps import OpenedError

from .perturb import UNSEEN

ROWS = 5_000
_ALONE = 8

_WAYS = ([STEPS, COLUMNS], [STEPS, ARRAY], [ARRAY], [STEPS])
"""The fastest first."""

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
    given = frames.columns_of(contract, raw)
    n = frames.count(contract, raw)
    chosen = np.unique(np.linspace(0, n - 1, min(n, ROWS)).astype(int)).tolist()
    trial = _Trial(estimator, contract, {name: [values[row] for row in chosen] for name, values in given.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        labels = [LABELS] if trial.classifies and _by_probability(estimator) and trial.labels_agree() else []
        return labels + next((way for way in _WAYS if trial.agrees(way)), [])


def _by_probability(estimator: Any) -> bool:
    holder = _HOLDERS.get(type(estimator).__name__) if _known(estimator) else None
    if holder == "steps":
        return _by_probability(estimator.steps[-1][1])
    if holder is not None:
        return _by_probability(getattr(estimator, holder))
    return _known(estimator) and type(estimator).__name__ in BY_PROBABILITY


def _known(estimator: Any) -> bool:
    return type(estimator).__module__.startswith(_LIBRARIES)


class _Trial:
    """An estimator, and rows to ask it for."""

    def __init__(self, estimator: Any, contract: Contract, columns: frames.Columns) -> None:
        self._estimator, self._contract = estimator, contract
        self.classifies = hasattr(estimator, "predict_proba") and getattr(estimator, "classes_", None) is not None
        self._plain = frames.Builder(contract)
        n = len(next(iter(columns.values()), ()))
        # All rows, a few, and some alone: the shape of a table may decide which routine multiplies it.
        samples = [range(n), range(min(n, 7)), *([row] for row in range(0, n, max(1, n // _ALONE)))] if n else []
        self._parts = [{name: [values[row] for row in rows] for name, values in columns.items()} for rows in samples]

    def labels_agree(self) -> bool:
        """Whether predictions are the classes of the highest probability."""
        classes = self._estimator.classes_
        if getattr(classes, "ndim", 0) != 1:
            return False
        for part in self._parts:
            top, apart = leaders(self._estimator.predict_proba(_build(self._plain, part)))
            predicted = self._estimator.predict(_build(self._plain, part))
            if classes.dtype != predicted.dtype or not np.array_equal(classes[top][apart], predicted[apart]):
                return False
        return bool(self._parts)

    def agrees(self, way: Sequence[str]) -> bool:
        """Whether a way gives the same bits on the rows, and on such as few of them may be; or raises where the plain
        way does.
        """
        form = next((each for each in (COLUMNS, ARRAY) if each in way), None)
        if not self._parts or (form and not frames.bare(self._contract, form)):
            return False
        try:
            other, builder = subject(self._estimator, way), shortcut_builder(self._contract, way)
        except OpenedError:
            return False
        methods = ["predict", "predict_proba"] if self.classifies else ["predict"]
        return all(
            _same_bits(_outcome(self._estimator, method, self._plain, part), _outcome(other, method, builder, part))
            for method in methods
            for part in [*self._parts, *self._odd()]
        )

    def _odd(self) -> Iterator[frames.Columns]:
        """The first row with a null, an unseen or an empty text in one of the fields that may have such."""
        first = {name: values[:1] for name, values in self._parts[0].items()}
        for field in self._contract.asked:
            if field.nullable:
                yield {**first, field.name: [None]}
            if isinstance(first.get(field.name, [None])[0], str):
                yield from ({**first, field.name: [text]} for text in (UNSEEN, ""))


def _build(builder: frames.Builder, part: frames.Columns) -> Any:
    return builder.build(part, len(next(iter(part.values()))))


def _outcome(asked: Any, method: str, builder: frames.Builder, part: frames.Columns) -> Any:
    try:
        return getattr(asked, method)(_build(builder, part))
    except Exception:  # noqa: BLE001 - a way has to fail where the plain way does, whatever the error
        return None


def _same_bits(one: Any, other: Any) -> bool:
    left, right = np.asarray(one), np.asarray(other)
    if type(one) is not type(other) or left.dtype != right.dtype or left.shape != right.shape:
        return False
    return left.tobytes() == right.tobytes() if left.dtype.kind in "biufc" else bool((left == right).all())
