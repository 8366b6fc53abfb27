"""Predict cells that put what a model answers into a table or a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TABLES = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.linear_model import LinearRegression
rng = np.random.default_rng(4)
train = pd.DataFrame({"a": rng.normal(5, 2, 200)})
train["y"] = train["a"] ** 2
test = pd.DataFrame({"id": range(90), "a": rng.normal(5, 2, 90)})
sample = pd.DataFrame({"id": range(90), "y": 0.0})
# %% nbforge:features
test["b"] = FEATURE
train["b"] = train["a"] ** 2
# %%
model = LinearRegression().fit(train[["a", "b"]], train["y"])
# %% nbforge:predict
"""
LAST = [
    'sample["y"] = model.predict(test[["a", "b"]])\nsample.to_csv("answers.csv")\nsample.head()',
    'sample["y"] = model.predict(test[["a", "b"]])\nprint(sample.head())',
    """test["y"] = np.expm1(model.predict(test[["a", "b"]]) / 100)
pd.DataFrame({"id": test.id, "y": test.y}).to_csv("answers.csv")""",
]


@pytest.mark.parametrize("last", LAST)
def test_the_answer_is_what_was_asked(capture: Callable[..., Any], last: str) -> None:
    contract = capture(TABLES.replace("FEATURE", "test['a'] ** 2") + last).contract
    assert [field["name"] for field in contract["inputs"] if field["required"]] == ["a"]
    assert contract["outputs"][0]["kind"] == "number"


@pytest.mark.parametrize("last", LAST)
def test_a_refusal_says_what_is_wrong_with_the_rows_that_were_asked_about(
    capture: Callable[..., Any], last: str
) -> None:
    error = capture(TABLES.replace("FEATURE", 'test["a"].rank()') + last).error
    assert (error["code"], error["cell"]) == ("feature-state", 1)
    assert 'test["b"] = test["a"].rank()' in error["message"]
