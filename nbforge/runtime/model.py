"""The model behind every route: checked rows in, answers out, or the refusal that the client is told."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbforge.runtime import deadlines, promise
from nbforge.runtime.answers import Answers
from nbforge.runtime.batching import Batcher, ModelFailed, Overloaded, TooLate
from nbforge.runtime.bodies.limits import Limits
from nbforge.runtime.bodies.rows import Rows, Table
from nbforge.runtime.errors import FrameError, ValidateError
from nbforge.runtime.following.answered import Answered
from nbforge.runtime.logs import LOGGER, describe
from nbforge.runtime.metrics import Metrics
from nbforge.runtime.problems import Problem, Refusal, contract_refusal, overload_refusal, point
from nbforge.runtime.scorer import Scorer
from nbforge.runtime.settings import Settings
from nbforge.runtime.validation import Checked, Validator

_TRIAL_ROWS = 64
_TRIAL_SECONDS = 0.1
"""A model that takes longer for its examples is not tried with many of them."""
Pointer = Callable[[int, str], str]


class Model:
    """A loaded bundle that answers requests.

    ``ready`` is true between the end of :meth:`start` and the beginning of a drain.
    """

    def __init__(self, scorer: Scorer, settings: Settings, metrics: Metrics, answered: Answered) -> None:
        self.contract = scorer.contract
        self.name = str(scorer.manifest["name"])
        self.version = str(scorer.manifest["version"])
        self.contract_digest = promise.digest(scorer.contract)
        self.validator = Validator(scorer.contract)
        self.ready = False
        self._scorer = scorer
        self._metrics = metrics
        self.limits = Limits(scorer.contract, settings.max_rows)
        self._watched = bool(metrics.drift.features)
        self._answered = answered
        self._may_be_infinite = any(output.non_finite for output in scorer.contract.outputs)
        self.batcher = Batcher(
            self._score,
            admit=scorer.validate,
            observe=self._observe,
            waited=metrics.stages.queue.observe,
            merge=bool(scorer.manifest.get("rowwise", False)),
            max_rows=settings.max_rows,
            max_queue_rows=settings.max_queue_rows,
            max_wait=settings.max_wait_seconds,
        )

    async def start(self) -> None:
        """Start predicting, warm up on the examples, then be ready."""
        self.batcher.start()
        await asyncio.to_thread(self._warm_up)
        self.ready = True

    async def stop(self) -> None:
        """Finish what runs."""
        self.ready = False
        await self.batcher.stop()
        await asyncio.to_thread(self._answered.stop)

    async def answer_rows(self, rows: Rows | Table, *, positional: bool = False) -> tuple[Checked, Answers]:
        """Check and predict; see :meth:`answer`."""
        self.limits.check_rows(rows.n)
        with self._metrics.stages.validate:
            checked = self.validator.check(rows, positional=positional)
        place = self.validator.place(rows)
        return checked, await self.answer(checked, place, rows.prefix)

    async def answer(self, checked: Checked, place: Pointer, whole: str) -> Answers:
        """Predict for rows that keep the contract.

        Args:
            checked: the rows.
            place: where a value was sent.
            whole: the pointer of all rows.

        Raises:
            Refusal: 422 where the notebook's own code refuses, 500 where it fails, 503 where there is no room.
        """
        if not self.ready:
            raise overload_refusal(1, "The model is not ready yet.", "not_ready")
        for (field, code), count in checked.unusual.items():
            self._metrics.unusual_inputs.labels(field, code).inc(count)
        if not checked.n:
            return Answers(())
        try:
            answers = await self.batcher.submit(checked.columns, checked.n, deadlines.CURRENT.get())
        except TooLate as error:
            raise overload_refusal(
                error.seconds, "There is no answer in the time that was given.", "deadline"
            ) from None
        except Overloaded as error:
            raise overload_refusal(error.seconds, "Too many rows wait; try again.") from None
        except ValidateError as error:
            raise contract_refusal([Problem(whole, "custom", error.message)]) from None
        except FrameError as error:
            row = self._first_misfit(checked)
            raise contract_refusal([Problem(place(row, error.field), "type", error.message, error.field)]) from None
        except ModelFailed as error:
            LOGGER.error("The model raised.", extra=describe(error.cause))
            raise _model_error("The model failed on these rows.") from None
        if not self._may_be_infinite and not finite(answers):
            raise _model_error("The model's answer is not a finite number.")
        self._answered(checked, answers)
        return answers

    def _score(self, columns: Mapping[str, Sequence[Any]], n: int) -> Answers:
        started = time.perf_counter()
        try:
            scorer = self._scorer
            return scorer.path.answers(scorer.builder.build(columns, n), n, watched=self._watched)
        finally:
            self._metrics.model_call(time.perf_counter() - started)

    def _observe(self, columns: Mapping[str, Sequence[Any]], n: int, answers: Answers) -> None:
        try:
            self._metrics.predicted(columns, n, answers)
        except Exception as error:  # noqa: BLE001 - counting must never cost the thread that predicts
            LOGGER.error("A prediction could not be counted.", extra=describe(error))

    def _warm_up(self) -> None:
        """The first call of a model imports and compiles; let no client pay for it. Then learn what calls cost."""
        good: list[Checked] = []
        for record in self.contract.examples:
            try:
                checked = self.validator.check(Rows([dict(record)], single=True))
                self._scorer.score(checked.columns, 1)
                good.append(checked)
            except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
                LOGGER.warning("An example of the contract could not be scored.", extra=describe(error))
        if not good:
            return
        columns, seconds = good[0].columns, self._try(good[0].columns, 1)
        if self.batcher.merge and seconds < _TRIAL_SECONDS:
            self._try({name: list(values) * _TRIAL_ROWS for name, values in columns.items()}, _TRIAL_ROWS)

    def _try(self, columns: Mapping[str, Sequence[Any]], n: int) -> float:
        started = time.monotonic()
        try:
            self._scorer.score(columns, n)
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            LOGGER.warning("An example of the contract could not be scored again.", extra=describe(error))
            return math.inf
        seconds = time.monotonic() - started
        self.batcher.cost.note(n, seconds)
        return seconds

    def _first_misfit(self, checked: Checked) -> int:
        """The first row that the model's dtypes cannot hold, found by halving."""
        low, high = 0, checked.n
        while high - low > 1:
            middle = (low + high) // 2
            part = {name: values[low:middle] for name, values in checked.columns.items()}
            try:
                self._scorer.builder.build(part, middle - low)
                low = middle
            except FrameError:
                high = middle
        return low


def _model_error(detail: str) -> Refusal:
    return Refusal(500, detail, [Problem(point(), "model_error", detail)])


def finite(answers: Answers) -> bool:
    """Whether every number in the answers is finite."""
    if answers.probabilities is not None and not all(
        math.isfinite(sum(each.values())) for each in answers.probabilities
    ):
        return False
    return all(map(_finite, answers.predictions))


def _finite(value: Any) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    return all(map(_finite, value)) if isinstance(value, (list, tuple)) else True
