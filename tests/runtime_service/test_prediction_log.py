"""The prediction log: what is in it, what is not, and that nothing depends on it."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from nbforge.runtime.answers import Answers
from nbforge.runtime.following.predictionlog import MOST_WAITING_ROWS, Place, PredictionLog, _Files
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.series import Counter
from nbforge.runtime.settings import Settings
from tests.runtime_service.conftest import running
from tests.support import bundles

RECORD = {"bill_length": 47.0, "body_mass": 5000, "island": "Biscoe", "banded": True}


def _lines(directory: Path) -> list[dict[str, Any]]:
    files = sorted(directory.glob("*.ndjson"))
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]


def _log(directory: Path, max_bytes: int = 1 << 20) -> tuple[PredictionLog, Ledger]:
    ledger = Ledger()
    return PredictionLog(Place(directory, max_bytes, 3), (), Counter(ledger, "dropped", ""), ledger.number), ledger


def _put(log: PredictionLog, request: str, n: int = 1) -> None:
    log.put(request, {"x": [1.5] * n}, n, Answers((2.5,) * n))


def test_each_row_is_a_line_with_its_request_and_without_private_fields(tmp_path: Path) -> None:
    root = bundles.build("penguins", tmp_path / "bundle", private=["island"])
    directory = tmp_path / "made" / "here"
    with running(root, Settings(prediction_log=str(directory))) as service:
        answers = service.predict({"records": [RECORD, RECORD]}, headers={"X-Request-Id": "a/1"}).json()
        service.predict({"records": [{**RECORD, "island": "nowhere"}]})
    first, second = _lines(directory)
    assert (first["request_id"], first["row"], second["row"]) == ("a/1", 0, 1)
    assert first["inputs"] == {name: value for name, value in RECORD.items() if name != "island"}
    assert first["prediction"] == answers["predictions"][0]
    assert first["probabilities"] == answers["probabilities"][0]
    assert first["time"].endswith("+00:00")


def test_files_take_turns_and_are_bounded(tmp_path: Path) -> None:
    log, ledger = _log(tmp_path, max_bytes=2048)
    for number in range(100):
        _put(log, f"request-{number}")
        if number % 10 == 9:
            log.stop()
    files = sorted(tmp_path.glob("*.ndjson"))
    assert len(files) == 3
    assert all(path.stat().st_size <= 2048 for path in files)
    assert [line["request_id"] for line in _lines(tmp_path)][-10:] == [f"request-{at}" for at in range(90, 100)]
    assert ledger.totals()["dropped",] == [0]


def test_what_cannot_be_written_is_counted_and_hinders_nobody(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("no directory")
    root = bundles.build("houses", tmp_path / "bundle")
    with running(root, Settings(prediction_log=str(occupied))) as service:
        for _ in range(5):
            assert service.predict({"area": 1.0, "rooms": 1.0, "age": 1.0}).status_code == 200
        end = time.monotonic() + 10
        while service.metric("nbforge_prediction_log_dropped_total") < 5 and time.monotonic() < end:
            time.sleep(0.01)
        assert service.metric("nbforge_prediction_log_dropped_total") == 5


def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    log, ledger = _log(tmp_path)
    name = f"predictions-{socket.gethostname()}-0-"
    # Numbers rise by one: the next file is a device that is always full.
    (tmp_path / f"{name}000004.ndjson").touch()
    files = _Files(Place(tmp_path, 1 << 20, 3), name)
    assert files.write([b"{}\n"])
    files._file = os.open("/dev/full", os.O_WRONLY)
    assert not files.write([b"{}\n"])
    assert not files.write([b"{}\n"]), "for a second nothing is tried"
    files._retry_at = 0
    assert files.write([b"{}\n"])
    assert [path.stem[-6:] for path in sorted(tmp_path.iterdir())] == ["000004", "000005", "000006"]
    _put(log, "after", 2)
    log.stop()
    assert [line.get("request_id") for line in _lines(tmp_path)] == [None, None, "after", "after"]
    assert ledger.totals()["dropped",] == [0]


def test_more_than_may_wait_is_dropped_at_once(tmp_path: Path) -> None:
    log, ledger = _log(tmp_path)
    _put(log, "large", MOST_WAITING_ROWS + 1)
    assert ledger.totals()["dropped",] == [MOST_WAITING_ROWS + 1]
    assert not list(tmp_path.iterdir())
