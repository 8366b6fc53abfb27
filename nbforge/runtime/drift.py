"""What live traffic looks like, in the bins of the training baseline: counts that add up over replicas, and a verdict
on each window of rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from nbforge.runtime.baseline import FEATURE, LIVE, Baseline
from nbforge.runtime.bins import Bins, bins
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.series import Cells
from nbforge.runtime.watching.comparison import RATE, Comparison
from nbforge.runtime.watching.exclusion import Exclusion
from nbforge.runtime.watching.judge import REFERENCE_WINDOWS, Judge, State
from nbforge.runtime.watching.windows import Windows

_OBSERVED = "nbforge_observed"
_SCORE_HELP = "How unusual the last window of rows was beside training; 1 is the limit, from which on it is an alarm"


class Drift:
    """Counts values in the baseline's bins, and judges windows of ``rows`` rows.

    ``fields``: the inputs, the engineered features and ``prediction``, as the contract has them; without any, nothing
    is counted.
    """

    def __init__(self, fields: Mapping[str, Baseline], ledger: Ledger, rows: int = 1000) -> None:
        self._rows = rows
        self._kinds = [each["kind"] for each in fields.values()]
        self._live = np.array([each.get("reference") == LIVE for each in fields.values()], dtype=bool)
        self.features = tuple(name.removeprefix(FEATURE) for name in fields if name.startswith(FEATURE))
        self._fields: list[tuple[str, Bins]] = []
        if not fields:
            return
        self._comparison = own = Comparison(fields)
        self._fields = [
            (name, bins(base, 1 + int(start))) for (name, base), start in zip(fields.items(), own.starts, strict=True)
        ]
        locks = Exclusion()
        self._judge = Judge(own, self._live, locks)
        cell = ledger.cell((_OBSERVED,), 1 + own.size)
        self._windows = Windows(cell, rows, ledger.workers, locks, self._judge.put)

    def observe(self, columns: Mapping[str, Sequence[Any]], n: int) -> None:
        """Count ``n`` rows of JSON values by field; of fields that are absent nothing is counted."""
        if not self._fields or not n:
            return
        if n == 1:
            self._windows.one([own.one(columns[name][0]) for name, own in self._fields if name in columns])
            return
        self._windows.many([own.many(columns[name]) for name, own in self._fields if name in columns], n)

    def families(self, counted: Mapping[str, Cells]) -> Iterator[Metric]:
        """See :class:`nbforge.runtime.series.Counted`."""
        observed = CounterMetricFamily(
            _OBSERVED, "Values seen, in the bins of the training baseline", labels=("field", "bin")
        )
        ratio = GaugeMetricFamily(
            "nbforge_baseline_ratio", "Share of the training values in each bin", labels=("field", "bin")
        )
        if self._fields:
            seen = np.asarray(counted[_OBSERVED][()])[1:]
            trained = _shares(self._comparison.trained, self._comparison)
            for at, (field, label) in enumerate(self._comparison.statistics[: self._comparison.size]):
                name = self._comparison.names[field]
                observed.add_metric((name, label), seen[at])
                ratio.add_metric((name, label), trained[at])
        yield from (observed, ratio, *self._verdicts())

    def _verdicts(self) -> Iterator[Metric]:
        score = GaugeMetricFamily("nbforge_drift_score", _SCORE_HELP, labels=("field",))
        alarm = GaugeMetricFamily(
            "nbforge_drift_alarm", "Whether the last window of rows was beyond the limit", labels=("field",)
        )
        alarms = CounterMetricFamily(
            "nbforge_drift_alarms", "Windows in which the field was beyond the limit", labels=("field",)
        )
        windows = CounterMetricFamily("nbforge_drift_windows", "Windows of rows judged")
        alarmed = CounterMetricFamily("nbforge_drift_alarmed_windows", "Windows with an alarm in any field")
        skipped = CounterMetricFamily("nbforge_drift_skipped_windows", "Windows that there was no time to judge")
        if self._fields:
            state = self._judge.state()
            for at, name in enumerate(self._comparison.names):
                score.add_metric((name,), state.score[at])
                alarm.add_metric((name,), state.alarm[at])
                alarms.add_metric((name,), state.alarms[at])
            for family, value in zip((windows, alarmed, skipped), state.head[2:5], strict=True):
                family.add_metric((), value)
        yield from (score, alarm, alarms, windows, alarmed, skipped)

    def describe(self) -> dict[str, Any]:
        """``GET /model/drift``."""
        document: dict[str, Any] = {"rate": RATE, "window_rows": self._rows, "rows_so_far": 0, "windows": 0}
        document |= {"alarmed_windows": 0, "skipped_windows": 0, "last": None, "fields": []}
        if not self._fields:
            return document
        state = self._judge.state()
        document["rows_so_far"] = self._windows.under_way()
        counted = ("windows", "alarmed_windows", "skipped_windows")
        document |= dict(zip(counted, map(int, state.head[2:5]), strict=True))
        if state.windows:
            ended = datetime.fromtimestamp(state.head[5], UTC).isoformat(timespec="milliseconds")
            document["last"] = {"ended": ended, "rows": int(state.head[6]), "dependent_rows": bool(state.head[7])}
        document["fields"] = [self._field(at, state) for at in range(len(self._fields))]
        return document

    def _field(self, at: int, state: State) -> dict[str, Any]:
        own = self._comparison
        place = slice(own.starts[at], own.starts[at] + len(own.labels[at]))
        # A live field is compared with its first windows, once there are enough.
        ready = state.windows > (REFERENCE_WINDOWS if self._live[at] else 0)
        return {
            "field": own.names[at],
            "kind": self._kinds[at],
            "reference": "first windows" if self._live[at] else "training",
            "score": float(state.score[at]) if ready else None,
            "p_value": float(state.p[at]) if ready else None,
            "alarm": bool(state.alarm[at]),
            "alarms": int(state.alarms[at]),
            "strongest": own.statistics[int(state.what[at])][1] if ready else None,
            "stability_index": stability(state.window[place], state.reference[place]) if ready else None,
            "bins": own.labels[at],
            "baseline": _share(own.trained[place]),
            "window": _share(state.window[place]) if state.windows else None,
        }


def _shares(counts: np.ndarray, own: Comparison) -> np.ndarray:
    totals = np.maximum(np.add.reduceat(counts, own.starts), 1)
    shares: np.ndarray = counts / totals[own.field_of]
    return shares


def _share(counts: np.ndarray) -> list[float]:
    shares: list[float] = (counts / max(counts.sum(), 1)).round(6).tolist()
    return shares


def stability(observed: Sequence[float] | np.ndarray, training: Sequence[float] | np.ndarray) -> float:
    """Population stability index of two histograms over the same bins, with half a count added to each: how large a
    difference is, beside how sure. Bins that both lack count for nothing.
    """
    pairs = [(o, t) for o, t in zip(observed, training, strict=True) if o or t]
    n, m = sum(observed), sum(training)
    if not n or not m:
        return 0.0
    bins_seen = len(pairs)
    total = 0.0
    for seen, trained in pairs:
        p = (seen + 0.5) / (n + 0.5 * bins_seen)
        q = (trained + 0.5) / (m + 0.5 * bins_seen)
        total += (p - q) * math.log(p / q)
    return float(total)
