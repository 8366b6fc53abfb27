"""Requests that are answered as bytes: no parser has seen them, or it has given up."""

from __future__ import annotations

import functools
import re

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from nbforge.runtime import identity
from nbforge.runtime.identity import Identity
from nbforge.runtime.problems import Refusal, overload_refusal
from nbforge.runtime.routes import CROWDED, fields, problem

ROUTE = "/predict"
START = f"POST {ROUTE} HTTP/1.1\r\n".encode()
_HEAD_BYTES = 1024
"""Longest head that is looked at; a longer one takes the ordinary way."""
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*(?=\r\n)", re.IGNORECASE)
_SPECIAL = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade|connection:[ \t]*(?!keep-alive\r))", re.IGNORECASE)
_IDENTIFIED = re.compile(rb"\r\n(x-request-id|traceparent):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)


def caller(data: bytes) -> Identity | None:
    """Whose request this is; None where it is not one whole request that asks for nothing more than an answer."""
    end = data.find(b"\r\n\r\n") + 4
    if not 4 <= end <= _HEAD_BYTES:
        return None
    head = data[:end]
    length, named = _known(head)
    if len(data) != end + length:
        return None
    if not named:
        return identity.made()
    return identity.read((name.lower(), value) for name, value in _IDENTIFIED.findall(head))


def crowded(seconds: int, to: Identity) -> bytes:
    """503 in a crowd."""
    start, body = _crowded(seconds)
    return b"%b%b\r\n\r\n%b" % (start, to.request.encode("ascii"), body)


def whole(refusal: Refusal, to: Identity, *, closes: bool = True) -> bytes:
    """A refusal as it goes over the wire; the request id is the last of its head."""
    reply = problem(refusal)
    lines = [name + b": " + value + b"\r\n" for name, value in fields(reply, to, closes=closes)]
    return b"".join([STATUS_LINE[reply.status], *lines, b"\r\n", reply.body])


@functools.lru_cache(maxsize=64)
def _crowded(seconds: int) -> tuple[bytes, bytes]:
    """The answer without a request id: its head, which ends where the id begins, and its body."""
    start, _, body = whole(overload_refusal(seconds, CROWDED), identity.NOBODY, closes=False).partition(b"\r\n\r\n")
    return start, body


@functools.lru_cache(maxsize=256)
def _known(head: bytes) -> tuple[int, bool]:
    """How long the body is by this head, where nothing in it asks for more than an answer, else -1; and whether it may
    say whose request it is. A client's heads are alike.
    """
    lengths = _LENGTH.findall(head)
    plain = len(lengths) == 1 and not _SPECIAL.search(head)
    return int(lengths[0]) if plain else -1, _IDENTIFIED.search(head) is not None
