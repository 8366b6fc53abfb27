"""The fast path over a column and the judgement of each value never disagree."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbforge.runtime.checks import check_for
from nbforge.runtime.contract import Input

FIELDS: list[dict[str, Any]] = [
    {"dtype": "float64"},
    {"dtype": "float64", "minimum": -1.5, "maximum": 3},
    {"dtype": "float64", "minimum": 0, "maximum": 1, "range": "refuse", "nullable": True},
    {"dtype": "float64", "minimum": 0, "maximum": 1, "range": "ignore"},
    {"dtype": "float32"},
    {"dtype": "float64", "minimum": 0, "maximum": 1e300},
    {"dtype": "int64", "minimum": 0, "maximum": 5},
    {"dtype": "int8", "nullable": True},
    {"dtype": "uint64"},
    {"dtype": "bool"},
    {"dtype": "bool", "nullable": True},
    {"dtype": "string"},
    {"dtype": "string", "length": 3, "nullable": True},
    {"dtype": "string", "longest": 2, "pattern": "[a-z0-9-]*"},
    {"dtype": "string", "longest": 2, "range": "refuse"},
    {"dtype": "string", "categories": ["a", "b"], "category": "flag"},
    {"dtype": "string", "categories": ["a", "b"], "category": "ignore", "length": 2, "pattern": "[a-z]*"},
    {"dtype": "category", "categories": ["a", "b"], "category": "ignore"},
    {"dtype": "category", "categories": [1, 2.5], "nullable": True},
    {"dtype": "category", "categories": [True]},
    {"dtype": "datetime", "minimum": "2000-01-01T00:00:00", "maximum": "2030-01-01T00:00:00"},
    {"dtype": "date", "range": "refuse", "minimum": "2000-01-01", "maximum": "2030-01-01"},
    {"dtype": "timedelta"},
    {"dtype": "vector", "length": 2},
]

numbers = st.integers() | st.floats() | st.sampled_from([0, 1, 2.5, 5.0, -0.0, 2**63, 1e39, math.inf, math.nan])
texts = st.text(max_size=4) | st.sampled_from(
    ["a", "b", "2020-02-30", "2020-02-29", "2020-02-29T10:00:00Z", "PT5S", "P1D"]
)
values = st.none() | st.booleans() | numbers | texts | st.lists(st.integers(0, 5) | st.floats(), max_size=3)


@pytest.mark.parametrize("field", FIELDS, ids=str)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_column_passes_just_as_its_values_do(field: dict[str, Any], data: st.DataObject) -> None:
    check = check_for(Input.from_json({"name": "x", "required": True, **field}))
    kind = data.draw(st.sampled_from([values, numbers, texts, st.integers(0, 5), st.floats(0, 1)]))
    column = data.draw(st.lists(kind, min_size=1, max_size=5))
    passed = check.passes(column)
    verdicts = [check.look(value) for value in column]
    if passed is not None:
        assert [verdict.code for verdict in verdicts] == [""] * len(column)
        assert [(type(v), v) for v in passed] == [(type(v.value), v.value) for v in verdicts]
    for verdict in verdicts:
        assert verdict.code in ("", "type", "null", "not_finite", "range", "category")
        assert bool(verdict.detail) == bool(verdict.code)
        if not verdict.code and isinstance(verdict.value, float):
            assert math.isfinite(verdict.value)


def _check(**field: Any) -> Any:
    return check_for(Input.from_json({"name": "x", "required": True, **field}))


def test_policies_decide_between_an_error_a_warning_and_nothing() -> None:
    for policy, expected in {"flag": ("range", False), "refuse": ("range", True), "ignore": ("", True)}.items():
        verdict = _check(dtype="int64", minimum=0, maximum=5, range=policy).look(9)
        assert (verdict.code, verdict.refuse) == expected
    for policy, expected in {"flag": ("category", False), "refuse": ("category", True), "ignore": ("", True)}.items():
        verdict = _check(dtype="string", categories=["a"], category=policy).look("z")
        assert (verdict.code, verdict.refuse) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024-02-29", ""),
        ("2024-02-29T23:59", ""),
        ("2024-02-29 23:59:59.123456789", ""),
        ("2024-02-29T23:59:59Z", ""),
        ("2024-02-29T23:59:59+05:30", ""),
        ("2024-02-29T23:59:59-0800", ""),
        ("2024-02-29T23:59:59+01", ""),
        ("2029-12-31T23:00:00-02:00", "range"),
        ("2023-02-29", "range"),
        ("2024-02-29T25:00", "range"),
        ("1500-01-01", "range"),
        ("20240229", "type"),
        ("2024-02-29T", "type"),
        ("29.02.2024", "type"),
        ("1709164800", "type"),
        (1709164800, "type"),
    ],
)
def test_forms_of_an_instant(text: Any, code: str) -> None:
    check = _check(dtype="datetime", minimum="2000-01-01", maximum="2029-12-31T23:59:59", frame_dtype="datetime64[ns]")
    assert check.look(text).code == code
    assert (check.passes([text]) is None) == bool(code)


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ({"dtype": "float64"}, " 1.5e3 ", 1500.0),
        ({"dtype": "int64"}, "+7", 7),
        ({"dtype": "int64"}, "7.0", 7.0),
        ({"dtype": "float64"}, "", None),
        ({"dtype": "float64"}, "0x10", "0x10"),
        ({"dtype": "float64"}, "1_000", "1_000"),
        ({"dtype": "bool"}, "TRUE", True),
        ({"dtype": "bool"}, "yes", "yes"),
        ({"dtype": "string"}, "5", "5"),
        ({"dtype": "string"}, "", ""),
        ({"dtype": "string", "nullable": True}, "", None),
        ({"dtype": "category", "categories": [1, 2]}, "2", 2),
        ({"dtype": "category", "categories": [1, 2]}, "2.0", 2.0),
        ({"dtype": "category", "categories": [True, False]}, "false", False),
    ],
)
def test_cells_of_text(field: dict[str, Any], cell: str, value: Any) -> None:
    found = _check(**field).from_text(cell)
    assert (type(found), found) == (type(value), value)
