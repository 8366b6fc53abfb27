"""What an entry point returned, read as one JSON answer a row."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbforge.runtime import instants
from nbforge.runtime.errors import AnswerError


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer a row.

    ``predictions`` are JSON values: a label, number, vector (list), record (dict) or text each; floats may be NaN or
    infinite.
    ``probabilities``: for a classifier, each class as text with its probability. ``single``: whether the numbers came
    from 32-bit floats or coarser, so that comparison knows how many digits they carry. ``features``: what the features
    code made of the rows, where somebody wants to see it.
    """

    predictions: tuple[Any, ...]
    probabilities: tuple[dict[str, float], ...] | None = None
    single: bool = field(default=False, compare=False)
    features: Any = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.predictions)

    def rows(self, start: int, stop: int) -> Answers:
        """The answers of a range of rows."""
        probabilities = None if self.probabilities is None else self.probabilities[start:stop]
        return Answers(self.predictions[start:stop], probabilities, self.single)

    def highest(self) -> list[float]:
        """The highest probability of each row; there are none without probabilities."""
        return [max(row.values()) for row in self.probabilities or ()]

    def to_json(self) -> dict[str, Any]:
        """As ``proof.json`` has it; :mod:`json` writes floats by ``repr``, so their bits survive."""
        probabilities = None if self.probabilities is None else list(self.probabilities)
        value: dict[str, Any] = {"predictions": list(self.predictions), "probabilities": probabilities}
        return {**value, "single": True} if self.single else value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Answers:
        """The inverse of :meth:`to_json`."""
        probabilities = value.get("probabilities")
        return cls(
            tuple(value["predictions"]),
            None if probabilities is None else tuple(probabilities),
            value.get("single", False),
        )


def join(parts: Iterable[Answers]) -> Answers:
    """Answers of consecutive rows as one; probabilities stay only where every part has them."""
    parts = list(parts)
    probabilities: list[dict[str, float]] | None = []
    for part in parts:
        if part.probabilities is None or probabilities is None:
            probabilities = None
        else:
            probabilities.extend(part.probabilities)
    return Answers(
        tuple(prediction for part in parts for prediction in part.predictions),
        None if probabilities is None or not parts else tuple(probabilities),
        any(part.single for part in parts),
    )


def read(value: Any, n: int, probabilities: Any = None, classes: Sequence[Any] | None = None) -> Answers:
    """Reads any plain shape as ``n`` answers.

    Args:
        value: an array (first axis: rows), Series, list, tuple, DataFrame or dict of columns (a record a row), list
        of records, or
            one scalar where ``n`` is 1.
        n: rows that were asked for.
        probabilities: ``[n, classes]`` floats of ``predict_proba``.
        classes: the classes in the order of the columns of ``probabilities``.

    Raises:
        AnswerError: the number of answers is not ``n``, or an answer is nothing that JSON can hold.
    """
    predictions = _predictions(value, n)
    if len(predictions) != n:
        raise AnswerError(
            f"The prediction has {len(predictions)} answers for {n} rows.",
            "The predict cell must give one answer for each row of its input.",
        )
    single = _single(value)
    if probabilities is None or classes is None:
        return Answers(tuple(predictions), None, single)
    names = [str(plain(each)) for each in classes]
    table = np.asarray(probabilities)
    if table.shape != (n, len(names)):
        return Answers(tuple(predictions), None, single)
    rows = tuple(dict(zip(names, row, strict=True)) for row in table.tolist())
    return Answers(tuple(predictions), rows, table.dtype.itemsize < 8)


def read_one(value: Any) -> Any:
    """The answer for one row of a function of scalars: a number, label, list, record or array."""
    if type(value).__name__ == "DataFrame":
        return [dict(zip(map(str, value.columns), row, strict=True)) for row in _cells(value)]
    return plain(value)


def finite(answers: Answers) -> bool:
    """Whether no prediction or probability is NaN or infinite."""
    if not all(map(_finite, answers.predictions)):
        return False
    return all(math.isfinite(p) for row in answers.probabilities or () for p in row.values())


