"""Ways to the same answer that cost less; a build allows each only after it gave the same on the training rows.

``labels``: the predicted class is the one with the highest probability, so that ``predict_proba`` alone is called.
``array``: the table of numbers goes to the estimator without the frame around it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

LABELS: Final = "labels"
ARRAY: Final = "array"

_TIE = 1e-6


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
    """scikit-learn warns of missing names with every call; the build has shown that they change nothing."""
    import warnings

    warnings.filterwarnings("ignore", message="X does not have valid feature names", category=UserWarning)
