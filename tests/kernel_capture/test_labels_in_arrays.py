"""An array that holds what a model was fitted to tell, as ``loadtxt`` gives it: nobody is asked for the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BOOK = """
# %% nbforge:data
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
rng = np.random.default_rng(0)
told = rng.normal(size=(120, 2)).round(2)
told[:, 1] = told[:, 1] > 0.4
late = (told[:, 0] + told[:, 1] > 0.5) * 1.0
dataset = np.c_[told, late]
# %%
X, y = dataset[:, 0:2], dataset[:, 2]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=7)
model = LogisticRegression().fit(X_train, y_train)
# %% nbforge:predict
answers = model.predict(X_test)
"""
TEXTS = BOOK.replace("dataset = np.c_[told, late]", "dataset = np.c_[told.astype(str), np.where(late, 'yes', 'no')]")


@pytest.mark.parametrize(
    ("text", "required"),
    [
        (BOOK, ["0", "1"]),
        (TEXTS.replace("dataset[:, 0:2], dataset[:, 2]", "dataset[:, :2].astype(float), dataset[:, 2]"), ["0", "1"]),
        (
            TEXTS.replace(
                "X, y = dataset[:, 0:2], dataset[:, 2]",
                "y = LabelEncoder().fit_transform(dataset[:, 2])\nX = dataset[:, :2].astype(float)",
            ),
            ["0", "1"],
        ),
        (BOOK.replace("dataset[:, 0:2]", "dataset"), ["0", "1", "2"]),
    ],
)
def test_what_a_model_tells_is_filled_in_where_it_makes_no_difference(
    capture: Callable[..., Any], text: str, required: list[str]
) -> None:
    contract = capture(text).contract
    assert [field["name"] for field in contract["inputs"]] == ["0", "1", "2"]
    assert [field["name"] for field in contract["inputs"] if field["required"]] == required
    assert contract["frame"]["kind"] == "array"
    assert all(list(record) == required for record in contract["examples"])
