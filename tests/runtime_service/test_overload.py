"""More than can be served, and clients that misbehave: bounded, and told so at once."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbforge.runtime.admission import Gate
from nbforge.runtime.answers import Answers
from nbforge.runtime.batching import Batcher
from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles

SECONDS = 0.2


@pytest.fixture
def slow(tmp_path: Path, serve: Serve) -> Callable[..., Running]:
    """A service whose every call takes :data:`SECONDS`."""
    code = f"import time\n\n\ndef predict(x: float):\n    time.sleep({SECONDS})\n    return x\n"
    entry = {"form": "function", "name": "predict", "passes": "scalars", "features": None, "columns": None}
    contract = {
        "protocol": 1,
        "task": "regression",
        "inputs": [{"name": "x", "dtype": "float64", "required": True, "nullable": False}],
        "outputs": [{"name": "y", "kind": "number", "dtype": "float64", "classes": None}],
        "frame": {"kind": "scalars"},
        "examples": [{"x": 0.0}],
    }
    manifest = {"entry": entry, "form": "function", "rowwise": False}
    root = bundles.write(tmp_path / "slow", "slow", contract, code, {}, manifest)
    return lambda **settings: serve(root, **settings)


@contextlib.contextmanager
def connection(running: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as client:
        yield client


def request(x: float, *more: str) -> bytes:
    body = json.dumps({"x": x}).encode()
    head = ["POST /predict HTTP/1.1", "Host: here", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *more, "", ""]).encode() + body


def answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    file = client.makefile("rb")
    status = int(file.readline().split()[1])
    fields = dict(line.decode().strip().split(": ", 1) for line in iter(file.readline, b"\r\n"))
    return status, fields, file.read(int(fields["content-length"]))


def test_who_would_wait_too_long_is_told_at_once_when_to_come_again(slow: Callable[..., Running]) -> None:
    running = slow(max_wait_seconds=0)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(running)) for _ in range(8)]
        for client in clients:
            client.sendall(request(1))
            time.sleep(0.01)
        started = time.monotonic()
        status, fields, body = answer(clients[-1])
        assert time.monotonic() - started < SECONDS
        assert (status, fields["retry-after"], fields["content-type"]) == (503, "1", "application/problem+json")
        assert json.loads(body)["title"] == "Service Unavailable"
        codes = [answer(client)[0] for client in clients[:-1]]
        assert codes[:2] == [200, 200]
        clients[-1].sendall(request(2))
        assert answer(clients[-1])[0] == 200, "the connection of a refused request stays"
    refused = 1 + codes.count(503)
    assert running.metric('nbforge_rejected_total{reason="overload"}') == refused
    assert running.metric('nbforge_requests_total{code="503",route="/predict"}') == refused


def test_health_is_answered_whatever_the_load(slow: Callable[..., Running]) -> None:
    running = slow(max_wait_seconds=0)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(running.predict, {"x": 1}) for _ in range(8)]
        assert running.http.get("/health/live").status_code == 200
        assert not answers[0].done() or not answers[1].done()


def test_work_that_cannot_be_done_in_time_is_not_begun(slow: Callable[..., Running]) -> None:
    running = slow()
    hurried = {"x-request-timeout-ms": str(int(SECONDS * 500))}
    assert running.predict({"x": 1}, headers=hurried).status_code == 503
    assert running.metric("nbforge_rows_total") == 0
    assert running.metric('nbforge_rejected_total{reason="deadline"}') == 1
    assert running.predict({"x": 1}, headers={"x-request-timeout-ms": "5000"}).status_code == 200
    assert running.predict({"x": 1}, headers={"x-request-timeout-ms": "soon"}).status_code == 400


def test_work_whose_client_has_gone_is_dropped(slow: Callable[..., Running]) -> None:
    running = slow()
    with connection(running) as first:
        first.sendall(request(1))
        time.sleep(SECONDS / 4)
        with connection(running) as gone:
            gone.sendall(request(2))
            time.sleep(SECONDS / 4)
        assert answer(first)[0] == 200
    assert running.predict({"x": 3}).status_code == 200
    assert running.metric("nbforge_rows_total") == 2
    assert running.metric('nbforge_requests_total{code="499",route="/predict"}') == 1
    assert running.metric("nbforge_requests_in_progress") == 1


def test_bodies_that_are_held_together_are_bounded(slow: Callable[..., Running]) -> None:
    running = slow(max_body_bytes=10_000, max_held_bytes=15_000)
    padded = json.dumps({"x": 1}).encode().ljust(9_000)
    head = f"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Length: {len(padded)}\r\n\r\n".encode()
    with connection(running) as first, connection(running) as second:
        first.sendall(head + padded[:10])
        time.sleep(0.05)
        second.sendall(head + padded)
        status, fields, _ = answer(second)
        assert (status, "retry-after" in fields) == (503, True)
        first.sendall(padded[10:])
        assert answer(first)[0] == 200
        second.sendall(request(1))
        assert answer(second)[0] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(101)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000_000, 431),
        (b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 1_000_000, 431),
        (b"BREW coffee\r\n\r\n", 400),
        (b"GET /health/live HTTP/1.1\r\nX: half a he", 408),
        (b"POST /predict HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf a bo", 408),
    ],
)
def test_requests_that_are_too_much_or_too_slow(slow: Callable[..., Running], sent: bytes, status: int) -> None:
    running = slow(head_seconds=0.3, body_seconds=0.3)
    with connection(running) as client:
        with contextlib.suppress(OSError):
            client.sendall(sent)
        got, fields, body = answer(client)
        assert (got, fields["connection"], json.loads(body)["status"]) == (status, "close", status)
        assert client.recv(1) == b""
    assert running.predict({"x": 1}).status_code == 200


def test_who_has_his_answer_and_goes_on_sending_gets_no_second_one(slow: Callable[..., Running]) -> None:
    running = slow(body_seconds=0.3, api_keys=("0123456789abcdef",))
    with connection(running) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf a bo")
        assert answer(client)[0] == 401
        assert client.recv(1) == b""


def test_a_silent_connection_is_closed(slow: Callable[..., Running]) -> None:
    running = slow(idle_seconds=0.2)
    with connection(running) as client:
        assert client.recv(1) == b""


def test_one_connection_too_many_is_told_so(slow: Callable[..., Running]) -> None:
    running = slow(max_connections=3)
    assert running.http.get("/health/live").status_code == 200
    with connection(running) as first, connection(running) as second, connection(running) as third:
        third.sendall(request(1))
        assert answer(third)[0] == 503
        assert third.recv(1) == b""
        for client in (first, second):
            client.sendall(request(1))
            assert answer(client)[0] == 200
    assert running.metric('nbforge_rejected_total{reason="connections"}') == 1


def test_a_crowd_may_come_but_not_stand() -> None:
    batcher = Batcher(
        lambda _, n: Answers((0,) * n),
        admit=lambda *_: None,
        observe=lambda *_: None,
        waited=lambda _: None,
        merge=True,
        max_rows=1000,
        max_queue_rows=1000,
        max_wait=2.0,
    )
    batcher.cost.note(1, 0.001)
    gate = Gate(batcher)
    for _ in range(200):
        assert gate.refusal() == 0
        gate.enter()
    time.sleep(0.1)
    assert gate.refusal() >= 1
    for _ in range(100):
        gate.leave()
    assert gate.refusal() >= 1, "still more than are served at a time"
    for _ in range(60):
        gate.leave()
    assert gate.refusal() == 0
