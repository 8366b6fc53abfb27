"""Functions of the notebook that the predict cell gives rows of its own choice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

NOTEBOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
df = pd.DataFrame({"id": [f"c-{at}" for at in range(60)], "plan": ["a", "b", "c"] * 20, "months": np.arange(60.0)})
df["left"] = (df["months"] < 30).astype(int)
# %%
full, test = train_test_split(df, random_state=0)
def train(rows, y, C=1.0):
    dv = DictVectorizer(sparse=False)
    X = dv.fit_transform(rows[["plan", "months"]].to_dict(orient="records"))
    return dv, LogisticRegression(C=C).fit(X, y)
def predict(rows, dv, model):
    X = dv.transform(rows[["plan", "months"]].to_dict(orient="records"))
    return model.predict_proba(X)[:, 1]
def predict_single(customer, dv, model):
    return model.predict_proba(dv.transform([customer]))[0, 1]
# %%
dv, model = train(full, full["left"].values, C=0.5)
print(predict(test, dv, model).mean())
customer = {"id": "c-99", "plan": "b", "months": 41.0}
# %% nbforge:predict
"""


@pytest.mark.parametrize(
    ("cell", "required"),
    [
        ("df = pd.DataFrame([customer])\ny_pred = predict(df, dv, model)\ny_pred[0]", ["plan", "months"]),
        ("print('leaves with', round(predict(pd.DataFrame([customer]), dv, model)[0], 2))", ["plan", "months"]),
        ("predict_single(customer, dv, model)", ["plan", "months"]),
        ("answer = predict_single({'plan': 'a', 'months': 3.0}, dv, model)\nprint(answer)", ["plan", "months"]),
        ("answer = predict_single({'months': 3.0}, dv, model)\nanswer", ["months"]),
    ],
)
def test_the_function_is_given_the_rows_of_a_request(
    capture: Callable[..., Any], cell: str, required: list[str]
) -> None:
    found = capture(NOTEBOOK + cell)
    assert [field["name"] for field in found.contract["inputs"] if field["required"]] == required
    assert any("rows of its own choice" in warning for warning in found.content["warnings"])
    proof = json.loads((found.directory / "proof.json").read_text())
    by_months = sorted(zip((row["months"] for row in proof["rows"]), proof["together"]["predictions"], strict=True))
    assert by_months[0][1] > 0.5 > by_months[-1][1]


@pytest.mark.parametrize(
    "cell",
    [
        "predict(pd.DataFrame([{'plan': 'a', 'months': 3.0, 'else': 1}]), dv, model)[0]",  # not such rows as the data's
        "predict(pd.DataFrame([customer]), dv, model)[0] > 0.5 and predict(pd.DataFrame([customer]), dv, model)[0]",
    ],
)
def test_what_is_not_that_alone_is_refused(capture: Callable[..., Any], cell: str) -> None:
    assert capture(NOTEBOOK + cell).error["exit"] == 3


@pytest.mark.parametrize(
    "cell",
    [
        "if 'model' in globals():\n    answers = model.predict(X)\n    print(answers[:5])",
        "import warnings\nwith warnings.catch_warnings():\n    print((model.predict(X) == df['left']).mean())",
        "try:\n    found = model.score(X, df['left'])\n    print(found)\nexcept ValueError as error:\n    print(error)",
    ],
)
def test_the_statements_of_a_branch_or_a_block_count_as_the_cells_own(capture: Callable[..., Any], cell: str) -> None:
    records = (
        "records = df[['plan', 'months']].to_dict(orient='records')\nX = dv.transform(records)\n# %% nbforge:predict"
    )
    found = capture(NOTEBOOK.replace("# %% nbforge:predict", records) + cell)
    assert {field["name"] for field in found.contract["inputs"] if field["required"]} == {"plan", "months"}


def test_a_function_of_what_a_model_answered_takes_no_rows(capture: Callable[..., Any]) -> None:
    error = capture(
        """
# %% nbforge:data
import numpy as np
from sklearn.linear_model import LogisticRegression
X = np.random.default_rng(0).normal(size=(60, 2))
y = (X[:, 0] > 0).astype(int)
# %%
proba = LogisticRegression().fit(X, y).predict_proba(X)[:, 1]
# %% nbforge:predict
def predictions_from(y_proba, threshold=0.5):
    return np.where(y_proba > threshold, 1, 0)
def recall_at(threshold):
    return predictions_from(proba, threshold)[y == 1].mean()
recalls = []
for threshold in np.linspace(0, 1, 10):
    recalls.append(recall_at(threshold))
recalls = np.array(recalls)
"""
    ).error
    assert (error["exit"], error["code"]) == (3, "plain-rows")
