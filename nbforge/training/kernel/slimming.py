"""Results of statsmodels without the rows that they were estimated on, as far as their answers stay what they were.

Their own ``remove_data`` knows some of the attributes that hold rows, leaves the frame of a formula and memory that was
never written, and says of time series that it may take too much. So every attribute with an entry a row is tried.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from nbforge.runtime import equality, formats, frames
from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract
from nbforge.runtime.formats import _pickling
from nbforge.runtime.scorer import Path

from .alignment import is_pandas

SECONDS = 10.0
"""For trying one attribute after the other."""
FEWEST_ROWS = 8
"""Of fewer rows, the bytes of a column may be anything."""
ALONE = 5
"""Rows that are also asked one by one."""
LEVELS = 50
"""A column of numbers with more values than these is none of categories."""
NESTED = 12
CACHE = "_cache"
SHOWN = frozenset({"_nobs_int", "_summary_cache", "_summary_statistics_cache", "diagn"})
"""What results note when they are shown; they do without it."""
FORMATS = frozenset({"cloudpickle", "skops"})

Holder = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows of the proof, and the way to answer them."""

    contract: Contract
    rows: Sequence[Mapping[str, Any]]
    path: Callable[[], Path]

    def answers(self) -> list[Answers]:
        """For all rows together and for some of them alone."""
        builder, path = frames.Builder(self.contract), self.path()
        parts = [self.rows, *([row] for row in self.rows[:ALONE])]
        names = list(self.rows[0]) if self.rows else []
        return [
            path.answers(builder.build({name: [row[name] for row in part] for name in names}, len(part)), len(part))
            for part in parts
        ]


def slim(values: Mapping[str, Any], records: Sequence[dict[str, Any]], directory: FilePath, asked: Asked) -> list[str]:
    """Save the artifacts that hold results of statsmodels once more, without training rows; ``records`` are updated.

    Returns:
        A sentence for each artifact that still holds such rows.
    """
    notes: list[str] = []
    for record in records:
        name = record["name"]
        models = _models(values.get(name)) if record["format"] in FORMATS else []
        if not models:
            continue
        signs = _signs(models)
        slots = list(_slots(values[name], {len(np.atleast_1d(model["endog"])) for model in models}))
        with _kept(slots):
            _blank(slots, asked)
            content = _save(values[name], record, directory)
        if content is None:
            record.update(formats.save(values[name], directory, name))
            content = _pickling.dumps(values[name])
        if any(sign in content for sign in signs):
            notes.append(
                f"`{name}` takes rows of the training data into the service: its predictions need them, as those of a "
                "time series do. Whoever has the image can read them."
            )
    return notes


def _blank(slots: Sequence[tuple[Holder, Any]], asked: Asked) -> None:
    """Empty all of the slots without which the answers are the same, bit by bit."""
    expected = asked.answers()

    def same() -> bool:
        try:
            got = asked.answers()
        except Exception:  # noqa: BLE001 - without its rows a model may raise anything
            return False
        return not any(equality.same(a, b, exact=True) for a, b in zip(expected, got, strict=True))

    values = [holder[key] for holder, key in slots]
    for slot in slots:
        _empty(*slot)
    if same():
        return
    for (holder, key), value in zip(slots, values, strict=True):
        holder[key] = value
    deadline = time.monotonic() + SECONDS
    for (holder, key), value in zip(slots, values, strict=True):
        for empty in (_empty, _zero):  # some models want to know the shape
            empty(holder, key)
            if time.monotonic() < deadline and same():
                break
            holder[key] = value


def _empty(holder: Holder, key: Any) -> None:
    if key in SHOWN:
        del holder[key]
    else:
        holder[key] = {} if key == CACHE else None


def _zero(holder: Holder, key: Any) -> None:
    if isinstance(holder[key], np.ndarray) and holder[key].dtype.kind in "biuf":
        holder[key] = np.zeros_like(holder[key])


@contextmanager
def _kept(slots: Sequence[tuple[Holder, Any]]) -> Iterator[None]:
    values = [holder[key] for holder, key in slots]
    try:
        yield
    finally:
        for (holder, key), value in zip(slots, values, strict=True):
            holder[key] = value


def _save(value: Any, record: dict[str, Any], directory: FilePath) -> bytes | None:
    """Save it, and give what is in the file; ``None`` where no file brings it back without its rows.

    A formula is evaluated again when it is loaded, on the least table that brings back the same predictions.
    """
    file = directory / record["file"]
    tables = [state for state in _states(value) if "formula" in state and _table(state.get("frame")) is not None]
    wholes = [table["frame"] for table in tables]
    for shorten in (_marginals, _used, None):
        for table, whole in zip(tables, wholes, strict=True):
            table["frame"] = shorten(_table(whole), table["formula"]) if shorten else whole
        try:
            record.update(formats.save(value, directory, record["name"]))
            if all(_agree(value, formats.load(record, directory), whole) for whole in wholes):
                break
        except Exception:  # noqa: BLE001, S112 - a table without its rows may not do for the formula
            continue
    else:
        return None
    if file.name != record["file"]:
        file.unlink(missing_ok=True)
    return _pickling.dumps(value)