def plain(value: Any) -> Any:
    """A value as JSON: numpy scalars and arrays, instants, durations, nulls and containers of them.

    Raises:
        AnswerError: it is none of these.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return _builtin(value)
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return instants.instant_text(value) if isinstance(value, np.datetime64) else instants.duration_text(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return _foreign(value)


def _builtin(value: Any) -> Any:
    """Subclasses (enumerations, ``np.float64``, ``np.str_``) become the builtin that JSON writes."""
    for builtin in (bool, int, float, str):
        if isinstance(value, builtin):
            return value if type(value) is builtin else builtin(value)
    return value


def _foreign(value: Any) -> Any:
    kind = type(value).__name__
    if kind in ("NAType", "NaTType"):
        return None
    if kind in ("Timedelta", "timedelta"):
        return instants.duration_text(instants.duration(value, "us") if kind == "timedelta" else value.to_timedelta64())
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if kind in ("Interval", "Period", "Decimal", "UUID"):
        return float(value) if kind == "Decimal" else str(value)
    if kind == "DataFrame":
        return [dict(zip(map(str, value.columns), row, strict=True)) for row in _cells(value)]
    if hasattr(value, "to_numpy") and hasattr(value, "index"):
        cells = [plain(each) for each in value]
        # pandas writes a missing text as NaN, which as an answer is null.
        return cells if isinstance(value.dtype, np.dtype) else [None if _nan(each) else each for each in cells]
    if hasattr(value, "__array__") and hasattr(value, "dtype"):
        return _array(np.asarray(value))
    raise AnswerError(
        f"The prediction holds a value of type {kind}, which is not plain data.",
        "Return numbers, text, booleans, dates, or lists and dicts of them.",
    )


def _predictions(value: Any, n: int) -> list[Any]:
    kind = type(value).__name__
    if kind == "DataFrame":
        names = [_key(column) for column in value.columns]
        return [dict(zip(names, row, strict=True)) for row in _cells(value)]
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        return _array(value.toarray())  # type: ignore[no-any-return]
    if isinstance(value, np.ndarray) and value.ndim:
        return _array(value)  # type: ignore[no-any-return]
    if isinstance(value, Mapping):
        return _columns(value, n)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if not isinstance(value, (str, bytes)) and hasattr(value, "__iter__") and hasattr(value, "__len__"):
        converted = plain(value)
        return converted if isinstance(converted, list) else [converted]
    if n == 1:
        return [plain(value)]
    raise AnswerError(
        f"The prediction is one {kind} for {n} rows.",
        "The predict cell must give one answer for each row of its input.",
    )


def _columns(value: Mapping[Any, Any], n: int) -> list[Any]:
    """A dict of columns is a record a row; a dict of scalars is the one record of one row."""
    columns = {_key(key): plain(each) for key, each in value.items()}
    if columns and all(isinstance(each, list) and len(each) == n for each in columns.values()):
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if n == 1:
        return [columns]
    raise AnswerError(
        f"The prediction is a dict whose values are not {n} long, for {n} rows.",
        "Return a list or a DataFrame with one answer for each row.",
    )


def _cells(frame: Any) -> Iterable[tuple[Any, ...]]:
    columns = [plain(frame.iloc[:, position]) for position in range(frame.shape[1])]
    return zip(*columns, strict=True) if columns else iter([()] * len(frame))


def _array(value: np.ndarray) -> Any:
    if value.dtype.kind in "biufU":
        return value.tolist()
    if value.ndim == 0:
        return plain(value.item())
    return [plain(each) for each in value]


def _key(key: Any) -> str:
    return ".".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_finite, value))
    return all(map(_finite, value.values())) if isinstance(value, dict) else True


def _single(value: Any) -> bool:
    dtypes = getattr(value, "dtypes", None)
    if dtypes is not None and type(value).__name__ == "DataFrame":
        return any(str(dtype).lower() in ("float32", "float16") for dtype in dtypes)
    if isinstance(value, (list, tuple)):
        return any(isinstance(each, (np.float32, np.float16)) or _single_array(each) for each in value[:1])
    if isinstance(value, Mapping):
        return any(map(_single, value.values()))
    return isinstance(value, (np.float32, np.float16)) or _single_array(value)


def _single_array(value: Any) -> bool:
    return str(getattr(value, "dtype", "")).lower() in ("float32", "float16")
