"""HTTP as bytes on a socket: what a client library would not send."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def connection(port: int) -> Iterator[socket.socket]:
    """A connection to a service on this host."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        yield client


def request(x: float, *more: str) -> bytes:
    """``POST /predict`` for a model of a number (``bundles.of_a_number``), with more header lines."""
    body = json.dumps({"x": x}).encode()
    head = ["POST /predict HTTP/1.1", "Host: here", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *more, "", ""]).encode() + body


def answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body of the next answer; nothing behind it may have come yet."""
    file = client.makefile("rb")
    status = int(file.readline().split()[1])
    fields = dict(line.decode().strip().split(": ", 1) for line in iter(file.readline, b"\r\n"))
    return status, fields, file.read(int(fields["content-length"]))
