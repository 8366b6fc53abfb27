"""What a predict cell asks about rows of its own choice, and says of it, becomes a function of a request's rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

LABELS = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
df = pd.DataFrame({"a": np.arange(60.0), "b": np.tile([0.0, 1.0, 2.0], 20)})
df["kind"] = np.where(df["a"] < 30, "low", "top")
# %%
le = LabelEncoder()
X = df[["a", "b"]]
y = le.fit_transform(df["kind"])
names = ["LOW", "TOP"]
by_code = {0: "nope", 1: "yes"}
scaler = StandardScaler()
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_train = scaler.fit_transform(X_train)
# %% nbforge:train
model = LogisticRegression().fit(X_train, y_train)
sample = scaler.transform(pd.DataFrame([[7.0, 1.0]], columns=X.columns))
# %% nbforge:predict
"""


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("print(le.inverse_transform(model.predict(sample)))", "low"),
        ("print(f'It is {le.inverse_transform(model.predict(sample))[0]}!')", "low"),
        ("print('It is ' + str(le.inverse_transform(model.predict(sample))[0]))", "low"),
        ("print('It is %s' % le.inverse_transform(model.predict(sample))[0])", "low"),
        ("print('It is {}'.format(le.inverse_transform(model.predict(sample))[0]))", "low"),
        ("pred = model.predict(sample)\nprint('code', pred)\nprint('label', le.inverse_transform(pred))", "low"),
        ("pred = model.predict(sample)\npred = le.inverse_transform(pred)\nprint(pred[0])", "low"),
        ("pred = model.predict(sample)\nname = le.classes_[pred[0]]\nprint(name)", "low"),
        ("pred = model.predict(sample)[0]\nprint(names[pred])", "LOW"),
        ("pred = model.predict(sample)\nby_code[int(pred[0])]", "nope"),
        ("pred = model.predict(sample)\n'up' if pred[0] == 1 else 'down'", "down"),
        ("pred = model.predict(sample)\n[names[code] for code in pred]", "LOW"),
        ("np.argmax(model.predict_proba(sample), axis=1)", 0),
        ("print(names[np.argmax(model.predict_proba(sample))])", "LOW"),
        ("np.array(names)[model.predict(sample)]", "LOW"),
        ("answer = le.inverse_transform(model.predict(sample))\nif answer[0] == 'low':\n    print('it is low')", "low"),
        ("pred = model.predict(sample)\nif len(pred):\n    print(le.inverse_transform(pred))", "low"),
        ("for p in model.predict(sample):\n    print('It is', names[p])", "LOW"),
        ("pred = model.predict(sample)\nfor i, p in enumerate(pred):\n    print(f'{i + 1}: {names[p]}')", "LOW"),
        ("for row, p in zip([[7, 1]], model.predict(sample)):\n    print(row, '=> %s' % names[p])", "LOW"),
        # what the model says as it is, or what is measured or counted of it
        ("pred = model.predict(sample)\nprint('Predicted:', pred[0])", 0),
        ("pred = model.predict(sample)\nif pred[0] == 1:\n    print('top')\nelse:\n    print('low')", 0),
        ("for i, p in enumerate(model.predict(sample)):\n    print('Row {}: {:,.2f}'.format(i + 1, p))", 0),
        ("pred = model.predict(sample)\nfor p in pred:\n    print(round(p, 2))", 0),
        ("pred = model.predict(sample)\nprint(pred, pred.shape, pred.mean())", 0),
        ("pred = model.predict(sample)\nprint(np.sort(pred), pred == y_test[:1], pred - y_test[:1])", 0),
        ("ConfusionMatrixDisplay.from_estimator(model, X_train, y_train)", 0),
        ("pred = model.predict(sample)\nprint(int(pred[0]), int((pred > 0).sum()), names[max(pred)])", 0),
        ("pred = model.predict(X_train)\npd.DataFrame({'Actual': y_train, 'Predicted': pred}).head()", 0),
        ("pred = model.predict(X_train)\nout = pd.DataFrame({'Actual': y_train, 'Predicted': pred})\nprint(out)", 0),
        ("print(pd.crosstab(model.predict(sample), np.array([0])))", 0),
    ],
)  # fmt: skip
def test_what_the_cell_says_is_what_the_service_says(capture: Callable[..., Any], cell: str, first: Any) -> None:
    found = capture(LABELS + cell)
    assert {field["name"] for field in found.contract["inputs"]} <= {"a", "b"}
    proof = json.loads((found.directory / "proof.json").read_text())
    lowest = min(range(len(proof["rows"])), key=lambda at: proof["rows"][at]["a"])
    assert proof["together"]["predictions"][lowest] == first


