"""The engineered features that scoring computes on the way to an answer, as columns of values to be counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def names(features: Any) -> list[str]:
    """The columns of what the features code gave, a DataFrame or a table of numbers; none of anything else, and none
    that are there twice.
    """
    if hasattr(features, "columns") and hasattr(features, "iloc"):
        return [str(each) for each in features.columns] if features.columns.is_unique else []
    if isinstance(features, np.ndarray) and features.ndim == 2:
        return [str(each) for each in range(features.shape[1])]
    return []


def column(features: Any, name: str) -> Any:
    """One of them, as an array or a Series."""
    place = names(features).index(name)
    return features[:, place] if isinstance(features, np.ndarray) else features.iloc[:, place]


def columns(features: Any, wanted: Iterable[str]) -> dict[str, list[Any]]:
    """The values of these columns; those that are not there are left out."""
    there = frozenset(names(features))
    return {name: column(features, name).tolist() for name in wanted if name in there}
