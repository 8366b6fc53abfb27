"""Which estimators of scikit-learn draw from numpy's global generator, whatever parameters they have."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.utils import all_estimators

from nbforge.notebook.purity import tables

ROWS = (60, 300)
"""Some draw only where there are many."""


def _drawing(rows: int) -> Iterator[str]:
    rng = np.random.default_rng(0)
    table, targets = rng.random((rows, 5)), (rng.integers(0, 2, rows), rng.random(rows))
    for _, kind in all_estimators():
        with contextlib.suppress(Exception):  # those that need something to be made, or other rows, are not asked
            if _draws(kind, table, targets):
                yield f"{kind.__module__.rpartition('.')[0]}.{kind.__name__}"


def _draws(kind: Any, table: np.ndarray, targets: tuple[np.ndarray, ...]) -> bool:
    for target in targets:
        np.random.seed(0)
        before = np.random.get_state(legacy=False)["state"]
        try:
            kind().fit(table, target)
        except ValueError:
            continue
        after = np.random.get_state(legacy=False)["state"]
        return before["pos"] != after["pos"] or bool((before["key"] != after["key"]).any())
    return False


@pytest.mark.parametrize("rows", ROWS)
def test_who_draws_is_known_to_draw(rows: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawing = sorted(set(_drawing(rows)))
    assert {"sklearn.svm.SVR", "sklearn.ensemble.RandomForestRegressor"} <= set(drawing)
    unknown = [path for path in drawing if not tables().function(path).draws]
    assert not unknown, unknown
