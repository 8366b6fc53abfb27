"""What the windows said, for all workers: the state that ``/metrics`` and ``/model/drift`` show.

The worker that counted a window's last row judges it, in a thread of its own, and writes into memory that all share.
"""

from __future__ import annotations

import mmap
import queue
import threading
import time
from dataclasses import dataclass, fields

import numpy as np

from nbforge.runtime.logs import LOGGER, describe
from nbforge.runtime.watching.comparison import Comparison, Verdict
from nbforge.runtime.watching.exclusion import Exclusion

REFERENCE_WINDOWS = 4
"""Windows that make up the reference of a field that is compared with live traffic."""
_JUDGING = 1
_MOST_WAITING = 64
_TRIES = 100


@dataclass(frozen=True, slots=True)
class State:
    """Arrays that lie side by side in one piece of memory.

    ``head``: how often it was begun and how often it was finished to write, windows judged, those with an alarm, those
    that nobody had time for, and of the last window its end in seconds since 1970, its rows, and whether they were
    dependent. ``score``, ``p``, ``what``, ``alarm`` of the last window and ``alarms`` of all windows are by field,
    ``reference`` and ``window`` are counts, ``memory`` is :meth:`Comparison.judge`'s.
    """

    head: np.ndarray
    score: np.ndarray
    p: np.ndarray
    what: np.ndarray
    alarm: np.ndarray
    alarms: np.ndarray
    reference: np.ndarray
    window: np.ndarray
    memory: np.ndarray

    @property
    def windows(self) -> int:
        """Windows judged."""
        return int(self.head[2])

    def copy(self) -> State:
        """The state as it is now."""
        return State(*(getattr(self, each.name).copy() for each in fields(self)))


class Judge:
    """Judges windows.

    Args:
        comparison: with what.
        live: the fields that are compared with the first windows, since training shows nothing comparable.
        locks: between the workers.
    """

    def __init__(self, comparison: Comparison, live: np.ndarray, locks: Exclusion) -> None:
        self._comparison, self._live, self._locks = comparison, live, locks
        n, size = len(comparison.names), comparison.size
        shapes = [(8,), (n,), (n,), (n,), (n,), (n,), (size,), (size,), (2, len(comparison.statistics))]
        lengths = [int(np.prod(shape)) for shape in shapes]
        memory = np.frombuffer(mmap.mmap(-1, 8 * sum(lengths)), dtype="float64")
        parts = np.split(memory, np.cumsum(lengths)[:-1])
        self._state = State(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))
        self._state.reference[:] = np.where(live[comparison.field_of], 0.0, comparison.trained)
        self._waiting: queue.SimpleQueue[np.ndarray] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, blocks: np.ndarray) -> None:
        """Judge a window, soon: the counts of its blocks, rows first."""
        if self._waiting.qsize() >= _MOST_WAITING:
            self._state.head[4] += 1
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="nbforge-drift", daemon=True)
            self._thread.start()
        self._waiting.put(blocks)

    def state(self) -> State:
        """What is known now."""
        found = self._state.copy()
        for _ in range(_TRIES):
            # Written to meanwhile, it is half of one window and half of the next.
            if found.head[0] == found.head[1] == self._state.head[0]:
                break
            time.sleep(0)
            found = self._state.copy()
        return found

    def _run(self) -> None:
        while True:
            blocks = self._waiting.get()
            try:
                with self._locks.held(_JUDGING):
                    self.judge(blocks)
            except Exception as error:  # noqa: BLE001 - one window that cannot be judged must not end the watch
                LOGGER.error("A window of rows could not be judged.", extra=describe(error))

    def judge(self, blocks: np.ndarray) -> None:
        """Judge a window now; nobody else may."""
        state, counts = self._state, blocks[:, 1:]
        learning = self._live & (state.windows < REFERENCE_WINDOWS)
        reference = np.where(learning[self._comparison.field_of], 0.0, state.reference)
        state.head[0] += 1
        verdict = self._comparison.judge(counts, reference, self._live, state.memory)
        state.window[:] = counts.sum(axis=0)
        state.reference[:] += np.where(learning[self._comparison.field_of], state.window, 0.0)
        self._write(verdict, float(blocks[:, 0].sum()))
        state.head[1] = state.head[0]

    def _write(self, verdict: Verdict, rows: float) -> None:
        state = self._state
        alarm = verdict.alarm
        state.score[:], state.p[:], state.what[:], state.alarm[:] = verdict.score, verdict.p, verdict.what, alarm
        state.alarms[:] += alarm
        state.head[2:4] += (1, alarm.any())
        state.head[5:] = (time.time(), rows, verdict.clustered)
