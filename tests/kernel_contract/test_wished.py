"""``[tool.nbforge.inputs]`` against the fields as they are."""

from __future__ import annotations

from typing import Any

import pytest

from nbforge.runtime.contract import Contract, Input
from nbforge.training.kernel import wished
from nbforge.training.kernel.errors import CaptureError

INPUTS = [
    {"name": "age", "dtype": "int64", "minimum": 16, "maximum": 80},
    {"name": "pay", "dtype": "float64", "minimum": 0.5, "maximum": 9.5},
    {"name": "plan", "dtype": "string", "categories": ["a", "b"], "category": "flag"},
    {"name": "note", "dtype": "string", "longest": 40},
    {"name": "size", "dtype": "category", "categories": ["S", "L"], "frame_dtype": {"dtype": "category"}},
    {"name": "vip", "dtype": "bool"},
    {"name": "when", "dtype": "datetime", "minimum": "2020-01-01T00:00:00", "maximum": "2024-01-01T00:00:00"},
    {"name": "term", "dtype": "timedelta", "minimum": "P1D", "maximum": "P9D"},
    {"name": "spare", "dtype": "float64", "required": False, "fill": 0.0},
]
CONTRACT = Contract.from_json({"task": "other", "inputs": INPUTS, "ignored": ["row"], "frame": {"kind": "dataframe"}})


def _apply(name: str, **wish: Any) -> Input:
    contract, _ = wished.apply(CONTRACT, {name: {key.replace("_", "-"): value for key, value in wish.items()}})
    return next(field for field in contract.inputs if field.name == name)


def test_wishes_that_suit_their_fields() -> None:
    age = _apply("age", minimum=18, range="refuse", default=30)
    assert (age.minimum, age.maximum, age.range, age.may_be_absent, age.absent) == (18, 80, "refuse", True, 30)
    pay = _apply("pay", nullable=True, required=False)
    assert (pay.nullable, pay.may_be_absent, pay.absent) == (True, True, None)
    plan = _apply("plan", categories=["a", "b", "c"], max_length=5, pattern="[a-z]+")
    assert (plan.categories, plan.length, plan.pattern) == (("a", "b", "c"), 5, "[a-z]+")
    assert _apply("size", categories=["S"]).categories == ("S",)
    assert _apply("when", maximum="2030-01-01").maximum == "2030-01-01"
    assert _apply("term", maximum="P30D").maximum == "P30D"
    for field in (age, pay, plan):
        assert Input.from_json(field.to_json()) == field


@pytest.mark.parametrize(
    ("name", "wish", "said"),
    [
        ("age", {"minimum": "2020-01-01"}, "`minimum`"),
        ("plan", {"maximum": 5}, "`maximum`"),
        ("vip", {"minimum": 0}, "`minimum`"),
        ("when", {"minimum": 5}, "`minimum`"),
        ("when", {"minimum": "soon"}, "`minimum`"),
        ("term", {"minimum": "2020-01-01"}, "`minimum`"),
        ("age", {"max_length": 5}, "`max-length`"),
        ("age", {"pattern": "x"}, "`pattern`"),
        ("plan", {"categories": [1]}, "`categories`"),
        ("age", {"categories": ["x"]}, "`categories`"),
        ("size", {"categories": ["S", "XL"]}, "`categories`"),
        ("age", {"nullable": True}, "no null"),
        ("age", {"minimum": 90}, "`minimum`"),
        ("when", {"minimum": "2025-01-01"}, "`minimum`"),
        ("age", {"required": False}, "nullable = true"),
        ("age", {"default": "x"}, "`default`"),
        ("age", {"default": 5, "range": "refuse"}, "`default`"),
        ("note", {"default": "A1", "pattern": "[a-z]+"}, "`default`"),
    ],
)
def test_wishes_that_do_not(name: str, wish: dict[str, Any], said: str) -> None:
    with pytest.raises(CaptureError, match=f"tool.nbforge.inputs.{name}") as caught:
        _apply(name, **wish)
    assert (caught.value.exit, caught.value.code, caught.value.name) == (2, "unsuitable-policy", name)
    assert said in str(caught.value)


def test_a_typing_error_is_told_from_a_wish_without_effect() -> None:
    with pytest.raises(CaptureError, match="Did you mean `plan`"):
        wished.apply(CONTRACT, {"plann": {}})
    _, without = wished.apply(CONTRACT, {"spare": {"range": "refuse"}, "row": {}, "age": {}})
    assert len(without) == 2
    assert "spare" in without[0]


def test_what_is_private_has_to_be_a_field() -> None:
    names = [field.name for field in CONTRACT.inputs]
    assert wished.private(CONTRACT, names[:1]) == names[:1]
    with pytest.raises(CaptureError) as refused:
        wished.private(CONTRACT, [names[0] + "x"])
    assert (refused.value.exit, refused.value.code) == (2, "unknown-input")
    assert f"`{names[0]}`" in refused.value.remedy
