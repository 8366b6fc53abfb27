"""The statistics that compare two samples of counts in bins, of many fields at once."""

from __future__ import annotations

import numpy as np

from nbforge.runtime.watching import tails
from nbforge.runtime.watching.clustering import Sums

_MOST_TIED = 0.9
"""Ranks say nothing beyond the bins' shares where one bin holds more than this."""
_MOST_SKEWED = 0.3
"""Skewness of a mean rank up to which one term of Cornish and Fisher's expansion makes it normal."""
_FAR = 6.0
"""That term grows with the square of what it corrects; beyond this it is held."""


class Sample:
    """A window and a reference.

    Statistics are in the order: the share of each bin, for each field the mean rank, for each field the mean squared
    distance from the middle rank. ``n`` and ``m`` are the rows that each of them rests on.

    Args:
        blocks: counts of the window's consecutive parts, ``[blocks, bins]``.
        reference: counts, ``[bins]``.
        starts: the first bin of each field.
        field_of: the field of each bin.
        missing: the bin of each field that holds what is missing.
    """

    def __init__(
        self,
        blocks: np.ndarray,
        reference: np.ndarray,
        starts: np.ndarray,
        field_of: np.ndarray,
        missing: np.ndarray,
    ) -> None:
        self._starts, self._field_of, self._missing = starts, field_of, missing
        self._blocks, self._window, self._reference = blocks, blocks.sum(axis=0), reference
        rows, theirs = self._by_field(self._window), self._by_field(reference)
        self._rows = rows
        present, known = self._without_missing(self._window), self._without_missing(reference)
        ranked, known_ranked = self._by_field(present), self._by_field(known)
        self._present = present
        self._ranks = self._midranks(present + known)
        self._scores = (self._ranks, np.square(self._ranks))
        self._pooled = present + known
        self.n = np.concatenate((rows[field_of], ranked, ranked))
        self.m = np.concatenate((theirs[field_of], known_ranked, known_ranked))

    def _by_field(self, values: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.add.reduceat(values, self._starts, axis=-1)
        return found

    def _without_missing(self, counts: np.ndarray) -> np.ndarray:
        present: np.ndarray = counts.copy()
        present[..., self._missing] = 0
        return present

    def _midranks(self, pooled: np.ndarray) -> np.ndarray:
        """From -1/2 to 1/2, with mean 0; ties share the middle of their ranks."""
        upto = np.cumsum(pooled)
        before = (upto - pooled)[self._starts]
        middle = upto - before[self._field_of] - pooled / 2
        ranks: np.ndarray = middle / self._by_field(pooled)[self._field_of] - 0.5
        return ranks

    def z(self) -> np.ndarray:
        """Each statistic less what is expected without drift, in standard deviations; NaN where both samples together
        show that it can tell nothing.
        """
        return np.concatenate((self._shares(), *(self._mean_score(scores) for scores in self._scores)))

    def _shares(self) -> np.ndarray:
        """The root of the likelihood ratio of two shares, with the sign of their difference: its tails are much nearer
        to those of the exact test than those of a difference over its deviation, where one share is small.
        """
        bins = self._window.size
        n, m = self.n[:bins], self.m[:bins]
        share = (self._window + self._reference) / (n + m)
        twice = sum(
            _deviance(seen, rows * part)
            for seen, rows, part in (
                (self._window, n, share),
                (n - self._window, n, 1 - share),
                (self._reference, m, share),
                (m - self._reference, m, 1 - share),
            )
        )
        side = np.sign(self._window / n - self._reference / m)
        return np.where((share > 0) & (share < 1), side * np.sqrt(np.maximum(twice, 0.0)), np.nan)

    def _mean_score(self, scores: np.ndarray) -> np.ndarray:
        """A linear rank statistic under permutation, less what the skewness of the scores makes of it."""
        n = self._by_field(self._present)
        everything = self._by_field(self._pooled)
        mean = self._by_field(self._pooled * scores) / everything
        centred = scores - mean[self._field_of]
        variance = self._by_field(self._pooled * np.square(centred)) / (everything - 1)
        z = self._by_field(self._present * centred) / n / np.sqrt(variance * (1 / n - 1 / everything))
        third = self._by_field(self._pooled * centred**3) / everything
        skewness = third / variance**1.5 * (1 - 2 * n / everything) / np.sqrt(n * (1 - n / everything))
        near = np.minimum(np.abs(z), _FAR)
        correction = np.maximum(skewness * np.sign(z), 0) * np.maximum(near**2 - 1, 0) / 6
        tied = np.maximum.reduceat(self._pooled, self._starts) / everything
        usable = (tied <= _MOST_TIED) & (np.abs(skewness) <= _MOST_SKEWED)
        return np.where(usable, np.sign(z) * np.maximum(np.abs(z) - correction, 0), np.nan)

    def exact(self, at: int) -> float:
        """The share of one bin by Fisher's exact test, as the standard normal number that is as unlikely."""
        field = self._field_of[at]
        n, drawn = int(self._rows[field]), int(self._window[at])
        marked = drawn + int(self._reference[at])
        everything = n + int(self.m[at])
        if drawn * everything < n * marked:
            drawn, marked = n - drawn, everything - marked
        return tails.quantile(tails.hypergeometric(drawn, n, marked, everything))

    def sums(self) -> Sums:
        """How much the blocks of the window differ from each other."""
        n = self._rows[self._field_of]
        share = self._window / n
        sizes = self._by_field(self._blocks)
        squares = [np.square(self._blocks - sizes[:, self._field_of] * share).sum(axis=0)]
        freedom = 1 - np.square(sizes).sum(axis=0) / np.square(self._rows)
        variances = [n * share * (1 - share)]
        expected = [variances[0] * freedom[self._field_of]]
        present = self._without_missing(self._blocks)
        ranked = self._by_field(present)
        freedom = 1 - np.square(ranked).sum(axis=0) / np.square(ranked.sum(axis=0))
        for scores in self._scores:
            mean = self._by_field(self._present * scores) / ranked.sum(axis=0)
            centred = scores - mean[self._field_of]
            squares.append(np.square(self._by_field(present * centred)).sum(axis=0))
            spread = self._by_field(self._present * np.square(centred))
            expected.append(spread * freedom)
            # In rows: scores lie within a range of one half to one.
            variances.append(np.where(spread > 0, ranked.sum(axis=0) * self._untied(), 0.0))
        weight = np.nan_to_num(np.concatenate(variances)) / len(self._blocks)
        return Sums(np.nan_to_num(np.concatenate(squares)), np.nan_to_num(np.concatenate(expected)), weight)

    def _untied(self) -> np.ndarray:
        """The share of the rows outside of the fullest bin."""
        fullest = np.maximum.reduceat(self._pooled, self._starts)
        share: np.ndarray = np.nan_to_num(fullest / self._by_field(self._pooled), nan=1.0)
        return 1 - share


def _deviance(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    found: np.ndarray = 2 * np.where(seen > 0, seen * np.log(seen / expected), 0.0)
    return found
