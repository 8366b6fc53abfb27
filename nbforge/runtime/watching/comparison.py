"""Whether a window of live rows and a reference are samples of one distribution, for many fields at once.

Both are samples, so both errors count. Of each field these are compared, all from counts in bins: the share of each bin
(of what is missing as of any other) by Fisher's exact test; of numbers also the mean rank and the mean squared distance
from the middle rank (Wilcoxon's and Mood's statistics on midranks), which gather what a shift or a spread does to all
bins. docs/explanation/drift.md says how the limits come about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbforge.runtime.baseline import MISSING, Baseline, labels, training_counts
from nbforge.runtime.watching import clustering, tails
from nbforge.runtime.watching.clustering import Effect
from nbforge.runtime.watching.sample import Sample

RATE = 0.01
"""Most windows without drift that raise an alarm in any field."""
SURE = 0.9
"""The share of baselines for which that rate holds also with this one baseline."""

LOCATION, SPREAD = "location", "spread"
_NUMERIC = {LOCATION: 0.25, SPREAD: 0.15, MISSING: 0.35}
_CATEGORY = {MISSING: 0.25}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window says of each field: arrays in the order of the fields.

    ``score``: how far its most unusual statistic is out, where 1 is the limit. ``p``: how likely that is by chance for
    any statistic of any field. ``what``: which statistic, an index into :attr:`Comparison.statistics`.
    """

    score: np.ndarray
    p: np.ndarray
    what: np.ndarray
    clustered: bool

    @property
    def alarm(self) -> np.ndarray:
        """Which fields are beyond the limit."""
        return self.score >= 1


class Comparison:
    """All statistics of all fields. Counts are flat: the bins of the first field, then those of the second, ..."""

    def __init__(self, baselines: Mapping[str, Baseline]) -> None:
        self.names = tuple(baselines)
        self.labels = [labels(each) for each in baselines.values()]
        self.trained = np.array([count for each in baselines.values() for count in training_counts(each)], dtype=float)
        sizes = np.array([len(each) for each in self.labels], dtype=np.intp)
        self.starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp)
        self.field_of = np.repeat(np.arange(len(sizes)), sizes)
        self.size = int(sizes.sum())
        self._missing = self.starts + sizes - 1
        self.statistics = [
            *((field, label) for field, own in enumerate(self.labels) for label in own),
            *((field, LOCATION) for field in range(len(sizes))),
            *((field, SPREAD) for field in range(len(sizes))),
        ]
        self._field = np.array([field for field, _ in self.statistics], dtype=np.intp)
        self.weight = self._weights([each["kind"] for each in baselines.values()])

    def _weights(self, kinds: list[str]) -> np.ndarray:
        """The part of the false alarms that each statistic may cause; together 1."""
        found = []
        for at, (field, name) in enumerate(self.statistics):
            own = _NUMERIC if kinds[field] == "numeric" else _CATEGORY
            rest = (1 - sum(own.values())) / (len(self.labels[field]) - 1)
            # A category may be called as a statistic is.
            is_bin = at < self.size and name != MISSING
            found.append(rest if is_bin else own.get(name, 0.0))
        return np.array(found) / len(kinds)

    def judge(self, blocks: np.ndarray, reference: np.ndarray, live: np.ndarray, memory: np.ndarray) -> Verdict:
        """Compare a window with a reference, and remember how alike neighbours are.

        Args:
            blocks: counts of consecutive parts of the window, ``[blocks, size]``.
            reference: counts, ``[size]``; a field without any is not judged.
            live: for each field whether its reference is live traffic too, whose rows are as dependent as the window's.
            memory: ``[2, statistics]``, zeros at first; changed in place.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            sample = Sample(blocks, reference, self.starts, self.field_of, self._missing)
            clustering.learn(memory, sample.sums(), len(blocks))
            effect = clustering.effect(memory, self._field)
            return self._verdict(sample, effect, live[self._field])

    def _verdict(self, sample: Sample, effect: Effect, live: np.ndarray) -> Verdict:
        z = sample.z()
        # Batch means see a little less than all dependence: there, what tells nothing is a reserve.
        weight = self.weight if effect.clustered else self._of_those_that_tell(np.isfinite(z))
        # Of both errors the window's part. Where it is great, so is what all other statistics add to the most unlucky
        # one's alarms: that much is left to them (docs/decisions/0017).
        own = effect.rows / sample.n
        theirs = np.where(live, effect.rows, 1.0) / sample.m
        inflated = np.sqrt((own + theirs) / (1 / sample.n + 1 / sample.m))
        share = own / (own + theirs)
        luck = _quantiles((1 - SURE) * weight / 2)
        worst = luck * np.sqrt(1 - share) + _quantiles(RATE * (1 - share / 2)) * np.sqrt(share)
        limit = np.where(weight > 0, np.maximum(_quantiles(RATE * (1 - share / 4) * weight / 2), worst), np.inf)
        score = np.nan_to_num(_shrunk(z, inflated, effect.freedom) / limit)
        self._confirm(score, sample, inflated, effect.freedom, limit)
        what = self._strongest(score)
        p = [min(1.0, tails.two_sided(score[at] * limit[at]) / weight[at]) if score[at] else 1.0 for at in what]
        return Verdict(score[what], np.array(p), what, effect.clustered)

    def _of_those_that_tell(self, tells: np.ndarray) -> np.ndarray:
        """The weights, where those of statistics that can tell nothing are shared out: within the field, and a field's
        among the others. Only what both samples add up to decides which, and that is the same whether they differ.
        """
        weight = np.where(tells, self.weight, 0.0)
        fields = len(self.names)
        left = np.bincount(self._field, weight, fields)
        telling = np.count_nonzero(left)
        if not telling:
            return weight
        shared: np.ndarray = weight * np.divide(1 / telling, left, out=np.zeros(fields), where=left > 0)[self._field]
        return shared

    def _confirm(
        self, score: np.ndarray, sample: Sample, inflated: np.ndarray, freedom: np.ndarray, limit: np.ndarray
    ) -> None:
        """Rare bins are far from normal: where the quick test of a share is a field's strongest sign of drift, the
        exact one has to agree.
        """
        for field in {int(self._field[at]) for at in np.flatnonzero(score >= 1)}:
            own = np.flatnonzero(self._field == field)
            confirmed: set[int] = set()
            while True:
                at = int(own[np.argmax(score[own])])
                if score[at] < 1 or at >= self.size or at in confirmed:
                    break
                score[at] = min(score[at], _shrunk(sample.exact(at), inflated[at], freedom[at]) / limit[at])
                confirmed.add(at)

    def _strongest(self, score: np.ndarray) -> np.ndarray:
        order = np.lexsort((score, self._field))
        last = np.searchsorted(self._field[order], np.arange(len(self.names)), side="right") - 1
        return order[last]


def _shrunk(z: Any, inflated: Any, freedom: Any) -> Any:
    """What is left of ``z`` where rows are dependent."""
    t = np.abs(z) / inflated
    known = np.isfinite(freedom)
    return np.where(known, tails.normal_of_t(t, np.where(known, freedom, 1.0)), t)


def _quantiles(chances: np.ndarray) -> np.ndarray:
    """Of many chances, few of which are different."""
    different, place = np.unique(chances, return_inverse=True)
    found: np.ndarray = np.array([tails.quantile(chance) for chance in different])[place]
    return found
