"""More than can be served, and clients that misbehave: bounded, and told so at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nbforge.runtime.admission import Gate
from nbforge.runtime.answers import Answers
from nbforge.runtime.batching import Batcher
from nbforge.runtime.connections import SPARE
from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles
from tests.support.wire import answer, connection, request

SECONDS = 0.2
ROWS = 300_000
"""Whose answer is more than the kernel keeps for a client."""


@pytest.fixture
def slow(tmp_path: Path, serve: Serve) -> Callable[..., Running]:
    """A service whose every call takes :data:`SECONDS`."""
    code = f"import time\n\n\ndef predict(x: float):\n    time.sleep({SECONDS})\n    return x\n"
    root = bundles.of_a_number(tmp_path / "slow", code, rowwise=False)
    return lambda **settings: serve(root, **settings)


def test_who_would_wait_too_long_is_told_at_once_when_to_come_again(slow: Callable[..., Running]) -> None:
    running = slow(max_wait_seconds=0)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(running.port)) for _ in range(8)]
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
    with connection(running.port) as first:
        first.sendall(request(1))
        time.sleep(SECONDS / 4)
        with connection(running.port) as gone:
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
    with connection(running.port) as first, connection(running.port) as second:
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
    with connection(running.port) as client:
        with contextlib.suppress(OSError):
            client.sendall(sent)
        got, fields, body = answer(client)
        assert (got, fields["connection"], json.loads(body)["status"]) == (status, "close", status)
        assert client.recv(1) == b""
    assert running.predict({"x": 1}).status_code == 200


@pytest.mark.parametrize(
    ("length", "settings", "status"),
    [(100, {"max_body_bytes": 50}, 413), (100, {"api_keys": ("0123456789abcdef",)}, 401), (9, {}, 200)],
)
def test_a_body_that_is_not_wanted_is_not_asked_for(
    slow: Callable[..., Running], length: int, settings: dict[str, Any], status: int
) -> None:
    running = slow(**settings)
    head = f"POST /predict HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    with connection(running.port) as client:
        client.sendall(head.encode())
        if status == 200:
            assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.sendall(b'{"x":1.0}')
        got, fields, _ = answer(client)
        assert (got, fields.get("connection")) == (status, None if status == 200 else "close")
        if status != 200:
            assert client.recv(1) == b"", "what follows would be taken for the body"


def test_who_has_his_answer_and_goes_on_sending_gets_no_second_one(slow: Callable[..., Running]) -> None:
    running = slow(body_seconds=0.3, api_keys=("0123456789abcdef",))
    with connection(running.port) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf a bo")
        assert answer(client)[0] == 401
        assert client.recv(1) == b""


def test_a_silent_connection_is_closed(slow: Callable[..., Running]) -> None:
    running = slow(idle_seconds=0.2)
    with connection(running.port) as client:
        assert client.recv(1) == b""


def test_a_crowd_of_silent_connections_is_closed(slow: Callable[..., Running]) -> None:
    running = slow(idle_seconds=0.2)
    with contextlib.ExitStack() as stack:
        for client in [stack.enter_context(connection(running.port)) for _ in range(100)]:
            assert client.recv(1) == b""


def test_where_connections_are_scarce_silent_ones_are_closed_sooner(slow: Callable[..., Running]) -> None:
    running = slow(max_connections=8, head_seconds=1)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(running.port)) for _ in range(3)]
        clients[0].settimeout(2)
        with pytest.raises(TimeoutError):
            clients[0].recv(1)
        clients[0].settimeout(60)
        clients += [stack.enter_context(connection(running.port)) for _ in range(4)]
        assert clients[0].recv(1) == b""
        clients[-1].sendall(request(1))
        assert answer(clients[-1])[0] == 200


def test_a_stray_line_break_keeps_no_connection_open(slow: Callable[..., Running]) -> None:
    running = slow(idle_seconds=0.2)
    with connection(running.port) as client:
        client.sendall(request(1))
        assert answer(client)[0] == 200
        client.sendall(b"\r\n")
        assert client.recv(1) == b""


@pytest.mark.parametrize("more", ["Connection: close", "Connection: keep-alive"])
def test_who_does_not_take_his_answer_is_cut_off(tmp_path: Path, serve: Serve, more: str) -> None:
    root = bundles.of_a_number(tmp_path / "thirds", "def predict(x: float):\n    return x / 3\n")
    running = serve(root, body_seconds=0.5, idle_seconds=0.5, max_rows=ROWS)
    body = json.dumps([{"x": x} for x in range(ROWS)])
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", running.port))
        head = ["POST /predict HTTP/1.1", "Host: here", f"Content-Length: {len(body)}", more, "", ""]
        client.sendall("\r\n".join(head).encode() + body.encode())
        end = time.monotonic() + 20
        while _connections(running) and time.monotonic() < end:
            time.sleep(0.05)
        assert not _connections(running)
        taken = 0
        with contextlib.suppress(ConnectionResetError):
            while part := client.recv(65536):
                taken += len(part)
    assert 0 < taken < 10 * ROWS, "an answer has more than that for each row"
    assert running.metric("nbforge_rows_total") == ROWS


def _connections(running: Running) -> int:
    """Connections that the kernel still holds for the service."""
    lines = [line.split() for line in Path("/proc/self/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(local.endswith(f":{running.port:04X}") and state != "0A" for _, local, _, state, *_ in lines)


def test_one_connection_too_many_is_told_so(slow: Callable[..., Running]) -> None:
    running = slow(max_connections=3)
    assert running.http.get("/health/live").status_code == 200
    with connection(running.port) as first, connection(running.port) as second, connection(running.port) as third:
        third.sendall(request(1))
        assert answer(third)[0] == 503
        assert third.recv(1) == b""
        for client in (first, second):
            client.sendall(request(1))
            assert answer(client)[0] == 200
    assert running.metric('nbforge_rejected_total{reason="connections"}') == 1


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/v2/health/live"])
def test_who_fills_the_connections_does_not_make_it_look_dead(slow: Callable[..., Running], path: str) -> None:
    running = slow(max_connections=2)
    with connection(running.port), connection(running.port), connection(running.port) as probe:
        probe.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        status, fields, _ = answer(probe)
        assert (status, fields["connection"]) == (200, "close")
        assert probe.recv(1) == b""


def test_the_way_for_probes_is_narrow(slow: Callable[..., Running]) -> None:
    running = slow(max_connections=1)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(running.port)) for _ in range(1 + SPARE + 1)]
        assert answer(clients[-1])[0] == 503


def gate(*, merge: bool = True) -> Gate:
    """Before a model that takes a millisecond for a row."""
    batcher = Batcher(
        lambda _, n: Answers((0,) * n),
        admit=lambda *_: None,
        observe=lambda *_: None,
        waited=lambda _: None,
        merge=merge,
        max_rows=1000,
        max_queue_rows=1000,
        max_wait=2.0,
    )
    for rows in (1, 100):
        batcher.cost.note(rows, rows / 1000)
    return Gate(batcher)


def test_a_large_crowd_may_come_but_not_stand() -> None:
    door = gate()
    for _ in range(500):
        assert door.refusal() == 0
        door.enter()
    time.sleep(0.1)
    assert door.refusal() >= 1
    for _ in range(400):
        door.leave()
    assert door.refusal() >= 1, "still more than are served at a time in an overload"
    for _ in range(60):
        door.leave()
    assert door.refusal() == 0


def test_those_whom_one_turn_of_the_loop_reads_know_of_each_other() -> None:
    door = gate()
    for _ in range(500):
        door.enter()
    time.sleep(0.1)
    assert door.refusal() >= 1
    for _ in range(450):
        door.leave()

    async def turns() -> list[int]:
        found = []
        for _ in range(2):
            come = 0
            while not door.refusal():
                door.expect(asyncio.get_running_loop())
                come += 1
            found.append(come)
            await asyncio.sleep(0)
        return found

    assert asyncio.run(turns()) == [46, 46], "in an overload 96 are served at a time"


def test_a_turn_of_the_loop_lets_in_no_more_than_are_answered_in_time() -> None:
    door = gate(merge=False)

    async def turn() -> int:
        come = 0
        while not door.refusal():
            door.expect(asyncio.get_running_loop())
            come += 1
        return come

    assert asyncio.run(turn()) == pytest.approx(2000, rel=0.01), "a millisecond each, two seconds at most"


def test_clients_who_ask_again_and_again_are_no_overload() -> None:
    door = gate()
    for _ in range(256):
        assert door.refusal() == 0
        door.enter()
    for _ in range(4):
        time.sleep(0.05)
        for _ in range(100):
            door.leave()
            assert door.refusal() == 0
            door.enter()


def test_256_clients_in_a_circle_are_all_served(tmp_path: Path, serve: Serve) -> None:
    """Of a cheap model, each asking again at once."""
    bundles.build("houses", tmp_path / "houses")
    houses = serve(tmp_path / "houses", max_wait_seconds=60)
    body = b'{"area":1.0,"rooms":1.0,"age":1.0}'
    ask = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    statuses: Counter[int] = Counter()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(houses.port)) for _ in range(256)]
        for client in clients:
            client.sendall(ask)
        ready = selectors.DefaultSelector()
        for client in clients:
            ready.register(client, selectors.EVENT_READ)
        while statuses.total() < 256 * 20:
            for key, _ in ready.select(10):
                client = key.fileobj  # type: ignore[assignment]
                statuses[answer(client)[0]] += 1
                client.sendall(ask)
    assert set(statuses) == {200}
