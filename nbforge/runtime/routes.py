"""A FastAPI route without FastAPI's overhead: bytes in, bytes out.

:class:`LeanRoute` is an ordinary entry of the application's router, and its operation is in ``/openapi.json`` as any
other. What it leaves out is what the handlers do themselves: solving dependencies, validating with pydantic,
serialising responses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from nbforge.runtime import deadlines, identity
from nbforge.runtime.admission import Gate
from nbforge.runtime.bodies.reading import Disconnected, Reader, header, withheld
from nbforge.runtime.identity import Identity
from nbforge.runtime.keys import Keys
from nbforge.runtime.logs import LOGGER, describe
from nbforge.runtime.metrics import OTHER, Metrics
from nbforge.runtime.problems import MEDIA_TYPE, Refusal, overload_refusal
from nbforge.runtime.rejections import Rejections
from nbforge.runtime.tracing import Tracing, trace_of

JSON = "application/json"
CROWDED = "Too many requests wait; try again."
OTHER_ROUTE = "other"
"""What counts as the route of a request that found none."""
CALLER = "nbforge.caller"
"""Where a request that is being served has its identity."""
ENDED = "nbforge.ended"
"""Where a connection says with which status it has ended a request that was being served."""
_CLOSED = 499
"""What a request counts as whose client went away."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be sent."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Request], Awaitable[Reply]]
Teller = Callable[[Refusal], Reply]


class Port(Enum):
    """Where a route answers, if the operator has set a port for what is not for clients."""

    MAIN = "main"
    ADMIN = "admin"
    BOTH = "both"


@dataclass(slots=True)
class Front:
    """What every route shares: metrics, who is turned away, who is let in and with which keys, what reads bodies, the
    admin port (0: there is none), and whether the service is about to stop.
    """

    metrics: Metrics
    rejections: Rejections
    gate: Gate
    keys: Keys
    bodies: Reader
    admin_port: int = 0
    access_log: bool = False
    tracing: Tracing | None = None
    draining: bool = False

    async def serve(
        self,
        route: str,
        handler: Handler,
        tell: Teller,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        scores: bool = False,
    ) -> None:
        """Answer one request, whatever happens, and count it. ``scores``: whether it needs the model."""
        started = time.perf_counter()
        self.metrics.in_progress.inc()
        code = _CLOSED
        caller = identity.read(scope["headers"])
        span = self.tracing.start(scope, route) if self.tracing else None
        if span is not None:
            caller = Identity(caller.request, trace_of(span))
        identity.CURRENT.set(caller)
        scope[CALLER] = caller
        try:
            request = Request(scope, receive)
            answer = self._score(handler, request) if scores else handler(request)
            reply = await self._reply(route, answer, tell)
            code = reply.status
            await _send(reply, caller, send, closes=self.draining or withheld(scope))
        except (Disconnected, asyncio.CancelledError):  # cancelled by its connection: see connections.py
            code = scope.get(ENDED, _CLOSED)
        finally:
            self.bodies.release(scope)
            self.metrics.in_progress.dec()
            self.metrics.requests.labels(route, str(code)).inc()
            seconds = time.perf_counter() - started
            self.metrics.request_seconds.labels(route).observe(seconds)
            if self.tracing and span is not None:
                self.tracing.end(span, code, caller.request)
            if self.access_log:
                said = {"event": "request", "method": scope["method"], "route": route, "status": code}
                LOGGER.info("Answered.", extra={**said, "seconds": round(seconds, 6)})

    @property
    def guarded(self) -> bool:
        """Whether it matters who asks, or where."""
        return bool(self.keys) or bool(self.admin_port)

    def admit(self, scope: Scope, port: Port, *, opens: bool) -> None:
        """Whether a route may be asked here, by this client. ``opens``: whether it needs no key.

        Raises:
            Refusal: 404 on the wrong port, 401 without a key.
        """
        on_admin = bool(self.admin_port) and scope["server"][1] == self.admin_port
        if self.admin_port and port is not Port.BOTH and on_admin != (port is Port.ADMIN):
            raise nothing_here()
        if self.keys and not opens and not on_admin:
            self.keys.check(header(scope, b"x-api-key"), header(scope, b"authorization"))

    async def _score(self, handler: Handler, request: Request) -> Reply:
        """Let in, or refuse before anything was read."""
        seconds = self.gate.refusal()
        if seconds:
            raise overload_refusal(seconds, CROWDED)
        deadlines.keep(header(request.scope, deadlines.HEADER))
        self.gate.enter()
        try:
            return await handler(request)
        finally:
            self.gate.leave()

    async def _reply(self, route: str, answer: Awaitable[Reply], tell: Teller) -> Reply:
        try:
            return await answer
        except Refusal as refusal:
            self._count(refusal, identity.CURRENT.get())
            return tell(refusal)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a problem and the log the place
            LOGGER.error("Unexpected failure.", extra={"route": route, **describe(error)})
            return tell(Refusal(500, "The service failed; its log says where."))

    def _count(self, refusal: Refusal, caller: Identity) -> None:
        if refusal.reason:
            self.rejections.note(refusal.reason, refusal.status, caller)
        if refusal.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            for problem in refusal.problems:
                self.metrics.validation_errors.labels(problem.field or OTHER, problem.code).inc()

    def count_unserved(self, route: str, status: int, reason: str, caller: Identity) -> None:
        """Count a request that was turned away before it came here. Its time is not: it had none."""
        self.metrics.requests.labels(route, str(status)).inc()
        self.rejections.note(reason, status, caller)


