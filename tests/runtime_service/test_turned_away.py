"""Whoever is turned away, even before a route saw the request, is given its id, counted, and told to the log."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbforge.runtime.identity import Identity
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.logs import LOGGER, JsonFormatter
from nbforge.runtime.rejections import Rejections
from nbforge.runtime.series import Counter
from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles
from tests.support.wire import answer, connection, request

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01"
MADE = re.compile("[0-9a-f]{32}")
MINE = b"X-Request-Id: mine\r\n"


@pytest.fixture
def slow(tmp_path: Path, serve: Serve) -> Callable[..., Running]:
    code = "import time\n\n\ndef predict(x: float):\n    time.sleep(0.2)\n    return x\n"
    root = bundles.of_a_number(tmp_path / "slow", code, rowwise=False)
    return lambda **settings: serve(root, **settings)


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What the log says of those who were turned away, as it comes."""
    found: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = json.loads(JsonFormatter().format(record))
            if line.get("event") == "rejected":
                found.append(line)

    handler = Keep()
    LOGGER.addHandler(handler)
    yield found
    LOGGER.removeHandler(handler)


@pytest.mark.parametrize(
    ("sent", "status", "reason", "route"),
    [
        (b"GET / HTTP/1.1\r\n" + MINE + b"X: 1\r\n" * 101 + b"\r\n", 431, "head_size", "other"),
        (b"GET / HTTP/1.1\r\n" + MINE + b"X: " + b"x" * 1_000_000, 431, "head_size", "other"),
        (b"GET / HTTP/1.1\r\n" + MINE + b"X: 1\r\nno field\r\n\r\n", 400, "malformed", "other"),
        (b"GET /health/live HTTP/1.1\r\n" + MINE + b"X: half a he", 408, "timeout", "other"),
        (b"POST /predict HTTP/1.1\r\n" + MINE + b"Content-Length: 100\r\n\r\nhalf a bo", 408, "timeout", "/predict"),
        (
            b"POST /predict HTTP/1.1\r\n" + MINE + b"Content-Length: 60\r\n\r\n" + 60 * b"x",
            413,
            "body_size",
            "/predict",
        ),
    ],
)
def test_the_id_that_was_read_comes_back_and_is_logged(
    slow: Callable[..., Running], lines: list[dict[str, Any]], sent: bytes, status: int, reason: str, route: str
) -> None:
    running = slow(head_seconds=0.3, body_seconds=0.3, max_body_bytes=50)
    with connection(running.port) as client:
        with contextlib.suppress(OSError):
            client.sendall(sent)
        got, fields, _ = answer(client)
        assert (got, fields["x-request-id"]) == (status, "mine")
    assert running.metric(f'nbforge_rejected_total{{reason="{reason}"}}') == 1
    assert running.metric(f'nbforge_requests_total{{code="{status}",route="{route}"}}') == 1
    assert running.metric(f'nbforge_requests_total{{code="499",route="{route}"}}') == 0
    assert _until_there(lines) == [(reason, status, 1, "mine")]


def test_who_brings_no_id_is_given_one(slow: Callable[..., Running], lines: list[dict[str, Any]]) -> None:
    running = slow(max_connections=2)
    assert running.http.get("/health/live").status_code == 200
    with connection(running.port), connection(running.port) as third:
        status, fields, _ = answer(third)  # it has asked nothing, and is in the way
    assert status == 503
    assert MADE.fullmatch(fields["x-request-id"])
    assert running.metric('nbforge_requests_total{code="503",route="other"}') == 1
    assert _until_there(lines) == [("connections", 503, 1, fields["x-request-id"])]


def test_a_crowd_is_refused_by_name(slow: Callable[..., Running], lines: list[dict[str, Any]]) -> None:
    running = slow(max_wait_seconds=0)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(running.port)) for _ in range(6)]
        for client in clients[:3]:
            client.sendall(request(1))
            time.sleep(0.01)
        for client, more in zip(clients[3:], (["x-request-ID:  mine "], [PARENT], []), strict=True):
            client.sendall(request(1, *more))
        refused = [answer(client) for client in clients[3:]]
    assert [status for status, _, _ in refused] == [503] * 3
    named, traced, made = [fields["x-request-id"] for _, fields, _ in refused]
    assert (named, traced) == ("mine", TRACE)
    assert MADE.fullmatch(made)
    assert traced != made
    assert running.metric('nbforge_rejected_total{reason="overload"}') in {3, 4}
    assert _until_there(lines)[0][:2] == ("overload", 503)


def _until_there(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    end = time.monotonic() + 10
    while not lines and time.monotonic() < end:
        time.sleep(0.02)
    return [tuple(line[key] for key in ("reason", "status", "times", "request_id")) for line in lines]


def test_a_flood_is_no_flood_of_lines(lines: list[dict[str, Any]]) -> None:
    rejections = Rejections(Counter(Ledger(), "turned_away", "", ("reason",)))

    def turn_away(reason: str, *names: str) -> None:
        for name in names:
            rejections.note(reason, 503, Identity(name))

    turn_away("overload", "a", "b", "c")
    rejections.tell(100.0)
    turn_away("overload", "d", "e")
    turn_away("deadline", "f")
    rejections.tell(100.5)
    rejections.tell(109.0)
    told = _until_there(lines)
    assert told == [("overload", 503, 3, "c"), ("deadline", 503, 1, "f")]
    rejections.tell(110.0)
    rejections.tell(130.0)
    assert _until_there(lines)[2:] == [("overload", 503, 2, "e")]
