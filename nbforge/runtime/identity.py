"""Which request it is: the client's ``X-Request-Id``, else the trace of its ``traceparent``, else one made here."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = b"x-request-id"
_TRACE_HEADER = b"traceparent"
_GOOD = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_TRACE = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


@dataclass(frozen=True, slots=True)
class Identity:
    """``request`` names the request in answers and logs; ``trace`` is the W3C trace that it belongs to, if any."""

    request: str
    trace: str = ""


NOBODY = Identity("")
_AT_A_TIME = 256
_UNUSED: list[str] = []
"""Random names, drawn from the system many at a time: each draw is a call into the kernel, and a refusal is little
more than two.
"""
os.register_at_fork(after_in_child=_UNUSED.clear)
CURRENT: ContextVar[Identity] = ContextVar("identity", default=NOBODY)
"""The request that this task serves."""


def read(headers: Iterable[tuple[bytes, bytes]]) -> Identity:
    """The identity of a request; what is not well-formed counts as not sent."""
    request = trace = ""
    for name, value in headers:
        if name == HEADER:
            if _GOOD.fullmatch(value):
                request = value.decode("ascii")
        elif name == _TRACE_HEADER:
            found = _TRACE.fullmatch(value)
            trace = found[1].decode("ascii") if found else ""
    return Identity(request or trace, trace) if request or trace else made()


def made() -> Identity:
    """The identity of a request that brings none."""
    if not _UNUSED:
        names = os.urandom(16 * _AT_A_TIME).hex()
        _UNUSED.extend(names[start : start + 32] for start in range(0, len(names), 32))
    return Identity(_UNUSED.pop())


@contextlib.contextmanager
def of(caller: Identity) -> Iterator[None]:
    """What is logged within the block is about this request."""
    token = CURRENT.set(caller)
    try:
        yield
    finally:
        CURRENT.reset(token)
