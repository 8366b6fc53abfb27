"""The namespace comes back as it was: shared objects shared, functions bound to the live namespace."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbforge.training.kernel import checkpoint
from nbforge.training.kernel.hooks import SESSION

SOURCE = """
import math
base = 10
shared = [1, 2]
other = {'same': shared}
def add(x): return x + base
def twice(x, f=add): return f(f(x))
def counter():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n + base
    return count
count = counter()
count()
class Model:
    scale = 2
    def predict(self, x): return add(x) * self.scale * factor
class Child(Model):
    def predict(self, x): return super().predict(x) + 1
model, child = Model(), Child()
factor = 1
area = lambda r: math.pi * r
bound = model.predict
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
"""


@pytest.fixture
def names() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(SOURCE, namespace)
    return namespace


def back(namespace: dict[str, Any], path: Path, state: Any = None) -> tuple[dict[str, Any], Any]:
    checkpoint.save(namespace, path, (), state)
    restored: dict[str, Any] = {"__name__": "__main__"}
    return restored, checkpoint.restore(path, restored)


def test_functions_see_later_rebindings(names: dict[str, Any], tmp_path: Path) -> None:
    restored, _ = back(names, tmp_path / "c")
    assert restored["add"].__globals__ is restored
    restored["base"], restored["factor"] = 100, 3
    assert restored["twice"](1) == 201
    assert restored["model"].predict(1) == 606
    assert restored["child"].predict(1) == 607
    assert restored["bound"](1) == 606
    assert restored["count"]() == 102
    assert restored["even"](4)


def test_what_was_shared_is_shared(names: dict[str, Any], tmp_path: Path) -> None:
    restored, state = back(names, tmp_path / "c", {"held": names["model"], "list": names["shared"]})
    assert restored["other"]["same"] is restored["shared"] is state["list"]
    assert state["held"] is restored["model"] is restored["bound"].__self__
    assert type(restored["model"]) is restored["Model"]
    assert issubclass(restored["Child"], restored["Model"])
    assert restored["twice"].__defaults__ == (restored["add"],)


def test_what_no_pickle_takes_is_left_out_with_its_reason(names: dict[str, Any], tmp_path: Path) -> None:
    names["lock"] = threading.Lock()
    names["uses"] = eval("lambda: lock", names)
    names["held"] = [names["lock"]]
    names["generator"] = (i for i in range(3))
    saved, unsaved = checkpoint.save(names, tmp_path / "c", {"area"}, None)
    assert set(unsaved) == {"lock", "held", "generator"}
    assert all(unsaved.values())
    assert "uses" in saved
    assert "area" not in saved
    restored: dict[str, Any] = {}
    checkpoint.restore(tmp_path / "c", restored)
    with pytest.raises(NameError, match="lock"):
        restored["uses"]()


def test_a_state_that_does_not_pickle_lacks_only_what_does_not(names: dict[str, Any], tmp_path: Path) -> None:
    state = {
        "lock": threading.Lock(),
        "deep": [{"model": names["model"], "generator": iter(lambda: 0, 1)}],
        "add": names["add"],
    }
    saved, unsaved = checkpoint.save(names, tmp_path / "c", (), state)
    assert set(unsaved) == {SESSION}
    assert "model" in saved
    restored: dict[str, Any] = {}
    back_again = checkpoint.restore(tmp_path / "c", restored)
    assert back_again["deep"][0]["model"] is restored["model"]
    assert back_again["add"] is restored["add"]
    with pytest.raises(LookupError, match="lock"):
        back_again["lock"].acquire()


def test_a_full_disk_leaves_no_file(names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "_settings", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(names, tmp_path / "c", (), None)
    assert list(tmp_path.iterdir()) == []


def test_twice_through_is_the_same(names: dict[str, Any], tmp_path: Path) -> None:
    once, _ = back(names, tmp_path / "a")
    twice, _ = back(once, tmp_path / "b")
    assert twice["model"].predict(1) == names["model"].predict(1)
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), VALUES))
def test_values_come_back_equal(tmp_path: Path, values: dict[str, Any]) -> None:
    restored, _ = back({"__name__": "__main__", **values}, tmp_path / "c")
    assert {name: restored[name] for name in values} == values
