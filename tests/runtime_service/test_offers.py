"""A client may offer another protocol (Java's does, with every first request) and is served in this one."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles
from tests.support.wire import answer, connection, request

OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQBAAAAAAIAAAAA")
HEAD = "\r\n".join(["POST /predict HTTP/1.1", "Host: here", *OFFER, ""]).encode()


@pytest.fixture
def running(tmp_path: Path, serve: Serve) -> Running:
    return serve(bundles.of_a_number(tmp_path / "same", "def predict(x: float):\n    return x\n"))


def prediction(client: socket.socket) -> float:
    status, _, body = answer(client)
    assert status == 200, body
    return json.loads(body)["predictions"][0]  # type: ignore[no-any-return]


def whole(client: socket.socket, sent: bytes) -> None:
    client.sendall(sent)


def in_pieces(client: socket.socket, sent: bytes) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(sent), 7):
        client.sendall(sent[at : at + 7])


@pytest.mark.parametrize("send", [whole, in_pieces])
def test_the_body_arrives_and_the_connection_stays(
    running: Running, send: Callable[[socket.socket, bytes], None]
) -> None:
    chunked = HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"x":\r\n4\r\n2.5}\r\n0\r\n\r\n'
    with connection(running.port) as client:
        for sent, expected in ((request(1.5, *OFFER), 1.5), (chunked, 2.5), (request(3.5), 3.5)):
            send(client, sent)
            assert prediction(client) == expected


def test_many_at_once_are_answered_in_turn(running: Running) -> None:
    with connection(running.port) as client:
        client.sendall(b"".join(request(float(x), *OFFER) for x in range(300)))
        file = client.makefile("rb")
        for x in range(300):
            assert file.readline().split()[1] == b"200"
            fields = dict(line.decode().strip().split(": ", 1) for line in iter(file.readline, b"\r\n"))
            assert json.loads(file.read(int(fields["content-length"])))["predictions"] == [float(x)]


def test_who_asks_to_close_is_still_heard(running: Running) -> None:
    with connection(running.port) as client:
        client.sendall(request(1.0, "Connection: Upgrade, close", "Upgrade: h2c"))
        assert prediction(client) == 1.0
        assert client.recv(1) == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /predict HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 405),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n", 400),
    ],
)
def test_what_is_no_offer_is_refused(running: Running, sent: bytes, status: int) -> None:
    with connection(running.port) as client:
        client.sendall(sent)
        assert answer(client)[0] == status
    assert running.predict({"x": 1}).status_code == 200