def nothing_here() -> Refusal:
    """404."""
    return Refusal(404, "Nothing is here; `/docs` lists what is.")


def problem(refusal: Refusal) -> Reply:
    """A refusal as problem details."""
    return Reply(refusal.body(), refusal.status, MEDIA_TYPE, refusal.headers)


async def _send(reply: Reply, caller: Identity, send: Send, *, closes: bool) -> None:
    headers = fields(reply, caller, closes=closes)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def fields(reply: Reply, caller: Identity, *, closes: bool) -> list[tuple[bytes, bytes]]:
    """The header fields of an answer; ``closes``: whether the connection ends with it."""
    found = [(b"x-content-type-options", b"nosniff")]
    if reply.status != HTTPStatus.NO_CONTENT:
        found.append((b"content-type", reply.content_type.encode("latin-1")))
        found.append((b"content-length", str(len(reply.body)).encode("latin-1")))
    found += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if closes:
        found.append((b"connection", b"close"))
    found.append((identity.HEADER, caller.request.encode("ascii")))
    return found


def json_reply(value: Any) -> Reply:
    """A value as JSON."""
    return Reply(msgspec.json.encode(value))


class LeanRoute(APIRoute):
    """A route whose endpoint is called as it is.

    Args:
        front: what all routes share.
        tell: how this route words a refusal.
        scores: whether it needs the model, and so waits its turn.
        port: where it answers.
        opens: whether it needs no key.
    """

    def __init__(
        self,
        path: str,
        endpoint: Handler,
        *,
        front: Front,
        tell: Teller = problem,
        scores: bool = False,
        port: Port = Port.MAIN,
        opens: bool = False,
        **documented: Any,
    ) -> None:
        super().__init__(path, endpoint, response_model=None, **documented)
        self._front, self._tell, self._scores = front, tell, scores
        self._port, self.opens = port, opens
        methods = set(self.methods or ())
        self._served = methods | ({"HEAD"} if "GET" in methods else set())
        self._allow = ", ".join(sorted({*self._served, "OPTIONS"}))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose path is this route's; a wrong method is told from a right one here."""
        method = scope["method"]
        if method in self._served:
            handler: Handler = self.endpoint
        elif method == "OPTIONS":
            handler = self._options
        else:
            handler = self._not_allowed
        scores = self._scores and handler == self.endpoint
        if self._front.guarded:
            handler = self._guard(handler)
        await self._front.serve(self.path, handler, self._tell, scope, receive, send, scores=scores)

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Reply:
            self._front.admit(request.scope, self._port, opens=self.opens)
            return await handler(request)

        return guarded

    async def _options(self, _: Request) -> Reply:
        return Reply(b"", 204, headers=(("allow", self._allow),))

    async def _not_allowed(self, _: Request) -> Reply:
        raise Refusal(405, f"Allowed here: {self._allow}.", headers=(("allow", self._allow),))
