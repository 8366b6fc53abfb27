"""Drift, seen from outside: windows of rows that a real service judges."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbforge.runtime.settings import Settings
from tests.runtime_service.conftest import Running, running
from tests.support import bundles

ROWS = 100


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = bundles.build("houses", tmp_path_factory.mktemp("drift") / "bundle")
    with running(root, Settings(drift_window=ROWS)) as service:
        yield service


def _send(service: Running, rng: np.random.Generator, n: int, low: float = 0.0) -> None:
    values = rng.uniform(0, 100, (n, 3))
    values[:, 0] = rng.uniform(low, 100, n)
    records = [dict(zip(("area", "rooms", "age"), row, strict=True)) for row in values.tolist()]
    assert service.predict({"records": records} if n > 1 else records[0]).status_code == 200


def _windows(service: Running, n: int) -> dict[str, Any]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found: dict[str, Any] = service.http.get("/model/drift").json()
        if found["windows"] >= n:
            return found
        time.sleep(0.01)
    raise AssertionError("no window was judged")


def test_windows_tumble_over_single_rows_and_batches(watched: Running) -> None:
    rng = np.random.default_rng(0)
    for n in (1, 1, 30, 67):
        _send(watched, rng, n)
    assert watched.http.get("/model/drift").json()["windows"] == 0
    _send(watched, rng, 3)
    found = _windows(watched, 1)
    assert (found["window_rows"], found["rows_so_far"], found["last"]["rows"]) == (ROWS, 2, ROWS)
    _send(watched, rng, 398)
    found = _windows(watched, 5)
    assert (found["windows"], found["rows_so_far"], found["alarmed_windows"]) == (5, 0, 0)
    fields = {each["field"]: each for each in found["fields"]}
    assert list(fields) == ["area", "rooms", "age", "prediction"]
    for each in fields.values():
        assert not each["alarm"]
        assert each["score"] < 1
        assert len(each["bins"]) == len(each["baseline"]) == len(each["window"])
        assert sum(each["window"]) == pytest.approx(1, abs=1e-4)


def test_a_shift_is_an_alarm_of_its_field_and_ends_with_it(watched: Running) -> None:
    rng = np.random.default_rng(1)
    before = _windows(watched, 0)["windows"]
    _send(watched, rng, ROWS, low=50)
    found = _windows(watched, before + 1)
    area = found["fields"][0]
    assert area["alarm"]
    assert area["strongest"] == "location"
    assert area["p_value"] < found["rate"]
    assert watched.metric('nbforge_drift_alarm{field="area"}') == 1
    assert watched.metric('nbforge_drift_score{field="area"}') == pytest.approx(area["score"])
    assert watched.metric('nbforge_drift_alarms_total{field="area"}') == 1
    assert watched.metric("nbforge_drift_alarmed_windows_total") == found["alarmed_windows"] == 1
    assert watched.metric("nbforge_drift_windows_total") == before + 1
    _send(watched, rng, ROWS)
    assert not _windows(watched, before + 2)["fields"][0]["alarm"]
    assert watched.metric('nbforge_drift_alarm{field="area"}') == 0


_PROCESSES = """
import multiprocessing, sys, numpy as np
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.watching.exclusion import Exclusion
from nbforge.runtime.watching.windows import Windows

context = multiprocessing.get_context("fork")
WORKERS, ROWS, EACH = 3, 100, 4000
ledger = Ledger(WORKERS)
cell = ledger.cell(("x",), 1 + WORKERS)
closed = context.SimpleQueue()
windows = Windows(cell, ROWS, WORKERS, Exclusion(), lambda blocks: closed.put(blocks))

def work(worker):
    ledger.take(worker)
    rng = np.random.default_rng(worker)
    left = EACH
    while left:
        n = min(left, int(rng.integers(1, 40)))
        left -= n
        windows.one([1 + worker]) if n == 1 else windows.many([[1 + worker] * n], n)

found = []
workers = [context.Process(target=work, args=(each,)) for each in range(WORKERS)]
for each in workers:
    each.start()
while any(each.is_alive() for each in workers) or not closed.empty():
    if not closed.empty():
        found.append(closed.get().sum(axis=0))
    else:
        workers[0].join(0.01)
total = np.sum(found, axis=0)
assert (cell.everywhere() == [WORKERS * EACH, *[EACH] * WORKERS]).all(), cell.everywhere()
assert (total <= cell.everywhere()).all()
assert total[0] + windows.under_way() == WORKERS * EACH, (total, windows.under_way())
assert all(window[0] >= ROWS for window in found)
assert len(found) > WORKERS * EACH / ROWS / 3, len(found)
print(len(found))
"""


def test_each_row_is_in_one_window_though_three_processes_count() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _PROCESSES], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    print(done.stdout)