def test_what_cannot_be_asked_of_rows_is_not_answered_in_other_words(capture: Callable[..., Any]) -> None:
    error = capture(
        LABELS + "sizes = np.zeros(7, dtype=int)\nprint(le.inverse_transform(model.predict(sample) + sizes))"
    ).error
    assert (error["exit"], error["code"], error["name"]) == (3, "told-otherwise", "model")
    assert "le.inverse_transform(model.predict(rows) + sizes)" in error["message"]


def test_a_prediction_that_statsmodels_gives_with_its_intervals(capture: Callable[..., Any]) -> None:
    captured = capture("""
# %% nbforge:data
import numpy as np
import pandas as pd
import statsmodels.api as sm
df = pd.DataFrame({"a": np.arange(60.0), "b": np.tile([0.0, 1.0, 2.0], 20)})
df["y"] = 3 * df["a"] - df["b"] + np.random.default_rng(0).normal(size=60)
# %%
X = pd.DataFrame({"intercept": np.ones(len(df)), "a": df["a"]})
results = sm.OLS(df["y"], X).fit()
# %%
new = pd.DataFrame({"intercept": 1.0, "a": [5.0, 10.0]})
# %% nbforge:predict
told = results.get_prediction(new)
told.predicted_mean
""")
    assert "results.get_prediction(rows).predicted_mean" in captured.source("predict")
    assert [field["name"] for field in captured.contract["inputs"] if field["required"]] == ["a"]


ADDED = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
df = pd.DataFrame({"a": np.arange(90.0) % 13, "b": np.arange(90.0) % 7})
df["y"] = (df.a > df.b).astype(int)
# %%
model = LogisticRegression().fit(df[["a", "b"]], df["y"])
# %% nbforge:predict
LINES
"""
ASKED = 'df["probability"] = model.predict_proba(df[["a", "b"]])[:, 1]'


@pytest.mark.parametrize("after", ["", "\ndf", '\ndf["hit"] = df["y"] == (df["probability"] > 0.5)\ndf'])
def test_what_is_added_to_the_table_of_the_data_is_the_answer_and_not_all_of_the_table(
    capture: Callable[..., Any], after: str
) -> None:
    found = capture(ADDED.replace("LINES", ASKED + after))
    assert [output["kind"] for output in found.contract["outputs"]] == ["number"]
    assert [field["name"] for field in found.contract["inputs"] if field["required"]] == ["a", "b"]


def test_a_table_that_the_cell_makes_is_the_answer_as_a_whole(capture: Callable[..., Any]) -> None:
    made = 'told = pd.DataFrame({"sure": model.predict_proba(df[["a", "b"]]).max(axis=1)})\n'
    found = capture(ADDED.replace("LINES", f'{made}told["label"] = model.predict(df[["a", "b"]])'))
    assert [output["kind"] for output in found.contract["outputs"]] == ["record"]


def test_what_is_subtracted_from_the_truth_is_no_answer(capture: Callable[..., Any]) -> None:
    error = capture(ADDED.replace("LINES", 'df["missed"] = df["y"] - model.predict(df[["a", "b"]])')).error
    assert error["code"] == "target-leaks"


def test_a_text_that_is_made_into_a_sparse_row_on_the_way(capture: Callable[..., Any]) -> None:
    found = capture(
        """
# %% nbforge:data
import pandas as pd
texts = ["cheap meds now", "meet me at noon", "meds offer", "noon call"]
df = pd.DataFrame({"text": texts * 10, "spam": [1, 0, 1, 0] * 10})
# %%
df = df.iloc[1:]
# %% nbforge:features
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
vectorizer = CountVectorizer()
X = vectorizer.fit_transform(df["text"])
# %%
model = MultinomialNB().fit(X, df["spam"])
# %% nbforge:predict
message = "buy cheap meds"
row = vectorizer.transform([message])
model.predict(row)[0]
"""
    )
    assert [field["name"] for field in found.contract["inputs"] if field["required"]] == ["text"]
