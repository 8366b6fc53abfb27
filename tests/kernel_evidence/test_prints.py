"""Digests of values: what changes in place shows, and looking leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbforge.training.kernel.prints import WHOLE, fingerprint


class Holder:
    """An object of the notebook; comparing or showing it would be the user's code."""

    def __init__(self) -> None:
        self.weights = np.arange(4.0)
        self.parts: list[Any] = []

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __repr__(self) -> str:
        raise AssertionError("shown")

    __hash__ = None  # type: ignore[assignment]


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": np.arange(500.0),
            "text": [f"t{at}" for at in range(500)],
            "kind": pd.Categorical(["a", "b"] * 250),
            "day": pd.date_range("2026-01-01", periods=500),
            "maybe": pd.array([1, None] * 250, dtype="Int64"),
        }
    )


def _set(part: str, value: object) -> Callable[[Any], None]:
    def change(held: Any) -> None:
        held.loc[0, part] = value

    return change


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "a cell of numbers": (frame, _set("number", -1.0)),
    "a cell of text": (frame, _set("text", "other")),
    "a category": (frame, _set("kind", "b")),
    "an instant": (frame, _set("day", pd.Timestamp("2000-01-01"))),
    "a nullable integer": (frame, _set("maybe", 9)),
    "a new column": (frame, lambda held: held.insert(0, "more", 1)),
    "a column's name": (frame, lambda held: setattr(held, "columns", ["n", *held.columns[1:]])),
    "the labels of rows": (frame, lambda held: setattr(held, "index", held.index[::-1])),
    "a series": (lambda: pd.Series([1.0, 2.0, 3.0]), lambda held: held.update(pd.Series([9.0]))),
    "an array": (lambda: np.zeros(1000), lambda held: held.fill(1)),
    "a strided array": (lambda: np.zeros((50, 40))[:, ::2], lambda held: held.fill(1)),
    "a long array": (lambda: np.zeros(WHOLE), lambda held: held.fill(1)),
    "a list": (lambda: [1, 2], lambda held: held.append(3)),
    "a list in a dict": (lambda: {"a": [1, 2]}, lambda held: held["a"].append(3)),
    "a set": (lambda: {1, 2}, lambda held: held.add(3)),
    "an attribute": (Holder, lambda held: setattr(held, "weights", None)),
    "an array in an attribute": (Holder, lambda held: held.weights.fill(7)),
    "an object in an object": (Holder, lambda held: held.parts.append(Holder())),
    "a generator": (lambda: np.random.default_rng(0), lambda held: held.random()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_place_shows(name: str) -> None:
    make, change = CHANGES[name]
    value = make()
    before = fingerprint(value)
    assert before is not None
    assert fingerprint(value) == before, "looking changes nothing"
    assert fingerprint(make()) == before, "equal content, equal digest, also in another run"
    change(value)
    assert fingerprint(value) != before


def test_what_refers_to_itself_ends() -> None:
    value: list[Any] = []
    value.append(value)
    assert fingerprint(value) is not None
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    assert fingerprint(deep) is not None


@pytest.mark.parametrize("value", [np, fingerprint, int, len, "text".upper])
def test_code_has_no_digest(value: object) -> None:
    assert fingerprint(value) is None
