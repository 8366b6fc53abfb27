"""A data cell that goes on with the tables that it loads: clients send what was loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
