"""Ways to the same answer that cost less; a build allows each only after it gave the same on the training rows.

``labels``: the predicted class is the one with the highest probability, so that ``predict_proba`` alone is called.
``array``: the table of numbers, or the column of a series, goes to the estimator without the frame around it.
``steps``: a pipeline's steps are called one after another (:mod:`nbforge.runtime.steps`).
``columns``: with ``steps``; the column transformer at the head gets arrays by label, and its transformers theirs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np

from nbforge.runtime.contract import Contract
from nbforge.runtime.frames import Builder
from nbforge.runtime.steps import Opened

LABELS: Final = "labels"
ARRAY: Final = "array"
STEPS: Final = "steps"
COLUMNS: Final = "columns"

_TIE = 1e-6


def subject(estimator: Any, shortcuts: Collection[str]) -> Any:
    """What is asked in place of the estimator."""
    return Opened(estimator, columns=COLUMNS in shortcuts) if STEPS in shortcuts else estimator


def builder(contract: Contract, shortcuts: Collection[str]) -> Builder:
    """What builds the subject's input."""
    form = next((each for each in (COLUMNS, ARRAY) if each in shortcuts), "frame")
    return Builder(contract, form=form)


def most_probable(table: Any, classes: Any) -> Any | None:
    """The class of the highest probability in each row, or ``None`` where two are so close that only ``predict`` knows.

    Args:
        table: ``[n, classes]`` probabilities.
        classes: an array of the classes.
    """
    top, apart = leaders(table)
    return classes[top] if apart.all() else None


def leaders(table: Any) -> tuple[Any, Any]:
    """Of each row the position of the highest probability, and whether the next one is clearly lower."""
    if table.shape[1:] == (2,):
        first, second = table[:, 0], table[:, 1]
        return (second > first).astype(np.intp), np.abs(first - second) > _TIE
    top = table.argmax(axis=1)
    rest = table.copy()
    rest[np.arange(len(table)), top] = -np.inf
    return top, table.max(axis=1) - rest.max(axis=1) > _TIE


def silence() -> None:
    """scikit-learn warns of missing names with every call; a build has shown that they change nothing."""
    import warnings

    warnings.filterwarnings("ignore", message="X does not have valid feature names", category=UserWarning)
