"""Tail probabilities, as far as the drift statistics need them: the runtime has no scipy."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

_NORMAL = NormalDist()
_LEAST = 1e-300


def two_sided(z: float) -> float:
    """How likely a standard normal number is at least as far from 0 as ``z``."""
    return math.erfc(abs(z) / math.sqrt(2))


def quantile(tail: float) -> float:
    """What a standard normal number exceeds with probability ``tail``."""
    return -_NORMAL.inv_cdf(min(max(tail, _LEAST), 0.5))


def normal_of_t(t: Any, freedom: Any) -> Any:
    """The standard normal number with the tail of ``t`` in Student's distribution (Wallace 1959, eq. 4.1)."""
    return (8 * freedom + 1) / (8 * freedom + 3) * np.sqrt(freedom * np.log1p(np.square(t) / freedom))


def normal_of_mean_square(ratio: Any, freedom: Any) -> Any:
    """About standard normal where ``ratio`` is chi-square over its degrees of freedom (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return (np.cbrt(ratio) - (1 - spread)) / np.sqrt(spread)


def hypergeometric(drawn: int, draws: int, marked: int, everything: int) -> float:
    """How likely at least ``drawn`` of ``draws`` are marked where ``marked`` of ``everything`` are: Fisher's exact
    test, one-sided.
    """
    if drawn <= max(0, draws + marked - everything):
        return 1.0
    if drawn > min(draws, marked):
        return 0.0
    term = math.exp(
        _log_choose(marked, drawn) + _log_choose(everything - marked, draws - drawn) - _log_choose(everything, draws)
    )
    total = term
    for at in range(drawn, min(draws, marked)):
        term *= (marked - at) * (draws - at) / ((at + 1) * (everything - marked - draws + at + 1))
        total += term
        if term < total * 1e-16:
            break
    return min(1.0, total)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
