"""A data cell that goes on with the tables that it loads: clients send what was loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

STACKED = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(4)
train = pd.DataFrame({"a": rng.normal(5, 2, 200), "kind": rng.choice(["x", "z"], 200)})
train.loc[::9, "a"] = np.nan
train["y"] = (train["kind"] == "x").astype(int)
test = train.drop(columns="y")[:90]
submission = pd.DataFrame({"id": range(90), "y": 0})
both = pd.concat([train, test], sort=False)
both["kind"] = both["kind"].map({"x": 0, "z": 1})
both["a"] = both["a"].fillna(both["a"].median())
# %% nbforge:features
train, test = both[:len(train)], both[len(train):]
X, X_test, y = train.drop(columns="y"), test.drop(columns="y"), train["y"]
# %%
model = LogisticRegression().fit(X, y)
# %% nbforge:predict
answers = model.predict(X_test)
submission["y"] = list(map(int, answers))
submission.to_csv("answers.csv", index=False)
submission.head()
"""


def test_tables_that_are_stacked_where_they_are_loaded(capture: Callable[..., Any]) -> None:
    captured = capture(STACKED)
    kinds = {field["name"]: field["dtype"] for field in captured.contract["inputs"]}
    assert kinds["kind"] == "string"
    assert captured.contract["outputs"][0]["kind"] == "label"
    assert ".median()" not in captured.source("predict")


def test_one_table_in_several_files_is_what_is_loaded(capture: Callable[..., Any]) -> None:
    text = STACKED[: STACKED.index("# %% nbforge:features")].replace("[train, test]", "[train, more]")
    text = text.replace('test = train.drop(columns="y")[:90]', "more = train[:90]")
    text += "# %%\nmodel = LogisticRegression().fit(both[['kind']], both['y'])\n# %% nbforge:predict\nmodel"
    fields = capture(text).contract["inputs"]
    assert [field["dtype"] for field in fields if field["name"] == "kind"] == ["int64"]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "X_train, X_test, y_train, _ = train_test_split(rows, labels)\nmodel.fit(X_train, y_train).predict(X_test)",
    ],
)
def test_of_a_table_of_rows_and_one_of_labels_the_rows_are_sent(scored: Callable[..., Any], before: str) -> None:
    found = scored(f"""
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
rows = pd.DataFrame({{"a": np.arange(60.0), "b": np.tile([0.0, 1.0, 2.0], 20)}})
labels = pd.DataFrame({{"up": rows["a"] * 2, "down": -rows["b"]}})
# %%
model = LinearRegression()
{before}
# %% nbforge:train
model.fit(rows, labels)
# %% nbforge:predict
model
""")
    assert list(found.raw.columns) == ["a", "b"]
