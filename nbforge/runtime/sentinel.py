"""Says that the service lives while its workers cannot: a model that keeps Python's lock for seconds (a long regular
expression, a sum of a large range) keeps the event loop from answering, and an orchestrator would end a service that is
only busy.

The sentinel is a process without a model that shares the listening socket. As long as a worker's event loop turns it
touches nothing. When none has turned for a moment it accepts who connects, answers ``/health/live``, and hands every
other connection to the workers, unread. With one worker it is a small process that parts from the service before
anything is loaded; with several, the supervisor does its work.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from typing import Any

from nbforge.runtime.board import Board

_SILENT_SECONDS = 0.3
"""After so long without a turn the workers count as unable to answer."""
_LOST_SECONDS = 60.0
"""After so long they count as lost, and the answer is 503."""
_TICK = 0.1
_HOLD_SECONDS = 10.0
_MOST = 64
_PEEK_BYTES = 8192
_ANSWERS = {b"/health/live": (b'{"status":"live"}', b'{"status":"stuck"}'), b"/v2/health/live": (b'{"live":true}',) * 2}


class Sentinel:
    """Looks after a listening socket for workers who beat on a board; ``to_workers`` takes connections to them."""

    def __init__(self, board: Board, listener: socket.socket, to_workers: socket.socket) -> None:
        self._board, self._to_workers = board, to_workers
        self._listener: socket.socket | None = listener
        self._held: dict[socket.socket, float] = {}
        to_workers.setblocking(False)

    def watch(self, seconds: float, wake: int) -> None:
        """For at most so long, or until ``wake`` can be read, do what is to be done."""
        if self._board.closed and self._listener is not None:
            self._listener.close()
            self._listener = None
        silence = self._board.silence()
        files: list[Any] = [wake, *self._held]
        if silence > _SILENT_SECONDS and self._listener is not None and len(self._held) < _MOST:
            files.append(self._listener)
        readable, _, _ = select.select(files, [], [], min(seconds, _TICK))
        if self._listener in readable:
            self._accept()
        for client in [each for each in readable if each in self._held]:
            self._look(client, silence)
        now = time.monotonic()
        for client in [each for each, end in self._held.items() if silence <= _SILENT_SECONDS or end < now]:
            self._hand_over(client)

    def _accept(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):  # a worker was faster, or nobody listens yet
                client, _ = self._listener.accept()
                client.setblocking(False)
                self._held[client] = time.monotonic() + _HOLD_SECONDS

    def _look(self, client: socket.socket, silence: float) -> None:
        """Answer a question about health; anything else is for the workers, as it was sent."""
        try:
            data = client.recv(_PEEK_BYTES, socket.MSG_PEEK)
        except OSError:
            data = b""
        parts = data.split(b" ", 2)
        if parts[0] not in (b"GET", b"HEAD") or len(parts) < 3 or parts[1] not in _ANSWERS or b"\r\n\r\n" not in data:
            self._hand_over(client)
            return
        lost = silence > _LOST_SECONDS
        body = _ANSWERS[parts[1]][lost]
        head = (
            f"HTTP/1.1 {'503 Service Unavailable' if lost else '200 OK'}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        del self._held[client]
        with client, contextlib.suppress(OSError):
            client.recv(len(data))
            client.sendall(head.encode() + (b"" if parts[0] == b"HEAD" else body))
            client.shutdown(socket.SHUT_WR)

    def _hand_over(self, client: socket.socket) -> None:
        try:
            socket.send_fds(self._to_workers, [b"c"], [client.fileno()])
        except BlockingIOError:
            return  # so many are on their way that this one has to wait
        except OSError:
            pass  # there is nobody to hand it to
        del self._held[client]
        client.close()


class Companion:
    """A sentinel in a process of its own, seen from the service's."""

    def __init__(self) -> None:
        self.board = Board(1)
        self.channel, theirs = socket.socketpair()
        if os.fork() == 0:
            self.channel.close()
            _run(self.board, theirs)
        theirs.close()
        self.channel.setblocking(False)

    def guard(self, listener: socket.socket) -> None:
        """Let it share the listening socket. Without a companion the service serves all the same."""
        with contextlib.suppress(OSError):
            socket.send_fds(self.channel, [b"l"], [listener.fileno()])


def _run(board: Board, channel: socket.socket) -> None:
    """The life of a companion: until the service has ended. Signals are the service's to heed."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        _, files, _, _ = socket.recv_fds(channel, 1, 1)
        if files:
            sentinel = Sentinel(board, socket.socket(fileno=files[0]), channel)
            while not select.select([channel], [], [], 0)[0]:
                sentinel.watch(_TICK, channel.fileno())
    finally:
        os._exit(0)
