"""Finding by halves, and comparing pickles, without a kernel."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbforge.soundness import pickles, search


class Trials:
    """Stands for runs: enough is what holds all of some statements. Counts what is really tried."""

    def __init__(self, needed: set[int]) -> None:
        self.needed = needed
        self.tried: set[frozenset[int]] = set()

    def __call__(self, numbers: frozenset[int]) -> bool:
        self.tried.add(numbers)
        return self.needed <= numbers


@given(st.integers(1, 200), st.data())
def test_all_lost_statements_are_found_in_few_runs(count: int, data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=search.MOST))
    trials = Trials(needed)
    assert set(search.lost([range(count)], trials, lambda: True).statements) == needed
    assert len(trials.tried) <= 2 + len(needed) * (2 + math.ceil(math.log2(count + 1)))


@given(st.sets(st.integers(0, 99), min_size=1, max_size=8))
def test_suspects_that_are_enough_spare_the_others(suspects: set[int]) -> None:
    trials = Trials({min(suspects)})
    assert search.lost([sorted(suspects), range(100)], trials, lambda: True).statements == (min(suspects),)
    assert all(tried <= suspects for tried in trials.tried)


def test_wrong_suspects_do_not_mislead() -> None:
    assert search.lost([[3, 4], range(20)], Trials({17}), lambda: True).statements == (17,)


def test_nothing_is_named_where_nothing_helps() -> None:
    assert search.lost([[], range(20)], Trials({99}), lambda: True) == search.Lost()


def test_impatience_names_what_is_left() -> None:
    left = iter([True, True, True])
    found = search.lost([range(64)], Trials({40}), lambda: next(left, False))
    assert not found.statements
    assert 40 in found.among
    assert len(found.among) == 16


class Model:
    """What a notebook would define."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.me = self


def looked_at(model: Model) -> Model:
    """With what a library's object notes when it is shown."""
    model.__dict__["figures"] = [1, 2]
    return model


class Bag(dict[str, Any]):
    """A dict with a class of its own."""


SHARED = [1.0, math.nan]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ([SHARED, SHARED], [SHARED, [1.0, math.nan]], True),
        ([SHARED, SHARED], [SHARED, [1.0, 2.0]], False),
        (Model(SHARED, SHARED), Model(SHARED, list(SHARED)), True),
        (Model(1), Model(True), False),
        (looked_at(Model(1)), Model(1), True),
        (Model(1), looked_at(Model(1)), False),
        (looked_at(Model(2)), Model(1), False),
        (Model(0.0), Model(-0.0), False),
        (Bag(a=SHARED, b=SHARED), Bag(a=list(SHARED), b=SHARED), True),
        (Bag(a=1), Bag(a=2), False),
        (Bag(a=1), {"a": 1}, False),
        ((Model, Bag), (Model, Model), False),
    ],
)
def test_pickles_are_equal_where_their_objects_are(left: Any, right: Any, equal: bool, tmp_path: Path) -> None:
    assert _written(tmp_path, [left, right], equal)


def test_a_pickle_runs_nothing(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path(tmp_path, "sprung").write_text, ("x",))

    assert _written(tmp_path, [Trap(), 1], equal=False)
    assert not (tmp_path / "sprung").exists()


def _written(folder: Path, values: Sequence[Any], equal: bool) -> bool:
    files = [folder / "left.pkl", folder / "right.pkl"]
    for path, value in zip(files, values, strict=True):
        path.write_bytes(pickle.dumps(value, 4))
    return pickles.equal(*files) is equal
