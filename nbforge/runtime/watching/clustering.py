"""How much less rows tell that are not independent: traffic comes in bursts, and neighbours resemble each other.

A window is cut into consecutive blocks. Where rows are independent, the blocks' sums vary as much as the rows' own
variance says; where neighbours are alike they vary more, by the design effect (Kish 1965), which is what the variance
of the window's sum is too small by. It is estimated from the blocks' sums (batch means), and from the windows before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nbforge.runtime.watching import tails

MEMORY = 0.95
"""Weight of a window's estimate when the next one is made."""
FALSE_SIGNS = 0.01
"""How often independent rows are taken for dependent ones, a window; it costs power only."""
_LEAST_VARIANCE = 2.0
"""Of a block's sum, in units of one row that counts: below, its square says little."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the blocks of a window add up to, for each statistic.

    ``squares``: sum over the blocks of the squared deviation from what the window's mean makes expect.
    ``expected``: what that would be for independent rows. ``weight``: variance of a block's sum in units of one row.
    """

    squares: np.ndarray
    expected: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, slots=True)
class Effect:
    """Design effects: how many rows count as one, and the degrees of freedom of that estimate; infinite where rows are
    taken for independent.
    """

    rows: np.ndarray
    freedom: np.ndarray

    @property
    def clustered(self) -> bool:
        """Whether rows are not independent."""
        return bool(np.isfinite(self.freedom).any())


def learn(memory: np.ndarray, sums: Sums, blocks: int) -> None:
    """Add a window to the memory: for each statistic the weighted sum of design effects and of their degrees of
    freedom, ``[2, statistics]``.
    """
    usable = (sums.weight >= _LEAST_VARIANCE) & (sums.expected > 0)
    ratio = np.divide(sums.squares, sums.expected, out=np.zeros_like(sums.squares), where=usable)
    memory *= MEMORY
    memory[0] += np.where(usable, (blocks - 1) * ratio, 0.0)
    memory[1] += np.where(usable, blocks - 1, 0.0)


def effect(memory: np.ndarray, field_of: np.ndarray) -> Effect:
    """The design effects that the memory shows.

    Args:
        memory: see :func:`learn`.
        field_of: the field of each statistic: those that are too rare to show anything take their field's largest
            effect, and where the field shows nothing either, the largest of all.
    """
    total, freedom = memory
    known = freedom >= 1
    ones = np.ones_like(total)
    if not known.any():
        return Effect(ones, ones * np.inf)
    ratio = np.divide(total, freedom, out=ones.copy(), where=known)
    signs = tails.normal_of_mean_square(ratio[known], freedom[known])
    if signs.max() < tails.quantile(FALSE_SIGNS / known.sum()):
        return Effect(ones, ones * np.inf)
    rows = np.maximum(ratio, 1.0)
    largest, most = np.full(field_of.max() + 1, np.nan), np.zeros(field_of.max() + 1)
    np.fmax.at(largest, field_of[known], rows[known])
    np.maximum.at(most, field_of[known], freedom[known])
    shown = ~np.isnan(largest)
    largest[~shown], most[~shown] = largest[shown].max(), most[shown].min()
    return Effect(np.where(known, rows, largest[field_of]), np.where(known, freedom, most[field_of]))
