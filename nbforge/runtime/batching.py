"""Requests to predictions: one thread predicts, and whatever arrived meanwhile is predicted together.

There is no timer: an idle model starts at once, a busy one finds all that has queued up when it is done. A prediction
costs hardly more for many rows than for one, so under load merging is what makes the service fast. "At once" is the end
of the event loop's turn, so that whatever the same turn has read is taken along.
"""

from __future__ import annotations

import asyncio
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.answers import Answers
from nbforge.runtime.costs import Cost
from nbforge.runtime.errors import FrameError, ValidateError

Columns = Mapping[str, Sequence[Any]]
Outcome = Answers | Exception


class Overloaded(Exception):  # noqa: N818 - a state of the queue
    """There is no room; ``seconds``: when there may be."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class TooLate(Overloaded):
    """The answer would not be there when the caller needs it."""


class ModelFailed(Exception):  # noqa: N818 - what happened, named as in the metrics
    """The notebook's code raised; ``cause`` is what. Never shown to a client: it may quote data."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


@dataclass(slots=True)
class Job:
    """One caller's rows, where the answer goes, when they came, and until when it is of use, of
    :func:`time.monotonic`.
    """

    columns: Columns
    n: int
    answer: asyncio.Future[Answers]
    arrived: float
    deadline: float


