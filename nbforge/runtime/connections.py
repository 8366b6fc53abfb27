"""uvicorn's HTTP connection, made tough: bounds on what a client may send, take and occupy, and cheap refusals.

Bounds are in bytes, in numbers and in seconds (:class:`Limits`). Seconds are looked after by one sweep over all
connections, not by a timer for each request.
"""

from __future__ import annotations

import asyncio
import functools
import math
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from nbforge.runtime.problems import Refusal, overload_refusal
from nbforge.runtime.routes import CROWDED, Front, fields, problem

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100

_LINGER_SECONDS = 2.0
"""How long a client may still send after its last answer: closing at once would reset the connection, and the answer
would be lost.
"""
_QUIET_SECONDS = 0.3
_FRAMING = 8
"""Bytes of framing that a byte of a body may have: chunks of one byte have five."""
_KNOWN_HEAD_BYTES = 1024
"""Longest head that is remembered for cheap refusals; a longer one takes the ordinary way."""
_ROUTE = "/predict"
_START = f"POST {_ROUTE} HTTP/1.1\r\n".encode()
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*\r\n", re.IGNORECASE)
_SPECIAL = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade|connection:[ \t]*(?!keep-alive\r))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the head of a request, and for its body or for taking an answer; and connections at a time."""

    head: float
    body: float
    connections: int


class Connection(HttpToolsProtocol):
    """One client's connection. A subclass of :func:`of` says what it serves."""

    front: ClassVar[Front]
    limits: ClassVar[Limits]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline = float("inf")
        self._reading = self._in_body = False
        self._overhead = self._body_bytes = 0
        self._broken = HTTPStatus.BAD_REQUEST
        self._task: asyncio.Task[None] | None = None
        self._ended = False
        self._quiet = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See uvicorn; one connection too many is told so."""
        super().connection_made(transport)
        self._deadline = time.monotonic() + self.timeout_keep_alive
        if len(self.connections) > self.limits.connections:
            self.front.metrics.rejected.labels("connections").inc()
            self._end(overload_refusal(1, "Too many connections; try again."))

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn; work whose client has gone is not done."""
        super().connection_lost(exc)
        if self._task is not None and self._answering():
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """See uvicorn; while there is no room a whole request is answered unparsed, and its connection stays."""
        if self._ended:
            return
        if not self._reading and data.startswith(_START) and self._refused(data):
            return
        self._overhead += len(data)
        super().data_received(data)
        if self._reading and self._overhead > MAX_HEAD_BYTES + _FRAMING * self._body_bytes:
            self._end(Refusal(431, f"The head of a request may have {MAX_HEAD_BYTES} bytes."))

    def on_message_begin(self) -> None:
        """See uvicorn."""
        super().on_message_begin()
        self._reading, self._in_body = True, False
        self._overhead = self._body_bytes = 0
        self._deadline = time.monotonic() + self.limits.head

    def on_header(self, name: bytes, value: bytes) -> None:
        """See uvicorn; too many headers end the parsing."""
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            self._broken = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._in_body = True
        self._deadline = time.monotonic() + self.limits.body
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        self._overhead -= len(body)
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """See uvicorn; now it is the service's turn."""
        self._reading = False
        self._deadline = float("inf")
        super().on_message_complete()

    def pause_writing(self) -> None:
        """See uvicorn; an answer has to be taken in time."""
        self._deadline = time.monotonic() + self.limits.body
        super().pause_writing()

    def resume_writing(self) -> None:
        """See uvicorn."""
        self._deadline = float("inf")
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, in its own format
        """A request that cannot be parsed, as problem details."""
        if self._broken == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            self._end(Refusal(431, f"A request may have {MAX_HEADERS} headers."))
        else:
            self._end(Refusal(400, "This is no HTTP request that can be read."))

    def overdue(self, now: float) -> None:
        """Called now and then: end a connection whose time is over."""
        if now < self._deadline or self.transport.is_closing():
            return
        if self._ended or self.flow.write_paused:
            self.transport.abort()
        elif self._reading and not (self._in_body and self.cycle.response_complete):
            self._end(Refusal(408, "The request did not come in time."))
        else:
            self.transport.close()

    def finish(self, now: float) -> None:
        """Called again and again once nobody is let in any more: close when nothing has come for a moment. Who has just
        connected may still ask.
        """
        if not self._ended and not self.idle():
            self._quiet = 0.0
        elif not self._quiet:
            self._quiet = now
        elif now - self._quiet > _QUIET_SECONDS:
            self.transport.close()

    def shutdown(self) -> None:
        """See uvicorn, which would close here what :meth:`finish` has waited for."""

    def idle(self) -> bool:
        """Whether nothing is under way: no request half read, none unanswered."""
        return not self._reading and not self._answering()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn types it as never None
        return cycle is not None and not cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        task = self._task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _refused(self, data: bytes) -> bool:
        """Whether this was one whole request, and was turned away."""
        seconds = self.front.gate.refusal()
        if not seconds or not self.idle() or self.front.draining:
            return False
        end = data.find(b"\r\n\r\n") + 4
        if not 4 <= end <= _KNOWN_HEAD_BYTES or len(data) != end + _body_bytes(data[:end]):
            return False
        self.transport.write(_crowded(math.ceil(seconds)))
        self.front.count_refused(_ROUTE)
        self._unset_keepalive_if_required()
        self._deadline = time.monotonic() + self.timeout_keep_alive
        return True

    def _end(self, refusal: Refusal) -> None:
        """Answer, and take nothing more; the client closes, or the sweep does."""
        self._ended = True
        begun = self._answering() and self.cycle.response_started
        if self._answering():
            self.cycle.disconnected = True
        if self._task is not None:
            self._task.cancel()
        if not begun:
            self.transport.write(_whole(refusal, closes=True))
        self.transport.write_eof()
        self._deadline = time.monotonic() + _LINGER_SECONDS


@functools.lru_cache(maxsize=64)
def _crowded(seconds: int) -> bytes:
    return _whole(overload_refusal(seconds, CROWDED))


@functools.lru_cache(maxsize=256)
def _body_bytes(head: bytes) -> int:
    """How long the body is by this head, where nothing in it asks for more than an answer; else -1. A client's heads
    are alike.
    """
    length = _LENGTH.search(head, 0, len(head) - 2)
    return -1 if length is None or _SPECIAL.search(head, 0, len(head) - 2) else int(length[1])


def _whole(refusal: Refusal, *, closes: bool = False) -> bytes:
    """An answer as it goes over the wire."""
    reply = problem(refusal)
    lines = [name + b": " + value + b"\r\n" for name, value in fields(reply, closes=closes)]
    return b"".join([STATUS_LINE[reply.status], *lines, b"\r\n", reply.body])


def of(front: Front, limits: Limits) -> type[Connection]:
    """The connections of one service."""
    return type("ServiceConnection", (Connection,), {"front": front, "limits": limits})
