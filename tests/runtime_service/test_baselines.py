"""Baselines: counts that add up, publish no row, and show a shift."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbforge.runtime import baseline
from nbforge.runtime.bins import bins
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
    own = bins(base)
    one_by_one = [0] * own.size
    for value in seen:
        one_by_one[own.one(value)] += 1
    halves = [baseline.bin_counts(base, part) for part in (seen[: len(seen) // 2], seen[len(seen) // 2 :])]
    assert baseline.bin_counts(base, seen) == one_by_one == [a + b for a, b in zip(*halves, strict=True)]
    assert len(set(baseline.labels(base))) == own.size


def test_numbers_and_loops_agree_on_large_columns() -> None:
    random.seed(1)
    values = [random.gauss(0, 1) for _ in range(5000)]
    base = baseline.compute(values, "float64")
    assert len(base["edges"]) == 11
    below, *deciles, above = base["counts"]
    assert (below, above) == (0, 0)
    assert max(deciles) - min(deciles) <= 1
    constant = baseline.compute([3.0] * 100, "float64")
    assert baseline.bin_counts(constant, [2.0, 3.0, 3.5]) == [1, 1, 1, 0]


def test_values_that_many_rows_share_have_bins_of_their_own() -> None:
    few = baseline.compute([1, 2, 2, 5] * 30, "int64")
    assert few["counts"] == [0, 30, 60, 30, 0]
    random.seed(3)
    zeros = baseline.compute([0.0] * 600 + [random.expovariate(1) for _ in range(400)], "float64")
    assert max(zeros["counts"]) == zeros["counts"][1] == 600


def test_answers_with_other_last_digits_are_counted_where_training_counts_them() -> None:
    leaves = [-1 / 3, 0.1, 2 / 3, 173.3 / 7]
    random.seed(4)
    few = baseline.compute(random.choices(leaves, k=400), "number", noise=2e-5)
    shared = baseline.compute([0.7] * 300 + [random.random() for _ in range(700)], "number", noise=2e-5)
    for factor in (1, 1 - 1e-7, 1 + 1e-7, 1 - 1e-5, 1 + 1e-5):
        assert baseline.bin_counts(few, [each * factor for each in leaves]) == [0, 1, 1, 1, 1, 0, 0]
        assert max(baseline.bin_counts(shared, [0.7 * factor] * 9)) == 9
    assert shared["counts"][bins(shared).one(0.7)] == max(shared["counts"]) == 300
    assert few["counts"][0] == few["counts"][-1] == 0


def test_categories_are_few_and_never_near_unique() -> None:
    base = baseline.compute(["a"] * 5 + ["b"] * 3 + [None], "string")
    assert base == {"kind": "category", "categories": ["a", "b"], "counts": [5, 3], "other": 0, "missing": 1}
    assert baseline.compute([f"mail{i}@example.org" for i in range(40)], "string")["categories"] == []
    assert len(baseline.compute([str(i % 200) for i in range(4000)], "string")["categories"]) == 50
    assert baseline.compute([True, False, True], "bool")["categories"] == ["true", "false"]


def test_metrics_count_what_was_seen(service: Callable[[str], Running]) -> None:
    running = service("penguins")
    record = {"bill_length": None, "body_mass": 3750, "island": "Dream", "banded": True}
    island = 'nbforge_observed_total{bin="Dream",field="island"}'
    missing = 'nbforge_observed_total{bin="_missing",field="bill_length"}'
    label = 'nbforge_predictions_total{label="Chinstrap"}'
    before = [running.metric(line) for line in (island, missing, "nbforge_rows_total")]
    assert set(running.predict([record] * 3).json()["predictions"]) == {"Chinstrap"}
    # Rows are counted after they were answered.
    end = time.monotonic() + 10
    while running.metric(island) < before[0] + 3 and time.monotonic() < end:
        time.sleep(0.01)
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
        *("drift_alarm", "drift_alarms_total", "drift_windows_total", "drift_alarmed_windows_total"),
        "drift_skipped_windows_total",
    ):
        family = f"# TYPE nbforge_{name} "
        assert family in text, name
    assert "_created" not in text
    unknown = 'nbforge_validation_errors_total{code="unknown_field",field="_other"}'
    seen = running.metric(unknown)
    running.predict({**record, "anything": 1})
    assert running.metric(unknown) == seen + 1
