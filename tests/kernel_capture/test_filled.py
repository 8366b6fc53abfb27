"""Answers that a loop at the end of the predict cell puts one after the other into an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

HOUSES = """
# %% nbforge:data
import numpy as np
def load():
    rng = np.random.default_rng(0)
    rows = rng.integers(1, 9, (60, 2)).astype(float)
    return rows, rows @ [3.0, 1.0] + 2
X, y = load()
# %%
def scale(X):
    middle = np.mean(X, axis=0)
    return X - middle, middle
# %% nbforge:features
X_norm, X_mean = scale(X)
# %% nbforge:train
w, *_ = np.linalg.lstsq(np.c_[X_norm, np.ones(len(X_norm))], y, rcond=None)
w, b = w[:2], w[2]
# %% nbforge:predict
"""


@pytest.mark.parametrize("blank", ["np.zeros(m)", "np.zeros_like(X_norm[:, 0])"])
def test_an_array_that_is_filled_row_by_row(scored: Callable[..., Any], blank: str) -> None:
    found = scored(
        f"{HOUSES}m = X_norm.shape[0]\nyp = {blank}\nfor i in range(m):\n    yp[i] = np.dot(X_norm[i], w) + b\n"
        "# %%\nfor i in range(4):\n    print(yp[i], y[i])"
    )
    assert found.predict(np.array([[5.0, 2.0], [6.0, 2.0], [1.0, 1.0]])) == pytest.approx([19, 22, 6])
