"""A FastAPI route without FastAPI's overhead: bytes in, bytes out.

:class:`LeanRoute` is an ordinary entry of the application's router, and its operation is in ``/openapi.json`` as any
other. What it leaves out is what the handlers do themselves: solving dependencies, validating with pydantic,
serialising responses.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from nbforge.runtime.bodies.encodings import decompress
from nbforge.runtime.logs import LOGGER, describe
from nbforge.runtime.metrics import OTHER, Metrics
from nbforge.runtime.problems import MEDIA_TYPE, Refusal

JSON = "application/json"
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


class Disconnected(Exception):  # noqa: N818 - what the client did
    """The client went away before its request was whole."""


@dataclass(slots=True)
class Front:
    """What every route shares: metrics, the limit of a body in bytes, and whether the service is about to stop."""

    metrics: Metrics
    max_body_bytes: int
    draining: bool = False

    async def serve(
        self, route: str, handler: Handler, tell: Teller, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one request, whatever happens, and count it."""
        started = time.perf_counter()
        self.metrics.in_progress.inc()
        code = _CLOSED
        try:
            reply = await self._reply(route, handler, tell, Request(scope, receive))
            code = reply.status
            await self._send(reply, send)
        except Disconnected:
            pass
        finally:
            self.metrics.in_progress.dec()
            self.metrics.requests.labels(route, str(code)).inc()
            self.metrics.request_seconds.labels(route).observe(time.perf_counter() - started)

    async def _reply(self, route: str, handler: Handler, tell: Teller, request: Request) -> Reply:
        try:
            return await handler(request)
        except Refusal as refusal:
            self._count(refusal)
            return tell(refusal)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a problem and the log the place
            LOGGER.error("Unexpected failure.", extra={"route": route, **describe(error)})
            return tell(Refusal(500, "The service failed; its log says where."))

    def _count(self, refusal: Refusal) -> None:
        if refusal.reason:
            self.metrics.rejected.labels(refusal.reason).inc()
        if refusal.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            for problem in refusal.problems:
                self.metrics.validation_errors.labels(problem.field or OTHER, problem.code).inc()

    async def _send(self, reply: Reply, send: Send) -> None:
        headers = [
            (b"content-type", reply.content_type.encode("latin-1")),
            (b"content-length", str(len(reply.body)).encode("latin-1")),
            (b"x-content-type-options", b"nosniff"),
        ]
        headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
        if self.draining:
            headers.append((b"connection", b"close"))
        if reply.status == HTTPStatus.NO_CONTENT:
            del headers[:2]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def body(self, request: Request) -> bytes:
        """The whole body, decompressed.

        Raises:
            Refusal: 400 for what cannot be decompressed, 413 beyond the limit, 415 for an encoding that is not
                accepted.
            Disconnected: the client did not send all of it.
        """
        body = await self._sent(request)
        encoding = header(request.scope, b"content-encoding")
        return decompress(body, encoding, self.max_body_bytes, self._too_large) if encoding else body

    async def _sent(self, request: Request) -> bytes:
        declared = header(request.scope, b"content-length")
        if declared.isdigit() and int(declared) > self.max_body_bytes:
            await self._discard(request, int(declared))
        message = await request.receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            return self._within(bytes(message.get("body", b"")))
        parts, size = [_content(message)], len(_content(message))
        while message.get("more_body"):
            message = await request.receive()
            parts.append(_content(message))
            size += len(parts[-1])
            if size > self.max_body_bytes:
                await self._discard(request, size)
        return b"".join(parts)

    def _within(self, body: bytes) -> bytes:
        if len(body) > self.max_body_bytes:
            raise self._too_large()
        return body

    async def _discard(self, request: Request, expected: int) -> None:
        """Read on for a while, so that a client that only listens once it has sent gets its answer rather than a
        reset.
        """
        most = 4 * self.max_body_bytes
        if expected <= most:
            size, message = 0, {"more_body": True}
            while message.get("more_body") and size <= most:
                message = dict(await request.receive())
                size += len(_content(message))
        raise self._too_large()

    def _too_large(self) -> Refusal:
        detail = f"The body is larger than {self.max_body_bytes} bytes."
        return Refusal(413, detail, headers=(("connection", "close"),), reason="body_size")


def _content(message: Message | dict[str, Any]) -> bytes:
    if message["type"] == "http.disconnect":
        raise Disconnected
    return bytes(message.get("body", b""))


def header(scope: Scope, name: bytes) -> str:
    """A request header's first value, or the empty text."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def problem(refusal: Refusal) -> Reply:
    """A refusal as problem details."""
    return Reply(refusal.body(), refusal.status, MEDIA_TYPE, refusal.headers)


def json_reply(value: Any) -> Reply:
    """A value as JSON."""
    return Reply(msgspec.json.encode(value))


class LeanRoute(APIRoute):
    """A route whose endpoint is called as it is.

    Args:
        front: what all routes share.
        tell: how this route words a refusal.
    """

    def __init__(
        self, path: str, endpoint: Handler, *, front: Front, tell: Teller = problem, **documented: Any
    ) -> None:
        super().__init__(path, endpoint, response_model=None, **documented)
        self._front, self._tell = front, tell
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
        await self._front.serve(self.path, handler, self._tell, scope, receive, send)

    async def _options(self, _: Request) -> Reply:
        return Reply(b"", 204, headers=(("allow", self._allow),))

    async def _not_allowed(self, _: Request) -> Reply:
        raise Refusal(405, f"Allowed here: {self._allow}.", headers=(("allow", self._allow),))
