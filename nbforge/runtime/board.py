"""What the processes of one service tell each other, in memory that they share from before they part."""

from __future__ import annotations

import mmap
import time

_STOPPING, _CLOSED, _BEATS = 0, 1, 2


class Board:
    """Flags, and for each worker when its event loop last turned."""

    def __init__(self, workers: int) -> None:
        self._memory = mmap.mmap(-1, 8 * (_BEATS + workers))
        self._values = memoryview(self._memory).cast("d")

    @property
    def stopping(self) -> bool:
        """Whether the service as a whole is asked to end."""
        return bool(self._values[_STOPPING])

    @property
    def closed(self) -> bool:
        """Whether nobody listens any more."""
        return bool(self._values[_CLOSED])

    def stop(self) -> None:
        """The service as a whole ends."""
        self._values[_STOPPING] = 1

    def close(self) -> None:
        """Nobody listens any more."""
        self._values[_CLOSED] = 1

    def beat(self, worker: int) -> None:
        """The event loop of this worker turns."""
        self._values[_BEATS + worker] = time.monotonic()

    def silence(self) -> float:
        """Seconds since any loop last turned; 0 before the first has begun."""
        last = float(max(self._values[_BEATS:]))
        return time.monotonic() - last if last else 0.0
