"""Bodies as they come in: bounded one by one and all together, and decompressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import Message, Scope

from nbforge.runtime.bodies.encodings import decompress
from nbforge.runtime.problems import Refusal, overload_refusal

EXPECTS = "nbforge.expects"
"""In the scope of a request whose client sends the body only once it is asked to (``Expect: 100-continue``)."""
_HELD = "nbforge.held"


class Disconnected(Exception):  # noqa: N818 - what the client did
    """The client went away before its request was whole."""


@dataclass(slots=True)
class Reader:
    """Reads bodies. The limits are bytes: of one body, and of all that are held together."""

    max_body_bytes: int
    max_held_bytes: int
    _held: int = 0

    def release(self, scope: Scope) -> None:
        """A request has its answer: nothing of it is held any more."""
        self._held -= scope.get(_HELD, 0)

    async def read(self, request: Request) -> bytes:
        """The whole body, decompressed.

        Raises:
            Refusal: 400 for what cannot be decompressed, 413 beyond the limit, 415 for an encoding that is not
                accepted, 503 where too much is held already.
            Disconnected: the client did not send all of it.
        """
        body = await self._sent(request)
        encoding = header(request.scope, b"content-encoding")
        if encoding:
            sent = len(body)
            body = decompress(body, encoding, self.max_body_bytes, self._too_large)
            self._hold(request.scope, len(body) - sent)
        return body

    async def _sent(self, request: Request) -> bytes:
        declared = header(request.scope, b"content-length")
        if declared.isdigit() and int(declared) > self.max_body_bytes:
            await self._discard(request, int(declared))
        self._hold(request.scope, int(declared) if declared.isdigit() else 0)
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
            if not declared:
                self._hold(request.scope, len(parts[-1]))
        return b"".join(parts)

    def _within(self, body: bytes) -> bytes:
        if len(body) > self.max_body_bytes:
            raise self._too_large()
        return body

    def _hold(self, scope: Scope, size: int) -> None:
        if self._held and self._held + size > self.max_held_bytes:
            raise overload_refusal(1, "Too many bytes are held; try again.")
        self._held += size
        scope[_HELD] = scope.get(_HELD, 0) + size

    async def _discard(self, request: Request, expected: int) -> None:
        """Read on for a while, so that a client that only listens once it has sent gets its answer rather than a
        reset.
        """
        most = 4 * self.max_body_bytes
        if expected <= most and EXPECTS not in request.scope:
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


def withheld(scope: Scope) -> bool:
    """Whether the body was not asked for, and so will not come; what comes next on this connection is unknown."""
    return EXPECTS in scope and _HELD not in scope


def header(scope: Scope, name: bytes) -> str:
    """A request header's first value, or the empty text."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""
