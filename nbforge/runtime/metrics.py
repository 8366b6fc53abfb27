"""What the service counts, under the names of docs/reference/metrics.md. Labels are bounded: by routes, fields, codes
and classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Histogram as PlainHistogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client.registry import Collector

from nbforge.runtime import engineered
from nbforge.runtime.answers import Answers
from nbforge.runtime.baseline import FEATURE, PREDICTION, PROBABILITY
from nbforge.runtime.contract import Contract
from nbforge.runtime.drift import Drift
from nbforge.runtime.following.feedback import Feedback, classes
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.logs import LOGGER
from nbforge.runtime.series import Collected, Counter, Gauge, Histogram, Series, Summary
from nbforge.runtime.stages import Stages

__all__ = ["CONTENT_TYPE", "Metrics"]

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PREDICT_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_MANY_LABELS = 200
OTHER = "_other"


class Metrics:
    """The service's metrics. ``ledger``: where they are counted, shared with the other workers."""

    def __init__(
        self,
        contract: Contract,
        name: str,
        version: str,
        nachlass_prefix: str = "",
        ledger: Ledger | None = None,
        drift_window: int = 1000,
        feedback_rows: int = 0,
    ) -> None:
        self.ledger = ledger = ledger or Ledger()
        self.uncounted = Counter(ledger, "nbforge_uncounted_series", "Series that found no room and are not counted")
        ledger.lost = self._lost
        self._told = False
        self._classifies = contract.task == "classification"
        self._labels = _class_labels(contract)
        self._weighs = PROBABILITY in contract.baseline
        self.requests = Counter(ledger, "nbforge_requests", "Requests", ("route", "code"))
        self.rows = Counter(ledger, "nbforge_rows", "Rows predicted")
        self.predictions = Counter(ledger, "nbforge_predictions", "Predicted classes", ("label",))
        self.validation_errors = Counter(
            ledger, "nbforge_validation_errors", "Values that do not keep the contract", ("field", "code")
        )
        self.unusual_inputs = Counter(
            ledger, "nbforge_unusual_inputs", "Values answered though unlike training's", ("field", "kind")
        )
        self.rejected = Counter(ledger, "nbforge_rejected", "Requests turned away unserved", ("reason",))
        self.request_seconds = Histogram(
            ledger, "nbforge_request_duration_seconds", "Time of a request", ("route",), buckets=_REQUEST_SECONDS
        )
        self.prediction_seconds = Histogram(
            ledger, "nbforge_prediction_duration_seconds", "Time of a model call", buckets=_PREDICT_SECONDS
        )
        self.prediction_value = Histogram(
            ledger, "nbforge_prediction_value", "Predicted numbers", buckets=_value_buckets(contract)
        )
        self.batch_rows = Histogram(ledger, "nbforge_batch_rows", "Rows of a model call", buckets=_ROWS)
        self.in_progress = Gauge(ledger, "nbforge_requests_in_progress", "Requests being served")
        self.restarts = Counter(ledger, "nbforge_worker_restarts", "Workers that died and were replaced")
        self.stages = Stages(ledger)
        self.log_dropped = Counter(ledger, "nbforge_prediction_log_dropped", "Rows that the prediction log lacks")
        self.log_lines_dropped = Counter(ledger, "nbforge_log_lines_dropped", "Lines that the log lacks")
        self.drift = Drift(contract.baseline, ledger, drift_window)
        self.feedback = Feedback(contract, ledger, feedback_rows)
        self._nachlass = _Nachlass(nachlass_prefix, self._classifies, ledger) if nachlass_prefix else None
        self._registry = CollectorRegistry()
        series = [each for each in vars(self).values() if isinstance(each, Series)]
        nachlass = self._nachlass.series if self._nachlass else ()
        self._registry.register(Collected(ledger, [*series, *self.feedback.series, *nachlass, self.drift]))
        self._registry.register(_Info(name, version))

    def _lost(self) -> None:
        if not self._told:
            LOGGER.error("There is no room for more series; they are not counted.", extra={"event": "uncounted"})
        self._told = True
        self.uncounted.inc()

    def predicted(self, columns: Any, n: int, answers: Answers) -> None:
        """Count one model call: its rows, what it answered, and where inputs and answers lie in the baseline."""
        self.rows.inc(n)
        self.batch_rows.observe(n)
        if self._classifies:
            self._count_labels(answers.predictions)
        else:
            for value in answers.predictions:
                if type(value) in (int, float) and math.isfinite(value):
                    self.prediction_value.observe(value)
        if self._nachlass:
            self._nachlass.predicted(answers.predictions)
        seen = {**columns, PREDICTION: answers.predictions}
        if self._weighs and answers.probabilities is not None:
            seen[PROBABILITY] = answers.highest()
        if answers.features is not None:
            made = engineered.columns(answers.features, self.drift.features)
            seen |= {FEATURE + name: values for name, values in made.items()}
        self.drift.observe(seen, n)

    def model_call(self, seconds: float) -> None:
        """Time of one model call, its features code included."""
        self.prediction_seconds.observe(seconds)
        self.stages.predict.observe(seconds)
        if self._nachlass:
            self._nachlass.seconds.observe(seconds)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _count_labels(self, predictions: Sequence[Any]) -> None:
        for value in predictions:
            label = str(value)
            self.predictions.labels(label if label in self._labels else OTHER).inc()


class _Info(Collector):
    """The model that answers: a gauge that is always 1, however many workers there are."""

    def __init__(self, name: str, version: str) -> None:
        self._labels = (name, version)

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("nbforge_model_info", "The model that answers; always 1", labels=("name", "version"))
        family.add_metric(self._labels, 1)
        yield family


class _Nachlass:
    """The metrics that nachlass's service published (Benton, 2019), for dashboards that know them."""

    def __init__(self, prefix: str, classifies: bool, ledger: Ledger) -> None:
        self.seconds = Summary(ledger, f"{prefix}_processing_seconds", "time spent processing predictions")
        self._labels: Counter | None = None
        self._values: Histogram | None = None
        self._seen: set[str] = set()
        if classifies:
            self._labels = Counter(ledger, f"{prefix}_predictions", "predictions", ("value",))
        else:
            buckets = PlainHistogram.DEFAULT_BUCKETS[:-1]
            self._values = Histogram(ledger, f"{prefix}_predictions", "predictions", buckets=buckets)
        self.series = [each for each in (self.seconds, self._labels, self._values) if each is not None]

    def predicted(self, predictions: Sequence[Any]) -> None:
        for value in predictions:
            if self._labels is not None:
                label = str(value)
                if len(self._seen) < _MANY_LABELS:
                    self._seen.add(label)
                self._labels.labels(label if label in self._seen else OTHER).inc()
            elif self._values is not None and type(value) in (int, float) and math.isfinite(value):
                self._values.observe(value)


def _class_labels(contract: Contract) -> frozenset[str]:
    """The classes that get a label of their own."""
    return frozenset(map(str, classes(contract)[:_MANY_LABELS]))


def _value_buckets(contract: Contract) -> Sequence[float]:
    base = contract.baseline.get(PREDICTION, {})
    edges = base.get("edges") if base.get("kind") == "numeric" else None
    return tuple(edges) if edges else PlainHistogram.DEFAULT_BUCKETS[:-1]
