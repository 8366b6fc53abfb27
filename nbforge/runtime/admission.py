"""Who is let in when more comes than can be served.

Two bounds. Nobody is let in who would have to wait too long (:meth:`Batcher.too_long`), whatever the reason. And where
requests are merged, a large crowd that does not melt is no burst but overload: from then on there are only as many at a
time as fill merged calls well, since more of them would lengthen everybody's wait and answer no one sooner. Overload
begins with many more requests under way than it leaves under way: clients who each ask again as soon as they have
their answer are a crowd that stands, and as long as it is served within a moment nobody need be sent away. Deciding
takes a microsecond and needs neither body nor parser, so that refusing many costs little of what serving the others
needs.

The idea is controlled delay (Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 2012; for servers: Maurer,
"Fail at Scale", ACM Queue 2015): a queue may be long for a moment, not for good.
"""

from __future__ import annotations

import asyncio
import math
import time

from nbforge.runtime.batching import Batcher

_FEW = 96
"""Requests that are always under way together in an overload, where they are merged."""
_CROWD, _CROWD_SECONDS = 320, 0.1
"""Requests, and seconds of serving requests, that may stand under way together before it is one."""
_FILL = 3
"""Times the fixed cost of a call that the requests under way may cost beyond it: half of them run, half wait."""
_BURST_SECONDS, _BURST_CALLS = 0.025, 4
"""How long a crowd may stand: seconds, or calls where they take longer."""
_HOLD_SECONDS = 1.0
"""How long overload is taken to go on after the last request that was refused."""
_MEMORY = 64


class Gate:
    """Counts who is under way, and decides who comes in.

    ``under_way``: scoring requests that were let in and have no answer yet.
    """

    def __init__(self, batcher: Batcher) -> None:
        self._batcher = batcher
        self.under_way = 0
        self._coming = 0
        self._enough, self._many = _FEW, _CROWD
        self._calm = self._pressed = -math.inf
        self._busy_seconds, self._answers = 0.0, 0
        self._handling = 0.0

    def refusal(self) -> float:
        """0 where a request may come in; else seconds after which trying again may help."""
        merge, now = self._batcher.merge, time.monotonic()
        crowd = self.under_way + self._coming
        if merge and crowd >= self._enough and now < self._pressed + _HOLD_SECONDS:
            self._pressed = now
            return _HOLD_SECONDS
        wait = self._batcher.wait(self._coming)
        if self._batcher.too_long(wait):
            return wait
        if not merge or crowd < self._many:
            return 0.0
        stands = max(_BURST_SECONDS, _BURST_CALLS * self._batcher.cost.fixed)
        if now < self._calm + stands:
            return 0.0
        self._pressed = now
        return max(wait, _HOLD_SECONDS)

    def expect(self, loop: asyncio.AbstractEventLoop) -> None:
        """A request was read that will enter once this turn of the loop has read all that came: until then, those read
        after it have to know of it.
        """
        if not self._coming:
            loop.call_soon(self._all_read)
        self._coming += 1

    def enter(self) -> None:
        """A request is let in."""
        self.under_way += 1
        if self.under_way == self._many:
            self._calm = time.monotonic()

    def leave(self) -> None:
        """It has its answer."""
        self.under_way -= 1
        self._answers += 1
        if self._answers >= _MEMORY:
            self._learn()
        if self.under_way < self._many:
            self._calm = time.monotonic()

    def _all_read(self) -> None:
        self._coming = 0

    def _learn(self) -> None:
        """What a request costs the thread of the event loop, refusing others included; with it, how many are enough,
        and how many are too many.
        """
        seconds = time.thread_time()
        if self._busy_seconds:
            handling = (seconds - self._busy_seconds) / self._answers
            self._handling += (handling - self._handling) / (8 if self._handling else 1)
        self._busy_seconds, self._answers = seconds, 0
        cost = self._batcher.cost
        if self._handling:
            own = cost.each + self._handling
            self._enough = max(_FEW, int(_FILL * cost.fixed / own))
            self._many = max(_CROWD, self._enough, int(_CROWD_SECONDS / (own + cost.fixed / cost.rows())))
