# ruff: noqa: DTZ001 - naive datetimes are among the dtypes
"""Records -> frame is the exact inverse of frame -> records, for every dtype."""

from __future__ import annotations

import datetime as dt
import json
import string
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbforge.runtime import frames
from nbforge.runtime.contract import Contract, Frame, Input
from nbforge.runtime.errors import FrameError
from nbforge.training.kernel.inputs import describe

ROWS = st.integers(1, 14)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAIVE = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))


def _listed(values: st.SearchStrategy[Any], n: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=n, max_size=n)


def _numpy(name: str, values: st.SearchStrategy[Any]) -> Any:
    return lambda n: _listed(values, n).map(lambda found: np.array(found, dtype=name))


def _pandas(name: Any, values: st.SearchStrategy[Any]) -> Any:
    return lambda n: _listed(values | st.none(), n).map(lambda found: pd.array(found, dtype=name))


def _objects(values: st.SearchStrategy[Any], null: Any = None) -> Any:
    def build(n: int) -> st.SearchStrategy[Any]:
        return _listed(values | st.just(null), n).map(lambda found: pd.Series(found, dtype=object).array)

    return build


def _integers(name: str) -> Any:
    info = np.iinfo(name)
    return _numpy(name, st.integers(int(info.min), int(info.max)))


def _categories(n: int) -> st.SearchStrategy[Any]:
    kinds: st.SearchStrategy[list[Any]] = st.sampled_from([["b", "a", "c"], [3, 1, 2], [0.5, 1.5], [True, False]])
    return kinds.flatmap(
        lambda own: st.tuples(_listed(st.sampled_from(own) | st.none(), n), st.booleans()).map(
            lambda pair: pd.Categorical(pair[0], categories=own, ordered=pair[1])
        )
    )


def _instants(name: str, unit: Any) -> Any:
    return lambda n: _listed(NAIVE | st.none(), n).map(
        lambda found: (
            pd.DatetimeIndex(pd.to_datetime(pd.Series(found, dtype=object)))
            .as_unit(unit)
            .tz_localize(name or None)
            .array
        )
    )


COLUMNS = {
    **{name: _integers(name) for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    "float64": _numpy("float64", FINITE | st.just(np.nan)),
    "float32": _numpy("float32", st.floats(width=32, allow_nan=False, allow_infinity=False) | st.just(np.nan)),
    "float16": _numpy("float16", st.floats(width=16, allow_nan=False, allow_infinity=False) | st.just(np.nan)),
    "bool": _numpy("bool", st.booleans()),
    "text objects": _objects(TEXT),
    "text objects with NaN": _objects(TEXT, np.nan),
    "whole objects": _objects(st.integers(-(10**15), 10**15)),
    "float objects": _objects(FINITE),
    "bool objects": _objects(st.booleans()),
    "dates": _objects(st.dates()),
    "datetimes": _objects(NAIVE),
    "lists": _objects(st.lists(FINITE, min_size=2, max_size=2)),
    "str": _pandas("str", TEXT) if pd.__version__ >= "3" else _objects(TEXT),
    "string": _pandas("string", TEXT),
    "Int64": _pandas("Int64", st.integers(-(2**63), 2**63 - 1)),
    "UInt8": _pandas("UInt8", st.integers(0, 255)),
    "Float64": _pandas("Float64", FINITE),
    "boolean": _pandas("boolean", st.booleans()),
    "datetime ns": _instants("", "ns"),
    "datetime us": _instants("", "us"),
    "datetime zoned": _instants("UTC", "us"),
    "timedelta": lambda n: _listed(st.timedeltas(dt.timedelta(-9999), dt.timedelta(9999)) | st.none(), n).map(
        lambda found: pd.to_timedelta(pd.Series(found, dtype=object)).array
    ),
    "category": _categories,
    "period": lambda n: _listed(st.integers(0, 600), n).map(
        lambda found: pd.PeriodIndex([pd.Period("2000-01", freq="M") + each for each in found]).array
    ),
    "sparse": lambda n: _listed(st.sampled_from([0.0, 1.5, -2.0]), n).map(pd.arrays.SparseArray),
}


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(array, dtype=array.dtype) for name, array in columns.items()})


def _back(frame: pd.DataFrame) -> pd.DataFrame:
    described = describe(frame)
    assert not described.unusable
    contract = Contract("other", tuple(each.field for each in described.facts.values()), frame=described.frame)
    contract = Contract.from_json(json.loads(json.dumps(contract.to_json())))
    records = json.loads(json.dumps(frames.records(contract, frame)))
    columns = {name: [record[name] for record in records] for name in records[0]}
    built: pd.DataFrame = frames.build(contract, columns, len(records))
    return built


