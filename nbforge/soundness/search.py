"""Which of the statements that a slice leaves out make the difference: found by trying, by halves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Enough = Callable[[frozenset[int]], bool]
"""Whether the slice with the statements of these numbers beside it gives what the whole notebook gives."""

MOST = 3
"""Statements that are named; a notebook that lost more has a reason that these show."""


@dataclass(frozen=True, slots=True)
class Lost:
    """``statements``: numbers of the statements that were found.

    ``among``: where patience ended before one was found, those that it may be.
    """

    statements: tuple[int, ...] = ()
    among: tuple[int, ...] = ()


def lost(pools: Sequence[Sequence[int]], enough: Enough, patient: Callable[[], bool]) -> Lost:
    """Find statements that are enough, each of which is needed with those before it.

    Args:
        pools: candidates in the notebook's order; the first pool that is enough as a whole is searched.
        enough: costs a run.
        patient: whether there is time for one more.
    """
    pool = next((list(pool) for pool in pools if pool and enough(frozenset(pool))), None)
    if pool is None:
        return Lost()
    found: tuple[int, ...] = ()
    while len(found) < MOST and patient():
        reach = _shortest(pool, frozenset(found), enough, patient)
        if len(reach) > 1:
            return Lost(tuple(sorted(found)), tuple(reach))
        found += (reach[0],)
        pool = pool[: pool.index(reach[0])]
        if not pool or enough(frozenset(found)):
            break
    return Lost(tuple(sorted(found)))


def _shortest(pool: Sequence[int], found: frozenset[int], enough: Enough, patient: Callable[[], bool]) -> Sequence[int]:
    """The candidates for the last statement of the shortest beginning of ``pool`` that is enough with ``found``."""
    low, high = 0, len(pool)  # the first ``low`` are not enough, the first ``high`` are
    while high - low > 1 and patient():
        middle = (low + high) // 2
        if enough(found | set(pool[:middle])):
            high = middle
        else:
            low = middle
    return pool[low:high]
