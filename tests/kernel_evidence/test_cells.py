"""What a cell is seen to do, in this process's own IPython."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbforge.training.kernel import evidence, lineage
from nbforge.training.kernel.evidence import Evidence

Look = Callable[[str], dict[str, Any]]


@pytest.fixture
def look() -> Look:
    """``look(source)`` runs a cell in one namespace and returns what it was seen to do."""
    namespace: dict[str, Any] = {}
    seen = Evidence(namespace, frozenset({"__builtins__"}))

    def run(source: str) -> dict[str, Any]:
        seen.begin()
        exec(source, namespace)
        return seen.end()

    return run


def test_names(look: Look) -> None:
    assert look("a, b = [1], 2")["bound"] == ["a", "b"]
    again = look("b = 3\na.append(4)\nc = a\nd = 1")
    assert (again["bound"], again["rebound"], again["changed"]) == (["c", "d"], ["b"], ["a"])
    assert again["aliases"] == [["a", "c"]]
    assert look("del d")["deleted"] == ["d"]
    assert not look("a.index(1)")["changed"]


def test_a_change_through_another_name(look: Look) -> None:
    look("import pandas as pd\nframe = pd.DataFrame({'x': [1.0, 2.0]})\nheld = [frame]")
    assert look("held[0]['x'] *= 2")["changed"] == ["frame", "held"]


def test_random_numbers(look: Look) -> None:
    look("import numpy as np, random")
    assert look("np.random.default_rng(1).random()")["drew"] == []
    assert look("np.random.rand()")["drew"] == ["numpy"]
    assert look("random.random()")["drew"] == ["random"]
    assert look("np.random.seed(3); random.seed(3)")["drew"] == ["numpy", "random"]


def test_packages(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seen_for_the_first_time.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert look("import seen_for_the_first_time, json")["imported"] == ["seen_for_the_first_time"]
    assert look("import seen_for_the_first_time")["imported"] == []
    del sys.modules["seen_for_the_first_time"]


def test_digests_hold_no_value(look: Look) -> None:
    found = look("password = 'correct horse battery staple'")
    assert set(found["prints"]) == {"password"}
    assert "horse" not in json.dumps(found)


def test_looking_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: dict[str, Any] = {f"name{at}": list(range(100)) for at in range(300)}
    seen = Evidence(namespace, ())
    began = time.process_time()
    told = []
    for at in range(200):
        seen.begin()
        namespace["name0"] = at
        told.append(seen.end())
    assert time.process_time() - began < 5  # seconds; without a bound it is some twenty
    assert told[-1]["unchecked"]
    assert told[-1]["rebound"] == ["name0"]
    monkeypatch.setattr(evidence, "FREE", 100.0)
    monkeypatch.setattr(evidence, "PASS", 100.0)
    seen.begin()
    namespace["name1"].append(1)
    assert seen.end()["changed"] == ["name1"]


def test_files_of_a_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = lineage.Recorder([], [str(tmp_path)])
    monkeypatch.setattr(lineage, "_recorder", recorder)
    path = tmp_path / "rows.csv"
    recorder.audit("open", (str(path), "w", None))
    path.write_text("a\n1\n")
    assert lineage.recent() == {("written", str(path))}
    for _ in range(2):  # also what this process wrote, and also for the second time
        recorder.audit("open", (str(path), "r", None))
        assert lineage.recent() == {("read", str(path))}
    recorder.audit("socket.connect", (None, ("example.org", 443)))
    assert lineage.recent() == {("hosts", "example.org")}