@pytest.mark.parametrize("kind", COLUMNS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_each_dtype_comes_back_bit_for_bit(kind: str, data: st.DataObject) -> None:
    n = data.draw(ROWS)
    frame = _frame({"x": data.draw(COLUMNS[kind](n))})
    if frame["x"].dtype == object and frame["x"].isna().all():
        frame["x"] = pd.Series([None] * n, dtype=object)
    if isinstance(frame["x"].dtype, pd.CategoricalDtype) and n >= 10:
        frame = frame.head(9)
    back = _back(frame)
    pd.testing.assert_frame_equal(back, frame, check_exact=True, check_freq=False)
    if frame["x"].dtype.kind == "f":
        assert frame["x"].to_numpy().view("u1").tobytes() == back["x"].to_numpy().view("u1").tobytes()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_frames_of_many_dtypes_come_back(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    kinds = data.draw(st.lists(st.sampled_from(sorted(set(COLUMNS) - {"sparse"})), min_size=2, max_size=6, unique=True))
    frame = _frame({kind: data.draw(COLUMNS[kind](n)) for kind in kinds})
    back = _back(frame)
    assert [str(dtype) for dtype in back.dtypes] == [str(dtype) for dtype in frame.dtypes]
    assert list(back.columns) == kinds


@pytest.mark.parametrize(
    "columns",
    [
        pd.Index([0, 1, 2]),
        pd.Index(["a", "b", "c"], name="field"),
        pd.Index([2.5, True, "x"], dtype=object),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", None]),
        pd.DatetimeIndex(["2024-01-01", "2024-02-01", "2024-03-01"]),
        pd.Index(["a", "b", "c"], dtype="string"),
    ],
    ids=["integers", "named", "mixed", "tuples", "instants", "string"],
)
def test_column_labels_come_back(columns: pd.Index[Any]) -> None:
    frame = pd.DataFrame(np.arange(6.0).reshape(2, 3), columns=columns)
    pd.testing.assert_frame_equal(_back(frame), frame, check_column_type="equiv", check_freq=False)


@pytest.mark.parametrize(
    "raw",
    [
        np.arange(6.0).reshape(3, 2),
        np.arange(6, dtype="uint8").reshape(3, 2),
        np.array([["a", 1], ["b", 2]], dtype=object),
        np.array([["a", "bc"], ["b", "d"]]),
        np.array(["one", "two"]),
        np.array(["one", None], dtype=object),
        ["one", "two"],
        pd.Series(["one", "two"], name="review"),
        pd.Series(["one", "two"], dtype=object),
    ],
    ids=lambda raw: f"{type(raw).__name__}-{getattr(raw, 'dtype', '')}",
)
def test_other_containers_come_back(raw: Any) -> None:
    described = describe(raw)
    contract = Contract("other", tuple(each.field for each in described.facts.values()), frame=described.frame)
    contract = Contract.from_json(json.loads(json.dumps(contract.to_json())))
    back = frames.build(contract, frames.columns_of(contract, raw), len(raw))
    assert type(back) is type(raw)
    if isinstance(raw, pd.Series):
        pd.testing.assert_series_equal(back, raw)
    elif isinstance(raw, np.ndarray):
        assert back.dtype == raw.dtype
        assert back.tolist() == raw.tolist()
    else:
        assert back == raw


def test_names_follow_the_rules() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index([7, ("a", 1), None, 2.5], dtype=object))
    assert list(describe(frame).facts) == ["7", "a.1", "None", "2.5"]
    assert list(describe(pd.Series(["x", "y"])).facts) == ["text"]
    assert list(describe(np.zeros((2, 3))).facts) == ["0", "1", "2"]


def test_filled_columns_stand_in() -> None:
    inputs = (
        Input("a", "float64", label="a", frame_dtype="float64"),
        Input("b", "int64", required=False, label="b", frame_dtype="int64", fill=7),
    )
    contract = Contract("other", inputs, frame=Frame())
    assert frames.build(contract, {"a": [1.0, 2.0]}, 2)["b"].tolist() == [7, 7]
    assert frames.build(contract, {"a": [1.0, 2.0], "b": [3, "no number"]}, 2)["b"].tolist() == [3, 7]
    assert frames.records(contract, frames.build(contract, {"a": [1.0]}, 1), filled=False) == [{"a": 1.0}]


def test_a_value_that_does_not_fit_names_its_field() -> None:
    contract = Contract("other", (Input("a", "int8", label="a", frame_dtype="int8"),))
    with pytest.raises(FrameError, match="'a'") as caught:
        frames.build(contract, {"a": [300]}, 1)
    assert caught.value.field == "a"


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
    st.integers(0, 999),
    st.sampled_from(["", "Z", "+02:00", "-0530"]),
)
def test_instants_keep_their_nanoseconds(moment: dt.datetime, nanoseconds: int, offset: str) -> None:
    from nbforge.runtime import instants

    text = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f".{moment.microsecond:06d}{nanoseconds:03d}{offset}"
    expected = pd.Timestamp(text)
    if expected.tz is not None:
        expected = expected.tz_convert("UTC").tz_localize(None)
    found = instants.instant(text, "ns")
    assert found == expected.as_unit("ns").to_datetime64()
    assert instants.instant(instants.instant_text(found), "ns") == found


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "9999-01-01", "1e5", string.ascii_letters])
def test_what_is_no_instant_is_refused(text: str) -> None:
    from nbforge.runtime import instants

    with pytest.raises(ValueError):
        instants.instant(text, "ns")


@settings(max_examples=60, deadline=None)
@given(st.integers(-(2**62), 2**62))
def test_durations_keep_their_nanoseconds(count: int) -> None:
    from nbforge.runtime import instants

    value = np.timedelta64(count, "ns")
    assert instants.duration(instants.duration_text(value), "ns") == value
