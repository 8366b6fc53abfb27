"""What the service counts, under the names of docs/reference/metrics.md. Labels are bounded: by routes, fields, codes
and classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract
from nbforge.runtime.drift import PREDICTION, Drift

__all__ = ["CONTENT_TYPE", "Metrics"]

_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PREDICT_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_MANY_LABELS = 200
OTHER = "_other"


class Metrics:
    """The service's metrics, in a registry of their own."""

    def __init__(self, contract: Contract, name: str, version: str, nachlass_prefix: str = "") -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self._registry = CollectorRegistry()
        self._classifies = contract.task == "classification"
        self._labels = _class_labels(contract)
        self.requests = Counter("nbforge_requests", "Requests", ("route", "code"), registry=registry)
        self.rows = Counter("nbforge_rows", "Rows predicted", registry=registry)
        self.predictions = Counter("nbforge_predictions", "Predicted classes", ("label",), registry=registry)
        self.validation_errors = Counter(
            "nbforge_validation_errors", "Values that do not keep the contract", ("field", "code"), registry=registry
        )
        self.unusual_inputs = Counter(
            "nbforge_unusual_inputs", "Values answered though unlike training's", ("field", "kind"), registry=registry
        )
        self.rejected = Counter("nbforge_rejected", "Requests turned away unserved", ("reason",), registry=registry)
        self.request_seconds = Histogram(
            "nbforge_request_duration_seconds",
            "Time of a request",
            ("route",),
            registry=registry,
            buckets=_REQUEST_SECONDS,
        )
        self.prediction_seconds = Histogram(
            "nbforge_prediction_duration_seconds", "Time of a model call", registry=registry, buckets=_PREDICT_SECONDS
        )
        self.prediction_value = Histogram(
            "nbforge_prediction_value", "Predicted numbers", registry=registry, buckets=_value_buckets(contract)
        )
        self.batch_rows = Histogram("nbforge_batch_rows", "Rows of a model call", registry=registry, buckets=_ROWS)
        self.in_progress = Gauge("nbforge_requests_in_progress", "Requests being served", registry=registry)
        info = Gauge("nbforge_model_info", "The model that answers; always 1", ("name", "version"), registry=registry)
        info.labels(name, version).set(1)
        self.drift = Drift(contract.baseline)
        registry.register(self.drift)
        self._nachlass = _Nachlass(nachlass_prefix, self._classifies, registry) if nachlass_prefix else None
        # A child is found again by hashing its labels under a lock; these are asked for with every request.
        self.request_count = cache(lambda route, code: self.requests.labels(route, str(code)))
        self.request_timer = cache(self.request_seconds.labels)
        self._prediction_count = cache(self.predictions.labels)

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
        self.drift.observe(columns)
        self.drift.observe({PREDICTION: answers.predictions})

    def model_call(self, seconds: float) -> None:
        """Time of one model call, its features code included."""
        self.prediction_seconds.observe(seconds)
        if self._nachlass:
            self._nachlass.seconds.observe(seconds)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _count_labels(self, predictions: Sequence[Any]) -> None:
        for value in predictions:
            label = str(value)
            self._prediction_count(label if label in self._labels else OTHER).inc()


class _Nachlass:
    """The metrics that nachlass's service published (Benton, 2019), for dashboards that know them."""

    def __init__(self, prefix: str, classifies: bool, registry: CollectorRegistry) -> None:
        self.seconds = Summary(f"{prefix}_processing_seconds", "time spent processing predictions", registry=registry)
        self._labels: Counter | None = None
        self._values: Histogram | None = None
        self._seen: set[str] = set()
        if classifies:
            self._labels = Counter(f"{prefix}_predictions", "predictions", ("value",), registry=registry)
        else:
            self._values = Histogram(f"{prefix}_predictions", "predictions", registry=registry)

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
    """The classes that get a label of their own: those of the outputs, else those that training's answers had."""
    classes = [each for output in contract.outputs for each in output.classes or ()]
    classes = classes or list(contract.baseline.get(PREDICTION, {}).get("categories", ()))
    return frozenset(map(str, classes[:_MANY_LABELS]))


def _value_buckets(contract: Contract) -> Sequence[float]:
    base = contract.baseline.get(PREDICTION, {})
    edges = base.get("edges") if base.get("kind") == "numeric" else None
    return tuple(edges) if edges else Histogram.DEFAULT_BUCKETS
