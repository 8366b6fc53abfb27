"""What an estimator was fitted on, and which of the notebook's frames it takes in scoring."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .alignment import is_pandas, is_sparse, same
from .kinds import has
from .recorder import Fit, Recorder

NO_MATCH = object()

_ROWS_AND_COLUMNS = 2
PART_ROWS = 10_000
"""How many rows of what an estimator was fitted on are looked for in a frame, about."""


@dataclass(frozen=True, slots=True)
class Match:
    """``columns``: what to select of the frame: labels, one label (giving a series), or ``None`` for all of it."""

    columns: Any = None


def fit_of(estimator: Any, recorder: Recorder) -> Fit | None:
    """The fit of this object; else the last fit of anything on its columns (a search fits copies of what it keeps)."""
    direct = recorder.fit_of(estimator)
    if direct is not None:
        return direct
    names, count = getattr(estimator, "feature_names_in_", None), _width(estimator)
    for fit in reversed(recorder.fits):
        if names is not None and is_pandas(fit.data, "DataFrame") and list(fit.data.columns) == list(names):
            return fit
        if names is None and count is not None and getattr(fit.data, "shape", (0, 0))[1:] == (count,):
            return fit
    return None


def _width(estimator: Any) -> int | None:
    """How many columns it says that it takes: scikit-learn's way, else the ``input_shape`` of a network of Keras."""
    count = getattr(estimator, "n_features_in_", None)
    shape = getattr(estimator, "input_shape", None) if count is None else None
    return shape[1] if isinstance(shape, tuple) and len(shape) == _ROWS_AND_COLUMNS else count


def made_with(model: Any) -> Any:
    """The table that a result of statsmodels was estimated on, whose ``fit`` takes none: a formula's, or its own."""
    data = getattr(getattr(model, "model", None), "data", None)
    if not type(data).__module__.startswith("statsmodels."):
        return None
    frame = getattr(data, "frame", None)
    if isinstance(frame, Mapping):
        import pandas as pd

        return pd.DataFrame(frame)
    return frame if frame is not None else getattr(data, "orig_exog", None)


def match(frame: Any, estimator: Any, fit: Fit | None, resampled: Any = None) -> Match | None:
    """How ``frame`` (of all rows) is what the estimator was fitted on; ``None`` where it is not.

    ``resampled``: rows that were resampled on the way to the fit, which may have made up others beside them.
    """
    if fit is None or fit.data is None:
        table = made_with(estimator) if not hasattr(getattr(estimator, "model", None), "formula") else None
        return _frames(frame, table, None) if is_pandas(table, "DataFrame") else _by_attributes(frame, estimator)
    return match_data(frame, fit.data, resampled)


def match_data(frame: Any, fitted: Any, resampled: Any = None) -> Match | None:
    """The same, against the very data of the fit."""
    if is_pandas(fitted, "DataFrame"):
        return _frames(frame, fitted, resampled)
    if is_pandas(fitted, "Series"):
        return _series(frame, fitted)
    if isinstance(fitted, np.ndarray) or is_sparse(fitted):
        kind = isinstance(frame, np.ndarray) or is_sparse(frame)
        alike = kind and frame.shape[1:] == fitted.shape[1:]
        return Match() if alike and _values(frame, fitted, resampled) else None
    if isinstance(fitted, list | tuple):
        kind = isinstance(frame, list | tuple) or is_pandas(frame, "Series")
        return Match() if kind and _among(frame, fitted) else None
    return _by_attributes(frame, None)


def _frames(frame: Any, fitted: Any, resampled: Any) -> Match | None:
    if not is_pandas(frame, "DataFrame") or not set(fitted.columns) <= set(frame.columns):
        return None
    columns = list(fitted.columns)
    if frame.index.is_unique and fitted.index.isin(frame.index).all():
        found = same(frame.loc[fitted.index, columns], fitted)
    else:
        found = frame.columns.is_unique and _among(frame[columns], fitted)
    if not found and not (is_pandas(resampled, "DataFrame") and _frames(frame, resampled, None)):
        return None
    return Match(None if columns == list(frame.columns) else columns)


