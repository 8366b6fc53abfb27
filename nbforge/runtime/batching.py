"""Requests to predictions: one thread predicts, and whatever arrived meanwhile is predicted together.

There is no timer: an idle model starts at once, a busy one finds all that has queued up when it is done. A prediction
costs hardly more for many rows than for one, so under load merging is what makes the service fast.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.answers import Answers
from nbforge.runtime.errors import FrameError, ValidateError

Columns = Mapping[str, Sequence[Any]]
Outcome = Answers | Exception


class Overloaded(Exception):  # noqa: N818 - a state of the queue
    """Too many rows wait already."""


class ModelFailed(Exception):  # noqa: N818 - what happened, named as in the metrics
    """The notebook's code raised; ``cause`` is what. Never shown to a client: it may quote data."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


@dataclass(slots=True)
class Job:
    """One caller's rows, and where the answer goes."""

    columns: Columns
    n: int
    answer: asyncio.Future[Answers]


class Batcher:
    """Predicts for many callers in one thread.

    Args:
        score: predicts for columns of ``n`` rows; called in the thread only.
        admit: called in the thread for each caller's rows before they are merged; raises what that caller is told.
        observe: called in the thread after callers have their answers, with the columns and answers of one prediction.
        merge: whether rows of several callers may be predicted together.
        max_rows: most rows that are merged; a single caller may have more.
        max_queue_rows: most rows that wait; a caller who finds nobody waiting is always taken.
    """

    def __init__(
        self,
        score: Callable[[Columns, int], Answers],
        *,
        admit: Callable[[Columns, int], None],
        observe: Callable[[Columns, int, Answers], None],
        merge: bool,
        max_rows: int,
        max_queue_rows: int,
    ) -> None:
        self._score, self._admit, self._observe = score, admit, observe
        self._merge = merge
        self._max_rows, self._max_queue_rows = max_rows, max_queue_rows
        self._waiting: deque[Job] = deque()
        self._waiting_rows = 0
        self._busy = False
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

    async def submit(self, columns: Columns, n: int) -> Answers:
        """Predict for ``n`` rows.

        Raises:
            Overloaded: the queue is full.
            FrameError, ValidateError: these rows do not suit the model, or the notebook's validate function.
            ModelFailed: the notebook's code raised on these rows.
        """
        if self._waiting and self._waiting_rows + n > self._max_queue_rows:
            raise Overloaded
        job = Job(columns, n, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._waiting_rows += n
        if not self._busy:
            self._next()
        return await job.answer

    def _next(self) -> None:
        """Hand the thread what waits, up to the limit."""
        batch: list[Job] = []
        rows = 0
        while self._waiting and (not batch or (self._merge and rows + self._waiting[0].n <= self._max_rows)):
            job = self._waiting.popleft()
            self._waiting_rows -= job.n
            # A caller who has gone away is not worth a prediction.
            if not job.answer.cancelled():
                batch.append(job)
                rows += job.n
        self._busy = bool(batch)
        if batch:
            self._work.put(batch)

    def _done(self, batch: list[Job], outcomes: list[Outcome]) -> None:
        self._next()
        for job, outcome in zip(batch, outcomes, strict=True):
            if job.answer.done():
                continue
            if isinstance(outcome, Answers):
                job.answer.set_result(outcome)
            else:
                job.answer.set_exception(outcome)

    def _run(self) -> None:
        if self._loop is None:
            raise RuntimeError("start() first")
        while (batch := self._work.get()) is not None:
            predicted: list[tuple[Columns, int, Answers]] = []
            outcomes = self._outcomes(batch, predicted)
            self._loop.call_soon_threadsafe(self._done, batch, outcomes)
            for columns, n, answers in predicted:
                self._observe(columns, n, answers)

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
