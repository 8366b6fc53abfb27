"""uvicorn's HTTP connection, made tough: bounds on what a client may send, take and occupy, and cheap refusals.

Bounds are in bytes, in numbers and in seconds (:class:`Limits`). Seconds are looked after by one sweep over all
connections, not by a timer for each request.
"""

from __future__ import annotations

import asyncio
import math
import select
import socket
import struct
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from nbforge.runtime import identity, unparsed
from nbforge.runtime.bodies.reading import EXPECTS
from nbforge.runtime.identity import Identity
from nbforge.runtime.offers import OneProtocol
from nbforge.runtime.problems import Refusal, overload_refusal
from nbforge.runtime.routes import CALLER, ENDED, OTHER_ROUTE, Front

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100

_LINGER_SECONDS = 2.0
"""How long a client may still send after its last answer: closing at once would reset the connection, and the answer
would be lost.
"""
SPARE = 64
"""Connections beyond the limit that may ask how the service is: who fills the limit must not make it look dead."""
_SPARE_SECONDS = 1.0
_PROBES = (b"/health/", b"/v2/health/")
_AT_ONCE = struct.pack("ii", 1, 0)
_QUIET_SECONDS = 0.3
_CROWDED = 0.75
"""Of the connections that may be open: beyond it, who asks nothing has less time."""
_FRAMING = 8
"""Bytes of framing that a byte of a body may have: chunks of one byte have five."""
_UNREADABLE = Refusal(400, "This is no HTTP request that can be read.", reason="malformed")
_TOO_MANY = overload_refusal(1, "Too many connections; try again.", "connections")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the head of a request (and for silence, while connections are scarce), and for its body or for taking
    an answer; and connections at a time.
    """

    head: float
    body: float
    connections: int


class Connection(OneProtocol):
    """One client's connection. A subclass of :func:`of` says what it serves."""

    front: ClassVar[Front]
    limits: ClassVar[Limits]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline = float("inf")
        self._reading = self._in_body = False
        self._overhead = self._body_bytes = 0
        self._broken = _UNREADABLE
        self._spare = False
        self._task: asyncio.Task[None] | None = None
        self._served: RequestResponseCycle | None = None
        self._ended = False
        self._quiet = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See uvicorn; one connection too many is told so, unless it only asks how the service is."""
        super().connection_made(transport)
        beyond = len(self.connections) - self.limits.connections
        self._spare = beyond > 0
        self._deadline = time.monotonic() + (_SPARE_SECONDS if self._spare else self.timeout_keep_alive)
        if beyond > SPARE:
            self._end(_TOO_MANY)

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn; work whose client has gone is not done."""
        super().connection_lost(exc)
        self._drop()

    def data_received(self, data: bytes) -> None:
        """See uvicorn; while there is no room a whole request is answered unparsed, and its connection stays."""
        if self._ended:
            return
        if not self._reading and data.startswith(unparsed.START):
            if self._refused(data):
                return
            self.front.gate.expect(self.loop)
        self._overhead += len(data)
        super().data_received(data)
        if self._reading and self._overhead > MAX_HEAD_BYTES + _FRAMING * self._body_bytes:
            self._end(Refusal(431, f"The head of a request may have {MAX_HEAD_BYTES} bytes.", reason="head_size"))

    def on_message_begin(self) -> None:
        """See uvicorn."""
        super().on_message_begin()
        self._reading, self._in_body = True, False
        self._overhead = self._body_bytes = 0
        self._deadline = time.monotonic() + (_SPARE_SECONDS if self._spare else self.limits.head)

    def on_header(self, name: bytes, value: bytes) -> None:
        """See uvicorn; too many headers end the parsing."""
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            self._broken = Refusal(431, f"A request may have {MAX_HEADERS} headers.", reason="head_size")
            raise ValueError

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        if self.will_come_again():
            return
        if self._spare and not self.url.startswith(_PROBES):
            self._broken = _TOO_MANY
            raise ValueError
        self._in_body = True
        self._deadline = time.monotonic() + self.limits.body
        if self.expect_100_continue:
            cast(dict[str, Any], self.scope)[EXPECTS] = True
        super().on_headers_complete()
        self.cycle.keep_alive &= not self._spare

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        self._overhead -= len(body)
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """See uvicorn; now it is the service's turn."""
        if self.will_come_again():
            return
        self._reading = False
        self._deadline = float("inf")
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn's, but the sweep looks after idle connections, too: no timer for each answer, and none that a
        stray line break takes off.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._deadline = time.monotonic() + self.limits.body
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif not self._reading:
            self._deadline = time.monotonic() + self.timeout_keep_alive

    def pause_writing(self) -> None:
        """See uvicorn; an answer has to be taken in time."""
        self._deadline = time.monotonic() + self.limits.body
        super().pause_writing()

    def resume_writing(self) -> None:
        """See uvicorn."""
        if not self._reading:
            self._deadline = float("inf") if self._answering() else time.monotonic() + self.timeout_keep_alive
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, in its own format
        """Parsing has ended; as problem details."""
        self._end(self._broken)

    def overdue(self, now: float) -> bool:
        """Called now and then: whether its time was over and it has been ended."""
        if now < self._deadline and not (self._crowded() and self._silent(now)):
            return False
        if self._ended or self.flow.write_paused or self.transport.is_closing():
            self._break()
        elif self._serves_earlier():
            self._deadline = now + self.limits.body
            return False
        elif self._reading and not (self._in_body and self.cycle.response_complete):
            self._end(Refusal(408, "The request did not come in time.", reason="timeout"))
        elif self._spare and self._served is None:
            self._end(_TOO_MANY)
        elif self._waits():
            return False
        else:
            self._close(now + _LINGER_SECONDS)
        return True

    def finish(self, now: float) -> None:
        """Called again and again once nobody is let in any more: close when nothing has come for a moment. Who has just
        connected may still ask.
        """
        if not self._ended and not self.idle():
            self._quiet = 0.0
        elif not self._quiet:
            self._quiet = now
        elif now - self._quiet > _QUIET_SECONDS and not self.transport.is_closing():
            self._close(now + self.limits.body)

    def shutdown(self) -> None:
        """See uvicorn, which would close here what :meth:`finish` has waited for."""

    def idle(self) -> bool:
        """Whether nothing is under way: no request half read, none unanswered."""
        return not self._reading and not self._answering()

    def _close(self, deadline: float) -> None:
        """Close once what was answered has been taken, at the latest when the time is over."""
        self.transport.close()
        self._deadline = deadline

    def _break(self) -> None:
        """End it now; what the client has not taken by now the kernel need not keep either."""
        end = self.transport.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _crowded(self) -> bool:
        return len(self.connections) > _CROWDED * self.limits.connections

    def _silent(self, now: float) -> bool:
        """Whether nothing was asked for as long as a head may take, and nothing is on its way out."""
        out = self._ended or self._spare or self.flow.write_paused or self.transport.is_closing()
        return not out and self.idle() and now - (self._deadline - self.timeout_keep_alive) > self.limits.head

    def _waits(self) -> bool:
        """Whether something has come that was not read yet: closing now would reset the connection."""
        come = select.poll()
        come.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(come.poll(0))

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn types it as never None
        return cycle is not None and not cycle.response_complete

    def _serves_earlier(self) -> bool:
        """Whether a request before the one that is being read still waits for its answer."""
        served = self._served
        return served is not None and not served.response_complete and (served is not self.cycle or not self._in_body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._served = cycle
        task = self._task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _drop(self) -> None:
        """What is being done for this client is of no use any more."""
        if self._task is not None and self._served is not None and not self._served.response_complete:
            self._served.disconnected = True
            self._task.cancel()

    def _refused(self, data: bytes) -> bool:
        """Whether this was one whole request, and was turned away."""
        seconds = self.front.gate.refusal()
        if not seconds or self._spare or not self.idle() or self.front.draining:
            return False
        caller = unparsed.caller(data)
        if caller is None:
            return False
        self.transport.write(unparsed.crowded(math.ceil(seconds), caller))
        self.front.count_unserved(unparsed.ROUTE, HTTPStatus.SERVICE_UNAVAILABLE, "overload", caller)
        self._deadline = time.monotonic() + self.timeout_keep_alive
        return True

    def _end(self, refusal: Refusal) -> None:
        """Answer, and take nothing more; the client closes, or the sweep does."""
        self._ended = True
        begun = self._answering() and self.cycle.response_started
        caller = self._caller(refusal)
        self._drop()
        if self._answering():
            self.cycle.disconnected = True
        if not begun:
            self.transport.write(unparsed.whole(refusal, caller))
        self.transport.write_eof()
        self._deadline = time.monotonic() + _LINGER_SECONDS

    def _caller(self, refusal: Refusal) -> Identity:
        """Whose request it is that is refused; counts it, unless that is done where it is being served."""
        scope = cast(dict[str, Any], self.cycle.scope) if self._answering() else {}
        caller: Identity | None = scope.get(CALLER)
        if caller is not None:
            scope[ENDED] = refusal.status
            self.front.rejections.note(refusal.reason, refusal.status, caller)
        else:
            caller = identity.read(self.headers if self._reading else ())
            self.front.count_unserved(OTHER_ROUTE, refusal.status, refusal.reason, caller)
        return caller


def of(front: Front, limits: Limits) -> type[Connection]:
    """The connections of one service."""
    return type("ServiceConnection", (Connection,), {"front": front, "limits": limits})
