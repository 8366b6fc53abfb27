"""Requests that were turned away unserved: counted, and logged so that a flood of them is no flood of lines."""

from __future__ import annotations

from dataclasses import dataclass

from nbforge.runtime import identity
from nbforge.runtime.identity import Identity
from nbforge.runtime.logs import LOGGER
from nbforge.runtime.series import Counter

_EVERY_SECONDS = 10.0


@dataclass(slots=True)
class _Untold:
    """What happened for one reason since the log said so: how often, and the last one's status and identity."""

    times: int = 0
    status: int = 0
    caller: Identity = identity.NOBODY
    told: float = float("-inf")


class Rejections:
    """Counts by reason; for each there is a line in the log at once, and then one in ten seconds at most."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._untold: dict[str, _Untold] = {}

    def note(self, reason: str, status: int, caller: Identity) -> None:
        """A request was turned away."""
        self._counter.labels(reason).inc()
        untold = self._untold.get(reason)
        if untold is None:
            untold = self._untold[reason] = _Untold()
        untold.times += 1
        untold.status, untold.caller = status, caller

    def tell(self, now: float) -> None:
        """Called now and then: write the lines that are due. ``now``: by :func:`time.monotonic`."""
        for reason, untold in self._untold.items():
            if untold.times and now >= untold.told + _EVERY_SECONDS:
                said = {"event": "rejected", "reason": reason, "status": untold.status, "times": untold.times}
                with identity.of(untold.caller):
                    LOGGER.warning("Turned away unserved.", extra=said)
                untold.times, untold.told = 0, now
