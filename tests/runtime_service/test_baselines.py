"""Baselines: counts that add up, publish no row, and show a shift."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbforge.runtime import baseline
from nbforge.runtime.drift import stability
from tests.runtime_service.conftest import Running

cells = st.none() | st.floats() | st.integers() | st.booleans() | st.text(max_size=3) | st.just("2020-01-01T00:00:00")


@given(
    training=st.lists(cells, max_size=90),
    seen=st.lists(cells, max_size=90),
    dtype=st.sampled_from(["float64", "string"]),
)
def test_every_value_falls_into_one_bin_however_it_is_counted(training: list[Any], seen: list[Any], dtype: str) -> None:
    base = baseline.compute(training, dtype)
    assert baseline.training_counts(base) == baseline.bin_counts(base, training)
    assert sum(baseline.training_counts(base)) == len(training)
    one_by_one = [0] * baseline.size(base)
    for value in seen:
        one_by_one[baseline.bin_of(base, value)] += 1
    halves = [baseline.bin_counts(base, part) for part in (seen[: len(seen) // 2], seen[len(seen) // 2 :])]
    assert baseline.bin_counts(base, seen) == one_by_one == [a + b for a, b in zip(*halves, strict=True)]
    assert len(set(baseline.labels(base))) == baseline.size(base)


def test_numbers_and_loops_agree_on_large_columns() -> None:
    random.seed(1)
    values = [random.gauss(0, 1) for _ in range(5000)]
    base = baseline.compute(values, "float64")
    assert len(base["edges"]) == 9
    assert max(base["counts"]) - min(base["counts"]) <= 1
    constant = baseline.compute([3.0] * 100, "float64")
    assert baseline.bin_counts(constant, [2.0, 3.0, 3.5]) == [1, 1, 1, 0]


def test_categories_are_few_and_never_near_unique() -> None:
    base = baseline.compute(["a"] * 5 + ["b"] * 3 + [None], "string")
    assert base == {"kind": "category", "categories": ["a", "b"], "counts": [5, 3], "other": 0, "missing": 1}
    assert baseline.compute([f"mail{i}@example.org" for i in range(40)], "string")["categories"] == []
    assert len(baseline.compute([str(i % 200) for i in range(4000)], "string")["categories"]) == 50
    assert baseline.compute([True, False, True], "bool")["categories"] == ["true", "false"]


def test_the_score_is_near_zero_without_drift_and_large_with() -> None:
    random.seed(2)
    base = baseline.compute([random.gauss(0, 1) for _ in range(2000)], "float64")
    training = baseline.training_counts(base)
    same = [stability(baseline.bin_counts(base, [random.gauss(0, 1) for _ in range(200)]), training) for _ in range(50)]
    shifted = stability(baseline.bin_counts(base, [random.gauss(0.8, 1) for _ in range(200)]), training)
    assert sum(same) / len(same) < 0.05
    assert shifted > 0.3
    assert stability([0] * len(training), training) == 0
    assert math.isfinite(stability([5, *([0] * (len(training) - 1))], training))


def test_metrics_count_what_was_seen(service: Callable[[str], Running]) -> None:
    running = service("penguins")
    record = {"bill_length": None, "body_mass": 3750, "island": "Dream", "banded": True}
    island = 'nbforge_observed_total{bin="Dream",field="island"}'
    missing = 'nbforge_observed_total{bin="_missing",field="bill_length"}'
    label = 'nbforge_predictions_total{label="Chinstrap"}'
    before = [running.metric(line) for line in (island, missing, "nbforge_rows_total")]
    assert set(running.predict([record] * 3).json()["predictions"]) == {"Chinstrap"}
    running.http.get("/health/live")
    after = [running.metric(line) for line in (island, missing, "nbforge_rows_total")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [3, 3, 3]
    assert running.metric(label) >= 3
    assert running.metric('nbforge_baseline_ratio{bin="Dream",field="island"}') == pytest.approx(1 / 3)
    text = running.http.get("/metrics").text
    for name in (
        *("requests_total", "rows_total", "predictions_total", "validation_errors_total", "unusual_inputs_total"),
        *(
            "rejected_total",
            "request_duration_seconds",
            "prediction_duration_seconds",
            "prediction_value",
            "batch_rows",
        ),
        *("requests_in_progress", "model_info", "drift_score", "observed_total", "baseline_ratio"),
    ):
        family = f"# TYPE nbforge_{name} "
        assert family in text, name
    assert "_created" not in text
    unknown = 'nbforge_validation_errors_total{code="unknown_field",field="_other"}'
    seen = running.metric(unknown)
    running.predict({**record, "anything": 1})
    assert running.metric(unknown) == seen + 1
