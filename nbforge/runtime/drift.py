"""What live traffic looks like, in the bins of the training baseline: counts that add up over replicas, and a score a
field.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from nbforge.runtime import baseline
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.series import Cells

PREDICTION = "prediction"
_OBSERVED = "nbforge_observed"

_SCORE_HELP = (
    "Population stability index of the observed values since start against the training baseline (natural logarithm, "
    "half a count added to each bin), less what it comes to by chance, (bins - 1) * (1/observed + 1/training); "
    "0 at the least"
)


class Drift:
    """Counts values in the baseline's bins; ``fields`` are the inputs and ``prediction``, as the contract has them."""

    def __init__(self, fields: Mapping[str, baseline.Baseline], ledger: Ledger) -> None:
        self._fields = dict(fields)
        self._observed = {name: ledger.cell((_OBSERVED, name), baseline.size(each)) for name, each in fields.items()}

    def observe(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Count JSON values by field; fields without a baseline are passed over."""
        for name, values in columns.items():
            base = self._fields.get(name)
            if base is None:
                continue
            if len(values) == 1:
                self._observed[name].inc(1, baseline.bin_of(base, values[0]))
            else:
                self._observed[name].add(baseline.bin_counts(base, values))

    def families(self, counted: Mapping[str, Cells]) -> Iterator[Metric]:
        """See :class:`nbforge.runtime.series.Counted`."""
        cells = counted.get(_OBSERVED, {})
        observed = {name: [int(count) for count in cells[name,]] for name in self._fields}
        total = CounterMetricFamily(
            _OBSERVED, "Values seen, in the bins of the training baseline", labels=("field", "bin")
        )
        ratio = GaugeMetricFamily(
            "nbforge_baseline_ratio", "Share of the training values in each bin", labels=("field", "bin")
        )
        score = GaugeMetricFamily("nbforge_drift_score", _SCORE_HELP, labels=("field",))
        for name, base in self._fields.items():
            training = baseline.training_counts(base)
            everything = sum(training) or 1
            for label, seen, trained in zip(baseline.labels(base), observed[name], training, strict=True):
                total.add_metric((name, label), seen)
                ratio.add_metric((name, label), trained / everything)
            score.add_metric((name,), stability(observed[name], training))
        yield from (total, ratio, score)


def stability(observed: Sequence[int], training: Sequence[int]) -> float:
    """Population stability index of two histograms over the same bins, less its expectation without drift.

    Without drift ``n`` observed and ``m`` training values give a PSI near ``(bins - 1) * (1/n + 1/m)`` (Yurdakul and
    Naranjo, 2020), which would look like drift while few rows were seen; bins that both lack count for nothing.
    """
    pairs = [(o, t) for o, t in zip(observed, training, strict=True) if o or t]
    n, m = sum(observed), sum(training)
    if not n or not m:
        return 0.0
    bins = len(pairs)
    total = 0.0
    for seen, trained in pairs:
        p = (seen + 0.5) / (n + 0.5 * bins)
        q = (trained + 0.5) / (m + 0.5 * bins)
        total += (p - q) * math.log(p / q)
    return max(0.0, total - (bins - 1) * (1 / n + 1 / m))
