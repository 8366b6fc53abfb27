"""How long a client waits: ``X-Request-Timeout-Ms``, from the moment its request was read."""

from __future__ import annotations

import math
import re
import time
from contextvars import ContextVar

from nbforge.runtime.problems import syntax_refusal

HEADER = b"x-request-timeout-ms"
CURRENT: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""When the answer of the request that this task serves is of no use any more, by :func:`time.monotonic`."""


def keep(text: str) -> None:
    """Set the deadline of the request at hand; an empty text: there is none.

    Raises:
        Refusal: 400 where the header is no number of milliseconds.
    """
    if not text:
        CURRENT.set(math.inf)
        return
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise syntax_refusal("X-Request-Timeout-Ms must be a whole number of milliseconds.")
    CURRENT.set(time.monotonic() + int(text) / 1000)
