"""Requests have ids, in answers and logs; their stages are timed."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nbforge.runtime import identity
from nbforge.runtime.logs import LOGGER, JsonFormatter
from nbforge.runtime.settings import Settings
from tests.runtime_service.conftest import Running, running
from tests.support import bundles

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
LOAN = {"amount": 13.0, "months": 12, "start": "2025-06-01T00:00:00"}


@pytest.mark.parametrize(
    ("sent", "request_id", "trace"),
    [
        ({"x-request-id": "a.B-3:4/5"}, "a.B-3:4/5", ""),
        ({"x-request-id": "mine", "traceparent": PARENT}, "mine", TRACE),
        ({"traceparent": PARENT}, TRACE, TRACE),
        ({"traceparent": PARENT.replace("00-", "cc-", 1) + "-more"}, TRACE, TRACE),
        ({"traceparent": PARENT.replace("00-", "ff-", 1)}, "", ""),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, "", ""),
        ({"x-request-id": 'a" b'}, "", ""),
        ({"x-request-id": "x" * 129}, "", ""),
        ({}, "", ""),
    ],
)
def test_what_is_well_formed_is_honoured(sent: dict[str, str], request_id: str, trace: str) -> None:
    found = identity.read((name.encode(), value.encode()) for name, value in sent.items())
    assert found.trace == trace
    if request_id:
        assert found.request == request_id
    else:
        assert re.fullmatch("[0-9a-f]{32}", found.request)


def test_every_answer_names_its_request(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    for path in ("/health/live", "/nowhere", "/v2/nowhere", "/model/drift"):
        assert houses.http.get(path, headers={"X-Request-Id": "one"}).headers["x-request-id"] == "one"
    made = {houses.http.get("/health/live").headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3


def test_log_lines_have_ids_and_no_data(tmp_path: Path) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonFormatter().format(record))

    root = bundles.build("loan", tmp_path / "bundle")
    handler = Keep()
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        with running(root, Settings(access_log=True)) as service:
            answer = service.predict(LOAN, headers={"traceparent": PARENT, "X-Request-Id": "q-1"})
        assert answer.status_code == 500
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(logging.NOTSET)
    own = [line for line in map(json.loads, lines) if line.get("request_id") == "q-1"]
    raised, answered = own
    assert raised["error"] == "KeyError"
    assert (answered["event"], answered["method"], answered["route"]) == ("request", "POST", "/predict")
    assert (answered["status"], raised["trace_id"], answered["trace_id"]) == (500, TRACE, TRACE)
    assert answered["seconds"] > 0
    assert "unlucky" not in str(own)
    assert "2025" not in str({**answered, "time": ""})


def test_stages_are_timed(service: Callable[[str], Running]) -> None:
    houses = service("houses")

    def counts() -> dict[str, float]:
        series = 'nbforge_stage_duration_seconds_count{{stage="{}"}}'
        stages = ("parse", "validate", "queue", "predict", "encode")
        return {stage: houses.metric(series.format(stage)) for stage in stages}

    before = counts()
    assert houses.predict({"area": 1.0, "rooms": 1.0, "age": 1.0}).status_code == 200
    assert houses.predict({"area": 1.0, "rooms": 1.0}).status_code == 422
    after = counts()
    assert after["parse"] - before["parse"] == 2
    assert after["encode"] - before["encode"] == 1
    assert after["predict"] - before["predict"] == 1


def test_processes_that_part_make_different_names() -> None:
    identity.made()
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.write(writes, identity.made().request.encode("ascii"))
        os._exit(0)
    os.waitpid(child, 0)
    names = [os.read(reads, 64).decode("ascii"), *(identity.made().request for _ in range(600))]
    os.close(reads)
    os.close(writes)
    assert len(set(names)) == 601
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
