"""Which raw rows no model was fitted on: what a model answers for the rows it learnt says little of what it answers for
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .alignment import is_pandas, same
from .recorder import Fit

LEAST = 100
"""Fewer rows say too little of the predictions' distribution."""


def positions(raw: Any, fits: Sequence[Fit]) -> list[int] | None:
    """The positions of those rows, or ``None`` where that is not known for sure or they are too few.

    Rows are known by their labels, which the frame or the target of a fit has from the raw frame. Fits of what only
    transforms do not count.
    """
    models = [fit for fit in fits if fit.target is not None or not hasattr(fit.receiver, "transform")]
    if not models or not is_pandas(raw, "DataFrame") or not raw.index.is_unique:
        return None
    left = np.ones(len(raw), dtype=bool)
    for fit in models:
        rows = next((each for each in (fit.data, fit.target) if _of(raw, each)), None)
        if rows is None:
            return None
        left &= ~raw.index.isin(rows.index)
    found: list[int] = np.flatnonzero(left).tolist()
    return found if len(found) >= LEAST else None


def _of(raw: Any, rows: Any) -> bool:
    """Whether labels say which of the raw rows these are: columns that both have agree, or, where there are none, the
    labels are not those that any frame begins with.
    """
    if not is_pandas(rows, "DataFrame", "Series") or not rows.index.is_unique or rows.index.names != raw.index.names:
        return False
    if not rows.index.isin(raw.index).all():
        return False
    frame = rows.to_frame() if is_pandas(rows, "Series") else rows
    whole = raw.loc[frame.index]
    shared = [name for name in frame.columns if name in raw.columns and frame.columns.is_unique]
    told = [name for name in shared if whole[name].nunique() > 1]
    if told:
        return any(same(whole[name], frame[name]) for name in told)
    return not (frame.index == np.arange(len(frame))).all()
