"""Entries of the cache are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbforge.environments import cache
from nbforge.errors import EnvironmentFailure


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBFORGE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_made_once() -> None:
    made: list[Path] = []

    def fill(folder: Path) -> None:
        made.append(folder)
        (folder / "file").write_text("text")

    first = cache.directory("things", "a", fill)
    assert cache.directory("things", "a", fill) == first
    assert (len(made), (first / "file").read_text()) == (1, "text")


def test_a_failure_leaves_nothing(own_cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.directory("things", "a", fail)
    assert list((own_cache / "things").iterdir()) == []


def test_the_first_of_two_wins() -> None:
    def fill(folder: Path) -> None:
        def first(other: Path) -> None:
            (other / "file").write_text("first")

        cache.directory("things", "a", first)
        (folder / "file").write_text("second")

    assert (cache.directory("things", "a", fill) / "file").read_text() == "first"


def test_a_damaged_value_is_made_again(own_cache: Path) -> None:
    assert cache.value("things", "a", lambda: {"n": 1}) == {"n": 1}
    assert cache.value("things", "a", lambda: {"n": 2}) == {"n": 1}
    (own_cache / "things" / "a.json").write_text('{"n":')
    assert cache.value("things", "a", lambda: {"n": 3}) == {"n": 3}


def test_a_full_disk_is_said_plainly() -> None:
    def fail(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(EnvironmentFailure, match="No space left"):
        cache.directory("things", "a", fail)


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NBFORGE_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFailure) as caught:
        cache.value("things", "a", lambda: 1)
    assert caught.value.code == "cache-unwritable"