def _series(frame: Any, fitted: Any) -> Match | None:
    if is_pandas(frame, "Series"):
        return Match() if _labelled(frame, fitted) else None
    if is_pandas(frame, "DataFrame") and fitted.name in frame.columns:
        return Match(fitted.name) if _labelled(frame[fitted.name], fitted) else None
    return None


def _labelled(series: Any, part: Any) -> bool:
    if not series.index.is_unique or not part.index.isin(series.index).all():
        return _among(series, part)
    return same(series.loc[part.index], part)


def _values(frame: Any, fitted: Any, resampled: Any) -> bool:
    if is_sparse(frame) or is_sparse(fitted) or not len(fitted):
        return True
    if frame.shape == fitted.shape and (same(frame, fitted) or _permuted(frame, fitted)):
        return True
    known = isinstance(resampled, np.ndarray) and resampled.shape[1:] == fitted.shape[1:]
    return _among(frame, fitted) or (known and _among(fitted, resampled) and _among(frame, resampled))


def _among(rows: Any, part: Any) -> bool:
    """Whether each row of ``part`` is one of ``rows``: what was filled, clipped or scaled is none of them."""
    try:
        rows, part = np.asarray(rows), np.asarray(part)
        part = part[:: max(1, len(part) // PART_ROWS)]
        if rows.dtype.kind in "biuf" and part.dtype.kind in "biuf":
            rows, part = np.ascontiguousarray(rows.astype(part.dtype) + 0), np.ascontiguousarray(part + 0)
            return {row.tobytes() for row in rows}.issuperset(row.tobytes() for row in part)
        return set(map(_told, rows)).issuperset(map(_told, part))
    except (TypeError, ValueError):  # what cannot be looked up
        return True


def _told(row: Any) -> Any:
    """A row as what can be looked up; what is missing is not equal to itself."""
    items = row.tolist() if isinstance(row, np.ndarray) else [row]
    return tuple(None if item != item else item for item in items)  # noqa: PLR0124


def _permuted(frame: Any, fitted: Any) -> bool:
    """The same rows in another order: each column's values are the same, up to rounding."""
    if frame.dtype.kind not in "biuf" or fitted.dtype.kind not in "biuf":
        return False
    return bool(np.allclose(np.sort(frame, axis=0), np.sort(fitted, axis=0), rtol=1e-6, equal_nan=True))


def _by_attributes(frame: Any, estimator: Any) -> Match | None:
    names = _feature_names(estimator)
    if names is not None and is_pandas(frame, "DataFrame"):
        columns = _columns_named(frame, names)
        if columns is None:
            return None
        return Match(None if columns == list(frame.columns) else columns)
    count = len(names) if names is not None else _width(estimator)
    if count is not None and hasattr(frame, "shape") and len(frame.shape) == 2 and frame.shape[1] != count:
        return None
    return Match()


def _columns_named(frame: Any, names: Sequence[Any]) -> list[Any] | None:
    """The frame's columns of these names; lightgbm writes ``_`` for a blank, and its own names for an array's."""
    if set(names) <= set(frame.columns):
        return list(names)
    written = {re.sub(r"\s", "_", str(column)): column for column in frame.columns}
    if set(names) <= set(written):
        return [written[name] for name in names]
    made_up = all(name == f"Column_{at}" for at, name in enumerate(names))
    return list(frame.columns) if made_up and len(names) == frame.shape[1] else None


def _feature_names(estimator: Any) -> list[Any] | None:
    """The columns that a fitted object says it takes: scikit-learn's way, then those of bare boosters."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = getattr(estimator, "feature_names", None)
    if names is None:
        names = getattr(estimator, "feature_name", None)
        names = names() if callable(names) else None
    return list(names) if isinstance(names, list | tuple | np.ndarray) else None


def target_of(frame: Any, fits: Sequence[Fit]) -> Any:
    """The raw frame's column that some fit took as ``y``, one entry a row; ``None`` where no column is one."""
    if not is_pandas(frame, "DataFrame"):
        return None
    for fit in reversed(fits):
        column = _column_of(frame, fit.target) if fit.target is not None else None
        if column is not None:
            return frame[column]
    return None


def _labels_among(rows: Any, fits: Sequence[Fit]) -> list[int]:
    """Columns of an array that hold each class, or number, at least as often as what some fit took as ``y`` does.

    In the same words or others, for each class one: which rows ``y`` is of, an array does not tell.
    """
    if not isinstance(rows, np.ndarray) or rows.ndim != _ROWS_AND_COLUMNS:
        return []
    targets = [
        np.ravel(fit.target) for fit in fits if has(fit.receiver, "predict") and isinstance(fit.target, np.ndarray)
    ]
    often = [Counter(target.tolist()) for target in targets if 0 < len(target) <= len(rows)]
    columns = [Counter(rows[:, at].tolist()) for at in range(rows.shape[1])] if often else []
    return [at for at, column in enumerate(columns) if any(_may_say(column, target) for target in often)]


def _may_say(column: Counter[Any], target: Counter[Any]) -> bool:
    if target <= column:
        return True
    pairs = zip(sorted(column.values()), sorted(target.values()), strict=False)
    return len(column) == len(target) and all(most >= some for most, some in pairs)


@dataclass(frozen=True, slots=True)
class Learned:
    """What models were fitted to tell: their ``classes``, and the raw frame's columns of words that say, one for each
    class, what some fit took as ``y``: its ``codings``; of a raw array, the columns that may say it: its ``labels``.
    """

    codings: Sequence[Any] = ()
    classes: Sequence[Any] = ()
    labels: Sequence[int] = ()


def learned(frame: Any, fits: Sequence[Fit]) -> Learned:
    """What these fits were for; the classes are those of the last model that tells some apart."""
    models = (fit.receiver for fit in reversed(fits) if has(fit.receiver, "predict"))
    classes = (getattr(model, "classes_", None) for model in models)
    known = next((each for each in classes if isinstance(each, np.ndarray) and each.ndim == 1), np.array([]))
    return Learned(_codings(frame, fits), tuple(known.tolist()), _labels_among(frame, fits))


MINIMUM_CLASSES = 2
ROWS_OF_A_CLASS = 10
"""So many rows a class, on average, are no coincidence."""


def _codings(frame: Any, fits: Sequence[Fit]) -> list[Any]:
    if not is_pandas(frame, "DataFrame"):
        return []
    targets = [fit.target for fit in fits if fit.target is not None]
    words = [label for label in frame.columns if not is_pandas(frame[label], "DataFrame") and _of_words(frame[label])]
    return [label for label in words if any(_says(frame[label], target) for target in targets)]


def _of_words(column: Any) -> bool:
    return str(column.dtype) in ("bool", "category", "object", "str", "string")


def _says(column: Any, target: Any) -> bool:
    """Whether each word stands for one class and each class for one word, in many rows."""
    if is_pandas(target, "Series"):
        if not column.index.is_unique or not target.index.isin(column.index).all():
            return False
        column = column.loc[target.index]
    elif not isinstance(target, np.ndarray) or target.shape != (len(column),):
        return False
    try:
        pairs = set(zip(column.tolist(), target.tolist(), strict=True))
        words, classes = {word for word, _ in pairs}, {each for _, each in pairs}
    except (TypeError, ValueError):
        return False
    one_to_one = len(pairs) == len(words) == len(classes)
    return one_to_one and MINIMUM_CLASSES <= len(classes) <= len(target) / ROWS_OF_A_CLASS


def _column_of(frame: Any, target: Any) -> Any:
    if is_pandas(target, "DataFrame") and target.shape[1] == 1:
        target = target.iloc[:, 0]
    for column in frame.columns:
        series = frame[column]
        if is_pandas(series, "DataFrame"):
            continue
        if is_pandas(target, "Series"):
            known = series.index.is_unique and len(target) and target.index.isin(series.index).all()
            if known and same(series.loc[target.index], target):
                return column
        elif isinstance(target, np.ndarray) and target.shape == (len(series),) and same(np.asarray(series), target):
            return column
    return None