def _table(frame: Any) -> Any:
    """What a formula is evaluated on as a frame: it may be a dictionary of columns; ``None`` where it is neither."""
    import pandas as pd

    if is_pandas(frame, "DataFrame"):
        return frame
    columns = [np.shape(column) for column in frame.values()] if isinstance(frame, dict) else []
    return pd.DataFrame(frame) if columns and len(set(columns)) == 1 and len(columns[0]) == 1 else None


def _agree(live: Any, loaded: Any, frame: Any) -> bool:
    """Whether all results answer the rows of a formula's frame as they do in the kernel."""
    ours, theirs = _results(live), _results(loaded)
    return len(ours) == len(theirs) and all(
        np.array_equal(_predicted(a, frame), _predicted(b, frame), equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )


def _predicted(result: Any, frame: Any) -> Any:
    try:
        return np.asarray(result.predict(frame), dtype=float)
    except Exception as error:  # noqa: BLE001 - results of another formula may not take the frame
        return np.asarray([len(str(error))], dtype=float)


def _marginals(frame: Any, formula: Any) -> Any:
    """Each column's values without what stood beside them: categories sorted, of other numbers the extremes."""
    import pandas as pd

    used = _used(frame, formula)
    columns = {}
    for label in used.columns:
        values = used[label].dropna()
        distinct = values.drop_duplicates().sort_values()
        many = values.dtype.kind in "fiu" and len(distinct) > LEVELS
        columns[label] = distinct.iloc[[0, -1]] if many else distinct
    length = max((len(column) for column in columns.values()), default=0)
    return pd.DataFrame(
        {label: column.iloc[np.arange(length) % len(column)].array for label, column in columns.items()}
    )


def _used(frame: Any, formula: Any) -> Any:
    """The columns that a formula names."""
    return frame[
        [label for label in frame.columns if re.search(rf"(?<!\w){re.escape(str(label))}(?!\w)", str(formula))]
    ]


def _states(value: Any) -> Iterator[Holder]:
    """The attributes of each object of statsmodels that ``value`` reaches, and the dictionaries in them."""
    seen: set[int] = set()
    waiting: list[tuple[Any, bool, int]] = [(value, False, 0)]
    while waiting:
        item, inside, depth = waiting.pop()
        if id(item) in seen or depth > NESTED or isinstance(item, type):
            continue
        seen.add(id(item))
        if isinstance(item, list | tuple):
            waiting += [(each, inside, depth + 1) for each in item]
            continue
        state = item if isinstance(item, dict) else _attributes(item)
        if state is None:
            continue
        inside = inside if isinstance(item, dict) else type(item).__module__.startswith("statsmodels.")
        if inside:
            yield state
        waiting += [(each, inside, depth + 1) for each in state.values()]


def _attributes(item: Any) -> Holder | None:
    try:
        state = object.__getattribute__(item, "__dict__")
    except AttributeError:
        return None
    return state if isinstance(state, dict) else None


def _models(value: Any) -> list[Holder]:
    """What statsmodels keeps of the data of each model that ``value`` reaches."""
    return [state for state in _states(value) if {"endog", "exog", "orig_endog"} <= state.keys()]


def _results(value: Any) -> list[Any]:
    return [state["_results"] for state in _states(value) if hasattr(state.get("_results"), "predict")]


def _signs(models: Sequence[Holder]) -> set[bytes]:
    """The first rows of training as they lie in memory, by row and by column; not of columns that hardly vary."""
    signs = set()
    for table in (np.atleast_1d(np.asarray(model[key])) for model in models for key in ("endog", "exog")):
        rows = table[:FEWEST_ROWS].reshape(len(table[:FEWEST_ROWS]), -1)
        if len(rows) == FEWEST_ROWS:
            varied = [column for column in rows.T if len(set(column.tolist())) > FEWEST_ROWS // 2]
            signs |= {column.tobytes() for column in varied}
            signs |= {np.ascontiguousarray(rows).tobytes()} if varied else set()
    return signs


def _slots(value: Any, lengths: set[int]) -> Iterator[tuple[Holder, Any]]:
    """Where an array or a part of a frame hangs that has an entry a row, and what was only computed to be shown."""
    states = list(_states(value))
    tables = {id(state.get("frame")) for state in states if "formula" in state}
    for state in states:
        for key, item in list(state.items()) if id(state) not in tables else ():
            shape = getattr(item, "shape", None)
            rows = isinstance(shape, tuple) and shape and not lengths.isdisjoint((shape[0], shape[-1]))
            held = isinstance(item, np.ndarray) or is_pandas(item, "DataFrame", "Series", "Index")
            if (rows and held and key != "frame") or (key in (CACHE, *SHOWN)):
                yield state, key
