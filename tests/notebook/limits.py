"""Stops code that takes more than so many seconds of the processor."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TooLongError(BaseException):
    """No ``Exception``, so that generated programs do not catch it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise :class:`TooLongError` in what runs longer; wall-clock timers stay as they are."""

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