class Batcher:
    """Predicts for many callers in one thread.

    Args:
        score: predicts for columns of ``n`` rows; called in the thread only.
        admit: called in the thread for each caller's rows before they are merged; raises what that caller is told.
        observe: called in the thread after callers have their answers, with the columns and answers of one prediction.
        waited: called in the thread after callers have their answers, with the seconds that each had waited.
        merge: whether rows of several callers may be predicted together.
        max_rows: most rows that are merged, fewer where :class:`~nbforge.runtime.costs.Cost` finds fewer to be worth
            it; a single caller may have more.
        max_queue_rows: most rows that wait; a caller who finds nobody waiting is always taken.
        max_wait: most seconds that a caller may be expected to wait, or as long as two calls take where that is longer.
    """

    def __init__(
        self,
        score: Callable[[Columns, int], Answers],
        *,
        admit: Callable[[Columns, int], None],
        observe: Callable[[Columns, int, Answers], None],
        waited: Callable[[float], None],
        merge: bool,
        max_rows: int,
        max_queue_rows: int,
        max_wait: float,
    ) -> None:
        self._score, self._admit, self._observe, self._waited = score, admit, observe, waited
        self.merge = merge
        self.cost = Cost()
        self._max_rows, self._max_queue_rows, self._max_wait = max_rows, max_queue_rows, max_wait
        self._waiting: deque[Job] = deque()
        self._waiting_rows = 0
        self._busy = False
        self._ends = 0.0
        self._work: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="nbforge-predict", daemon=True)

    def start(self) -> None:
        """Start the thread, for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Let what runs finish, then end the thread."""
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)

    async def submit(self, columns: Columns, n: int, deadline: float = math.inf) -> Answers:
        """Predict for ``n`` rows.

        Args:
            columns: the rows.
            n: how many.
            deadline: when the answer is of no use any more, by :func:`time.monotonic`.

        Raises:
            Overloaded: too many rows wait, or the wait would be too long.
            TooLate: the answer would not be there before the deadline.
            FrameError, ValidateError: these rows do not suit the model, or the notebook's validate function.
            ModelFailed: the notebook's code raised on these rows.
        """
        wait = self.wait()
        if (self._waiting and self._waiting_rows + n > self._max_queue_rows) or self.too_long(wait):
            raise Overloaded(wait)
        now = time.monotonic()
        if now + wait + self.cost.seconds(n) > deadline:
            raise TooLate(wait)
        job = Job(columns, n, asyncio.get_running_loop().create_future(), now, deadline)
        self._waiting.append(job)
        self._waiting_rows += n
        if not self._busy:
            self._soon()
        return await job.answer

    def wait(self, coming: int = 0) -> float:
        """Seconds after which rows that come now are expected to have their turn, after ``coming`` callers of whom no
        more is known: each is taken to have one row.

        A call that is overdue is expected to take as long again as it is late: nothing is known of it but that.
        """
        ends = self._ends if self._busy else 0.0  # the thread sets it to 0 at any moment
        left = abs(ends - time.monotonic()) if ends else 0.0
        rows = self._waiting_rows + coming
        if not rows:
            return left
        calls = -(-rows // self._limit()) if self.merge else len(self._waiting) + coming
        return left + calls * self.cost.fixed + rows * self.cost.each

    def too_long(self, wait: float) -> bool:
        """Whether so many seconds are more than a caller may be made to wait."""
        return wait > self._max_wait and wait > 2 * self.cost.seconds(1)

    def _limit(self) -> int:
        return min(self._max_rows, self.cost.rows())

    def _soon(self) -> None:
        self._busy = True
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Hand the thread what waits, up to the limit."""
        batch: list[Job] = []
        rows, limit, now = 0, self._limit(), time.monotonic()
        while self._waiting and (not batch or (self.merge and rows + self._waiting[0].n <= limit)):
            job = self._waiting.popleft()
            self._waiting_rows -= job.n
            # A caller who has gone away is not worth a prediction, nor is one who would get it too late.
            if job.answer.cancelled():
                continue
            if job.deadline < now + self.cost.seconds(job.n):
                job.answer.set_exception(TooLate(self.cost.seconds(1)))
                continue
            batch.append(job)
            rows += job.n
        self._busy = bool(batch)
        self._ends = now + self.cost.seconds(rows)
        if batch:
            self._work.put(batch)

    def _done(self, batch: list[Job], outcomes: list[Outcome]) -> None:
        for job, outcome in zip(batch, outcomes, strict=True):
            if job.answer.done():
                continue
            if isinstance(outcome, Answers):
                job.answer.set_result(outcome)
            else:
                job.answer.set_exception(outcome)
        # After these answers have been written, so that a caller who asks again is not a call behind.
        self._soon()

    def _run(self) -> None:
        if self._loop is None:
            raise RuntimeError("start() first")
        while (batch := self._work.get()) is not None:
            started = time.monotonic()
            predicted: list[tuple[Columns, int, Answers]] = []
            outcomes = self._outcomes(batch, predicted)
            self._ends = 0.0  # already here: the loop may look before it gets to _done
            self._loop.call_soon_threadsafe(self._done, batch, outcomes)
            for columns, n, answers in predicted:
                self._observe(columns, n, answers)
            for job in batch:
                self._waited(started - job.arrived)
            # A call in parts, because some rows failed, says nothing of what one call costs.
            if len(predicted) == 1 and predicted[0][1] == sum(job.n for job in batch):
                self.cost.note(predicted[0][1], time.monotonic() - started)

    def _outcomes(self, batch: list[Job], predicted: list[tuple[Columns, int, Answers]]) -> list[Outcome]:
        outcomes: list[Outcome | None] = []
        for job in batch:
            try:
                self._admit(job.columns, job.n)
                outcomes.append(None)
            except BaseException as error:  # noqa: BLE001 - see _told
                outcomes.append(_told(error))
        admitted = [job for job, outcome in zip(batch, outcomes, strict=True) if outcome is None]
        answers = iter(self._together(admitted, predicted) if admitted else [])
        return [next(answers) if outcome is None else outcome for outcome in outcomes]

    def _together(self, jobs: list[Job], predicted: list[tuple[Columns, int, Answers]]) -> list[Outcome]:
        """Predict for several callers at once; where that fails, halve until the failure is alone with its caller."""
        n = sum(job.n for job in jobs)
        columns = jobs[0].columns if len(jobs) == 1 else _merged([job.columns for job in jobs])
        try:
            answers = self._score(columns, n)
        except BaseException as error:  # noqa: BLE001 - see _told
            if len(jobs) == 1:
                return [_told(error)]
            middle = len(jobs) // 2
            return self._together(jobs[:middle], predicted) + self._together(jobs[middle:], predicted)
        predicted.append((columns, n, answers))
        if len(jobs) == 1:
            return [answers]
        split: list[Outcome] = []
        start = 0
        for job in jobs:
            split.append(answers.rows(start, start + job.n))
            start += job.n
        return split


def _told(error: BaseException) -> Exception:
    """Notebook code may raise anything, ``SystemExit`` and ``StopIteration`` too; none may end the thread or a
    future.
    """
    return error if isinstance(error, (FrameError, ValidateError)) else ModelFailed(error)


def _merged(parts: list[Columns]) -> Columns:
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}
