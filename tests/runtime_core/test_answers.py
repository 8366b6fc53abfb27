# ruff: noqa: E501 - tables of cases
"""What an entry point may return, and whether two sets of answers are equal."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from nbforge.runtime import answers, equality
from nbforge.runtime.answers import Answers
from nbforge.runtime.errors import AnswerError

SHAPES: dict[str, tuple[Any, list[Any]]] = {
    "integers": (np.array([1, 2]), [1, 2]),
    "floats": (np.array([0.5, -0.0]), [0.5, -0.0]),
    "floats of 32 bits": (np.array([0.1, 1], dtype="float32"), [float(np.float32(0.1)), 1.0]),
    "booleans": (np.array([True, False]), [True, False]),
    "labels": (np.array(["no", "yes"]), ["no", "yes"]),
    "objects": (np.array(["no", None], dtype=object), ["no", None]),
    "rows of a matrix": (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 2.0], [3.0, 4.0]]),
    "sparse rows": (sparse.csr_matrix(np.eye(2)), [[1.0, 0.0], [0.0, 1.0]]),
    "Series": (pd.Series([1.5, np.nan], index=[7, 9]), [1.5, float("nan")]),
    "nullable Series": (pd.Series([1, None], dtype="Int64"), [1, None]),
    "categorical Series": (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
    "instants": (pd.Series(pd.DatetimeIndex(["2024-01-01", "NaT"])), ["2024-01-01T00:00:00", None]),
    "instants of numpy": (np.array(["2024-01-01", "2024-01-02"], dtype="M8[D]"), ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]),
    "list": ([np.float64(1.5), np.int64(2)], [1.5, 2]),
    "tuple of lists": (([1, 2, 3], [4]), [[1, 2, 3], [4]]),
    "records": ([{"a": np.int8(1)}, {"a": Decimal("1.5")}], [{"a": 1}, {"a": 1.5}]),
    "DataFrame": (pd.DataFrame({"a": [1, 2], 7: ["x", None]}), [{"a": 1, "7": "x"}, {"a": 2, "7": None}]),
    "dict of columns": ({"a": np.array([1, 2]), "b": ["x", "y"]}, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
    "dates": ([dt.date(2024, 1, 2), pd.Timedelta("1h")], ["2024-01-02", "P0DT1H0M0S"]),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_any_plain_shape_is_one_json_answer_a_row(shape: str) -> None:
    value, expected = SHAPES[shape]
    read = answers.read(value, 2)
    assert equality.same(Answers(tuple(expected)), read, exact=True) == []
    json.dumps(read.to_json())
    assert read.single == (shape == "floats of 32 bits")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.5, 3.5), (np.float32(2), 2.0), ("yes", "yes"), ({"a": 1}, {"a": 1}), (np.array(4), 4), (True, True)],
)
def test_one_row_may_be_answered_by_a_scalar(value: Any, expected: Any) -> None:
    assert answers.read(value, 1).predictions == (expected,)


@pytest.mark.parametrize("value", [np.arange(3), [1], 5.0, {"a": [1, 2, 3]}, "text", pd.DataFrame({"a": [1]})])
def test_a_wrong_number_of_answers_says_so(value: Any) -> None:
    with pytest.raises(AnswerError, match="2"):
        answers.read(value, 2)


def test_what_is_no_plain_data_is_refused() -> None:
    with pytest.raises(AnswerError, match="object"):
        answers.read([object()], 1)


def test_probabilities_are_named_by_class() -> None:
    read = answers.read(np.array([1, 0]), 2, np.array([[0.25, 0.75], [0.5, 0.5]]), [np.int64(0), np.int64(1)])
    assert read.probabilities == ({"0": 0.25, "1": 0.75}, {"0": 0.5, "1": 0.5})
    assert Answers.from_json(json.loads(json.dumps(read.to_json()))) == read
    assert answers.join([read.rows(0, 1), read.rows(1, 2)]) == read


def test_finite_looks_everywhere() -> None:
    assert answers.finite(Answers((1.0, [2.0], {"a": "x"})))
    for bad in (float("nan"), [1.0, float("inf")], {"a": [float("-inf")]}):
        assert not answers.finite(Answers((bad,)))
    assert not answers.finite(Answers((1,), ({"a": float("nan")},)))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_answers_survive_json_with_their_bits(value: Any) -> None:
    one = Answers((value,))
    assert equality.same(one, Answers.from_json(json.loads(json.dumps(one.to_json()))), exact=True) == []


def test_exact_means_the_bits() -> None:
    pairs = [(0.0, -0.0), (1, 1.0), (True, 1), (0.1, 0.1 + 1e-17 * 2), ("a", "b"), ([1], [1, 2]), ({"a": 1}, {"b": 1})]
    for a, b in pairs:
        differ = equality.same(Answers((a,)), Answers((b,)), exact=True)
        assert bool(differ) == (repr(a) != repr(b))
    assert not equality.same(Answers((float("nan"),)), Answers((float("nan"),)), exact=True)


def test_tolerance_is_relative_to_the_value_and_to_the_largest_prediction() -> None:
    def same(a: list[Any], b: list[Any]) -> bool:
        return not equality.same(Answers(tuple(a)), Answers(tuple(b)), exact=False, r=1e-9)

    assert same([1e6, 1.0], [1e6, 1.0 + 5e-4])
    assert not same([1e6, 1.0], [1e6, 1.0 + 5e-3])
    assert not same([1.0], [1.0 + 1e-8])
    assert same([[1.0, 2.0]], [[1.0 + 1e-10, 2.0]])
    assert same([1], [1.0])
    assert not same([1], [2])
    assert not same([1.0], [float("nan")])
    assert not same([1.0], [None])
    assert not same(["a"], ["b"])


def test_a_label_may_differ_only_where_its_top_two_tie() -> None:
    def rows(first: float) -> Answers:
        return Answers(("a" if first >= 0.5 else "b",), ({"a": first, "b": 1 - first},))

    assert not equality.same(rows(0.5 + 1e-12), rows(0.5 - 1e-12), exact=False, r=1e-9)
    assert equality.same(rows(0.5 + 1e-12), rows(0.5 - 1e-12), exact=True)
    clear = Answers(("a",), ({"a": 0.9, "b": 0.1},))
    found = equality.same(clear, Answers(("b",), clear.probabilities), exact=False, r=1e-9)
    assert [each.pointer for each in found] == ["/predictions/0"]


def test_differences_are_pointed_at() -> None:
    found = equality.same(
        Answers(([1.0, 2.0], {"a/b": 1}), None), Answers(([1.0, 3.0], {"a/b": 2}), None), exact=False, r=1e-9
    )
    assert [(each.row, each.pointer) for each in found] == [(0, "/predictions/0/1"), (1, "/predictions/1/a~1b")]
