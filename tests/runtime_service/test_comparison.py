"""The statistics of drift: against scipy's, and against what they promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from nbforge.runtime import baseline
from nbforge.runtime.bins import bins
from nbforge.runtime.drift import stability
from nbforge.runtime.watching import tails
from nbforge.runtime.watching.comparison import Comparison, Verdict
from nbforge.runtime.watching.sample import Sample

BLOCKS = 10
Columns = dict[str, list[Any]]


class Watch:
    """A baseline and the windows that are compared with it, one after the other."""

    def __init__(self, training: Columns, dtypes: dict[str, str]) -> None:
        bases = {name: baseline.compute(values, dtypes[name]) for name, values in training.items()}
        self.comparison = own = Comparison(bases)
        self._bins = [bins(base) for base in bases.values()]
        self._memory = np.zeros((2, len(own.statistics)))

    def blocks(self, window: Columns) -> np.ndarray:
        own = self.comparison
        places = np.array(
            [
                np.add(each.many(values), start)
                for each, values, start in zip(self._bins, window.values(), own.starts, strict=True)
            ]
        )
        parts = np.array_split(places, BLOCKS, axis=1)
        return np.array([np.bincount(part.ravel(), minlength=own.size) for part in parts], dtype=float)

    def judge(self, window: Columns) -> Verdict:
        own = self.comparison
        return own.judge(self.blocks(window), own.trained, np.zeros(len(own.names), dtype=bool), self._memory)


DTYPES = {"normal": "float64", "skewed": "float64", "zeros": "float64", "level": "int64", "constant": "float64",
          "city": "string", "rare": "bool"}  # fmt: skip


def rows(rng: np.random.Generator, n: int, rho: float = 0.0, shift: float = 0.0) -> Columns:
    """Seven fields; ``rho``: correlation of neighbours, ``shift``: of the first field, in standard deviations."""
    noise = rng.standard_normal((n, len(DTYPES)))
    z = np.empty_like(noise)
    z[0] = noise[0]
    for row in range(1, n):
        z[row] = rho * z[row - 1] + np.sqrt(1 - rho * rho) * noise[row]
    normal = z[:, 0] + shift
    normal[rng.random(n) < 0.05] = np.nan
    return {
        "normal": normal.tolist(),
        "skewed": np.exp(1.5 * z[:, 1]).tolist(),
        "zeros": np.where(z[:, 2] < 0.5, 0.0, z[:, 2]).tolist(),
        "level": np.clip(np.round(z[:, 3] + 2), 0, 5).astype(int).tolist(),
        "constant": [3.0] * n,
        "city": np.array(list("abcd"))[np.searchsorted([-0.5, 0.5, 1.5], z[:, 5])].tolist(),
        "rare": (z[:, 6] > 2.3).tolist(),
    }


def test_tails_are_those_of_scipy() -> None:
    for z in (0.0, 1.3, 5.2, -9.0):
        assert tails.two_sided(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)
    for tail in (0.4, 1e-3, 1e-9):
        assert tails.quantile(tail) == pytest.approx(stats.norm.isf(tail), rel=1e-9)
    for drawn, draws, marked, everything in (
        (3, 200, 4, 10_000),
        (120, 1000, 150, 1300),
        (0, 5, 2, 9),
        (5, 200, 5, 300),
    ):
        expected = stats.hypergeom.sf(drawn - 1, everything, marked, draws)
        assert tails.hypergeometric(drawn, draws, marked, everything) == pytest.approx(expected, rel=1e-8)
    for t, freedom in ((2.0, 9.0), (5.0, 9.0), (4.0, 120.0)):
        assert stats.norm.sf(tails.normal_of_t(t, freedom)) == pytest.approx(stats.t.sf(t, freedom), rel=0.1)
    ratio = np.array([0.5, 2.5])
    assert stats.norm.sf(tails.normal_of_mean_square(ratio, 9)) == pytest.approx(stats.chi2.sf(9 * ratio, 9), rel=0.05)


def test_the_location_is_wilcoxons_test_on_the_bins() -> None:
    rng = np.random.default_rng(1)
    training, window = rng.integers(0, 8, 900).tolist(), rng.choice(8, 200, p=[0.2, 0.2, *[0.1] * 6]).tolist()
    watch = Watch({"x": training}, {"x": "int64"})
    blocks = watch.blocks({"x": window})
    expected = stats.mannwhitneyu(window, training, method="asymptotic", use_continuity=False)
    own = watch.comparison
    sample = Sample(blocks, own.trained, own.starts, own.field_of, own.starts + len(own.labels[0]) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        location = abs(sample.z()[own.size])
    # What is taken off for skewness is little where scores are spread evenly.
    assert location == pytest.approx(tails.quantile(expected.pvalue / 2), rel=0.02)
    share = sample.exact(1)
    table = [[window.count(0), 200 - window.count(0)], [training.count(0), 900 - training.count(0)]]
    assert tails.two_sided(share) / 2 == pytest.approx(stats.fisher_exact(table, "greater").pvalue, rel=1e-6)


def test_shares_are_judged_by_the_likelihood_ratio_and_the_exact_test_where_it_matters() -> None:
    training, window = ["a"] * 285 + ["b"] * 15, (["a"] * 17 + ["b"] * 3) * 50
    watch = Watch({"x": training}, {"x": "string"})
    own = watch.comparison
    sample = Sample(watch.blocks({"x": window}), own.trained, own.starts, own.field_of, np.array([3]))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = sample.z()[: own.size]
    table = [[150, 850], [15, 285]]
    ratio = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert z[1] == pytest.approx(np.sqrt(ratio.statistic), rel=1e-9)
    assert z[0] == pytest.approx(-z[1])
    assert np.isnan(z[2:]).all()
    # Of the two the exact one says less, and it decides.
    exact = tails.quantile(stats.fisher_exact(table, "greater").pvalue)
    assert 4.7 < exact < z[1]
    verdict = watch.judge({"x": window})
    assert verdict.p[0] == pytest.approx(tails.two_sided(exact) / 0.5, rel=1e-3)


def test_what_can_tell_nothing_leaves_its_part_of_the_rate_to_others() -> None:
    rng = np.random.default_rng(4)
    training = {"x": rng.choice(list("ab"), 300).tolist(), "constant": [3.0] * 300}
    window = {"x": rng.choice(list("ab"), 1000, p=[0.4, 0.6]).tolist(), "constant": [3.0] * 1000}
    dtypes = {"x": "string", "constant": "float64"}
    both, alone = Watch(training, dtypes), Watch({"x": training["x"]}, {"x": "string"})
    assert both.judge(window).p[0] == pytest.approx(alone.judge({"x": window["x"]}).p[0])
    # Once it differs, it counts again.
    assert both.judge({**window, "constant": [*[3.0] * 9, 4.0] * 100}).alarm[1]


@pytest.mark.parametrize("kind", ["missing", "share"])
def test_small_baselines_do_not_hide_what_many_rows_show(kind: str) -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(40):
        watch = Watch(rows(rng, 300), DTYPES)
        window = rows(rng, 1000)
        if kind == "missing":
            window["normal"] = np.where(rng.random(1000) < 0.105, np.nan, window["normal"]).tolist()
        else:  # of the first of four categories, from 31 to 46 percent
            window["city"] = np.where(rng.random(1000) < 0.217, "a", window["city"]).tolist()
        alarm = watch.judge(window).alarm
        found += bool(alarm[0 if kind == "missing" else 5])
    assert found >= 32  # nine in ten on average, less three sigma


@pytest.mark.parametrize(("rho", "n"), [(0.0, 200), (0.8, 200), (0.9, 1000)])
def test_alarms_without_drift_are_rare(rho: float, n: int) -> None:
    rng = np.random.default_rng(2)
    watch = Watch(rows(rng, 2000), DTYPES)
    windows = 150
    live = rows(rng, n * windows, rho)
    parts = ({name: values[at * n : (at + 1) * n] for name, values in live.items()} for at in range(windows))
    alarmed = sum(bool(watch.judge(part).alarm.any()) for part in parts)
    assert alarmed <= 0.01 * windows + 3 * np.sqrt(0.01 * 0.99 * windows)


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_a_shift_of_half_a_standard_deviation_is_found_and_named(rho: float) -> None:
    rng = np.random.default_rng(3)
    watch = Watch(rows(rng, 2000), DTYPES)
    for _ in range(5):
        assert not watch.judge(rows(rng, 1000, rho)).alarm.any()
    found = [watch.judge(rows(rng, 1000, rho, shift=0.5)) for _ in range(10)]
    assert all(each.alarm[0] for each in found)
    assert sum(each.alarm[1:].sum() for each in found) <= 1
    assert watch.comparison.statistics[found[0].what[0]] == (0, "location")
    assert found[0].p[0] < 0.01


def test_what_training_never_had_counts_by_how_large_training_was() -> None:
    window = {"x": [1.0] * 196 + [None] * 4}
    sure = Watch({"x": [1.0] * 10_000}, {"x": "float64"}).judge(window)
    unsure = Watch({"x": [1.0] * 50}, {"x": "float64"}).judge(window)
    assert sure.alarm[0]
    assert not unsure.alarm[0]


def test_each_bin_counts_whatever_its_category_is_called() -> None:
    watch = Watch({"x": ["location", "spread"] * 500, "y": [1.5, 2.5] * 500}, {"x": "string", "y": "float64"})
    assert watch.comparison.weight.sum() == pytest.approx(1)
    assert watch.judge({"x": ["location"] * 200, "y": [1.5, 2.5] * 100}).alarm.tolist() == [True, False]


def test_the_stability_index_is_the_known_one() -> None:
    assert stability([300, 700], [500, 500]) == pytest.approx(
        0.2 * np.log(0.7 / 0.5) - 0.2 * np.log(0.3 / 0.5), rel=0.02
    )
    assert stability([0, 0], [5, 5]) == 0
    assert np.isfinite(stability([5, 0, 0], [0, 5, 5]))
