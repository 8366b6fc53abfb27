"""A pipeline of scikit-learn without what lies between its steps: the same fitted objects, called one after another.

Around every step a pipeline checks itself, and a column transformer cuts a frame up, which costs more than the steps of
most models. A build allows this way only after it gave the same on the training rows, see
:mod:`nbforge.runtime.shortcuts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Transform = Callable[[Any], Any]

_PIPELINE = ("sklearn.pipeline", "Pipeline")
_COLUMN_TRANSFORMER = ("sklearn.compose._column_transformer", "ColumnTransformer")


class OpenedError(Exception):
    """It is no pipeline of scikit-learn, or one that cannot be taken apart."""


class Opened:
    """Stands for a fitted pipeline.

    Args:
        pipeline: the pipeline.
        columns: whether it is asked with arrays by column label in place of a frame; its first step is a column
            transformer then.

    Raises:
        OpenedError: see there.
    """

    def __init__(self, pipeline: Any, *, columns: bool) -> None:
        if _kind(pipeline) != _PIPELINE or getattr(pipeline, "transform_input", None) is not None:
            raise OpenedError(f"{type(pipeline).__name__} is no pipeline of scikit-learn")
        *before, (_, last) = pipeline.steps
        steps = [step for _, step in before]
        if columns and (not steps or _kind(steps[0]) != _COLUMN_TRANSFORMER):
            raise OpenedError("its first step is no column transformer")
        first = [_by_columns(steps.pop(0))] if columns else []
        self._transforms: Sequence[Transform] = [*first, *map(_transform, steps)]
        self.classes_ = getattr(last, "classes_", None)
        self._predict = last.predict
        if hasattr(last, "predict_proba"):
            self._predict_proba = last.predict_proba
            self.predict_proba = self._probabilities

    def predict(self, model_input: Any) -> Any:
        """The pipeline's ``predict``."""
        return self._predict(self._transformed(model_input))

    def _probabilities(self, model_input: Any) -> Any:
        return self._predict_proba(self._transformed(model_input))

    def _transformed(self, model_input: Any) -> Any:
        for transform in self._transforms:
            model_input = transform(model_input)
        return model_input


def _kind(step: Any) -> tuple[str, str]:
    return type(step).__module__, type(step).__name__


def _transform(step: Any) -> Transform:
    if step is None or step == "passthrough":
        return lambda given: given
    if _kind(step) != _PIPELINE or getattr(step, "transform_input", None) is not None:
        return step.transform  # type: ignore[no-any-return]
    transforms = [_transform(each) for _, each in step.steps]

    def transform(given: Any) -> Any:
        for each in transforms:
            given = each(given)
        return given

    return transform


def _by_columns(transformer: Any) -> Callable[[Mapping[Any, Any]], Any]:
    """What a fitted column transformer makes, from arrays by column label."""
    parts: list[tuple[Transform, Any]] = []
    for _, part, chosen in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        labels = _labels(transformer, chosen)
        if labels:
            parts.append((_transform(part), labels))
    if not parts:
        raise OpenedError("its column transformer drops everything")
    sparse = bool(transformer.sparse_output_)

    def transform(columns: Mapping[Any, Any]) -> Any:
        made = [part(_chosen(columns, labels)) for part, labels in parts]
        return _beside_sparse(made) if sparse else np.hstack([_dense(each) for each in made])

    return transform


def _labels(transformer: Any, chosen: Any) -> Any:
    """Column labels, a text where one column is chosen as such."""
    if isinstance(chosen, str):
        return chosen
    if not isinstance(chosen, (list, tuple, np.ndarray)) and not hasattr(chosen, "tolist"):
        raise OpenedError(f"columns chosen by {type(chosen).__name__}")
    labels = []
    for each in list(chosen):
        by_place = isinstance(each, (int, np.integer)) and not isinstance(each, bool)
        label = transformer.feature_names_in_[each] if by_place else each
        if not isinstance(label, str):
            raise OpenedError(f"columns chosen by {type(label).__name__}")
        labels.append(str(label))
    return labels


def _chosen(columns: Mapping[Any, Any], labels: Any) -> Any:
    """One column, or a table laid out as pandas lays out a part of a frame."""
    return columns[labels] if isinstance(labels, str) else np.array([columns[label] for label in labels]).T


def _dense(made: Any) -> Any:
    return made.toarray() if hasattr(made, "toarray") else made


def _beside_sparse(made: Sequence[Any]) -> Any:
    from scipy import sparse

    return sparse.hstack(made).tocsr()
