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


INVOLVED = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
train = pd.DataFrame({"a": np.arange(60.0), "y": np.arange(60.0) ** 2})
test = train.drop(columns="y")[:20]
# %%
class Fills(BaseEstimator, TransformerMixin):
    def __init__(self, names, how="median"):
        self.names, self.how = names, how
    def fit(self, X, y=None):
        self.values_ = {}
        for name in self.names:
            self.values_[name] = getattr(X[name], self.how)()
        return self
    def transform(self, X):
        X = X.copy()
        for name, value in self.values_.items():
            X[name] = X[name].fillna(value)
        return X
class Encodes(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.columns_ = pd.get_dummies(X).columns
        return self
    def transform(self, X):
        return pd.get_dummies(X).reindex(columns=self.columns_, fill_value=0).astype(float)
class Logs(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        Z = X.copy()
        Z[self.names] = np.log1p(Z[self.names])
        return Z
prepared = make_pipeline(Fills(["a"]), Logs(["a"]), Encodes())
seen = prepared.fit_transform(train[["a"]])
model = make_pipeline(prepared, LinearRegression()).fit(train[["a"]], train["y"])
# %% nbforge:predict
answers = test[["a"]].copy()
answers["y"] = model.predict(test[["a"]])
answers.to_csv("answers.csv")
"""


def test_scoring_writes_no_file_of_the_notebook(scored: Callable[..., Any]) -> None:
    """Not even where nothing is known of what its statements may change."""
    found = scored(INVOLVED)
    assert "to_csv" not in found.source
    assert len(found.predict(found.raw)) == 20


FITTED_WITHIN = """# %%
def fit_and_ask(X, y, rows, least=0):
    fitted = LinearRegression()
    fitted.fit(X, y)
    print(fitted.score(X, y))
    return fitted.predict(rows)
# %% nbforge:predict
"""


@pytest.mark.parametrize(
    "last",
    [
        'sample["y"] = fit_and_ask(train[["a", "b"]], train["y"], test[["a", "b"]])\nsample.to_csv("answers.csv")',
        'answers = np.round(fit_and_ask(train[["a", "b"]], train["y"], test[["a", "b"]]), 3)',
        'pd.DataFrame({"y": fit_and_ask(train[["a"]], train["y"], rows=test[["a"]])}).to_csv("answers.csv")',
    ],
)
def test_what_a_function_fits_and_asks_at_once(capture: Callable[..., Any], last: str) -> None:
    text = TABLES.replace("FEATURE", "test['a'] ** 2").replace("# %% nbforge:predict\n", FITTED_WITHIN)
    captured = capture(text + last)
    assert [field["name"] for field in captured.contract["inputs"] if field["required"]] == ["a"]
    assert "fitted.predict(" in captured.source("predict")
    assert ".fit(" not in captured.source("predict")


def test_labels_that_are_floats_are_labels(capture: Callable[..., Any]) -> None:
    text = TABLES.replace("FEATURE", "test['a'] ** 2").replace("LinearRegression", "LogisticRegression")
    text = text.replace('train["a"] ** 2\ntest', '(train["a"] > 5).astype(float)\ntest')
    captured = capture(text + 'answers = model.predict(test[["a", "b"]])')
    assert captured.contract["task"] == "classification"
    assert captured.contract["outputs"][0]["classes"] == [0.0, 1.0]


def test_a_table_that_a_loop_goes_through_gives_its_columns(capture: Callable[..., Any]) -> None:
    text = TABLES.replace("FEATURE", "test['a']").replace(
        "# %%\nmodel", "chosen = train.drop(columns='y').select_dtypes('number')\nfor c in chosen:\n"
        "    train[c] = train[c] / 2\n    test[c] = test[c] / 2\n# %%\nmodel",
    )  # fmt: skip
    captured = capture(text + 'answers = model.predict(test[["a", "b"]])')
    assert "for c in chosen_columns:" in captured.source("predict")


SUBMITTED = """
# %% nbforge:data
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
train = pd.DataFrame({"a": [1, 2, 3, 4] * 20, "y": [0, 1, 0, 1] * 20})
test = pd.DataFrame({"id": range(40), "a": [1, 2, 3, 4] * 10})
# %%
model = DecisionTreeClassifier().fit(train[["a"]], train.y)
# %%
submission = pd.DataFrame({"id": test.id, "label": 0})
words = {0: "no", 1: "yes"}
answers = model.predict(test[["a"]])
# %% PUT
# %% nbforge:predict
WRITE
"""


@pytest.mark.parametrize("write", ["submission", 'submission[["id", "label"]]', "pd.DataFrame(submission)"])
@pytest.mark.parametrize(
    ("put", "said"),
    [
        ('submission["label"] = answers', [0, 1, 0]),
        (
            'submission["label"] = answers\n# %%\nsubmission.label = submission.label.map(words)\nanswers = 0',
            ["no", "yes", "no"],
        ),
        ('submission["label"] = answers\nsubmission["id"] = test["id"] + 1', [0, 1, 0]),
    ],
)
def test_a_table_that_is_written_holds_what_earlier_cells_put_into_it(
    scored: Callable[..., Any], put: str, said: list[Any], write: str
) -> None:
    text = SUBMITTED.replace("# %% PUT", f"# %%\n{put}").replace("WRITE", f'{write}.to_csv("answers.csv")')
    found = scored(text)
    assert found.predict(found.raw)[:3] == said


def test_answers_that_a_table_holds_in_other_words_are_said_in_these(scored: Callable[..., Any]) -> None:
    """Not the code: the table says what the code means."""
    put = 'submission["label"] = answers\nsubmission["label"] = submission.label.map(lambda x: "yes" if x else "no")'
    text = SUBMITTED.replace("# %% PUT", "").replace("WRITE", f'{put}\nsubmission.to_csv("answers.csv")')
    found = scored(text)
    assert found.predict(found.raw)[:3] == ["no", "yes", "no"]


def test_what_a_function_of_the_notebook_asks_is_put_down_as_the_table_says_it(scored: Callable[..., Any]) -> None:
    """A price, not its logarithm, which a name of the cell holds."""
    found = scored(
        "\n# %% nbforge:data\nimport numpy as np\nimport pandas as pd\n"
        "from sklearn.linear_model import LinearRegression\n"
        'train = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0] * 20})\ntrain["y"] = np.exp(train.a)\n'
        'test = pd.DataFrame({"id": range(40), "a": [1.0, 2.0, 3.0, 4.0] * 10})\n'
        '# %%\nmodel = LinearRegression().fit(train[["a"]], np.log(train.y))\n'
        "def blended(X):\n    return 0.5 * model.predict(X) + 0.5 * model.predict(X)\n"
        '# %% nbforge:predict\npredictions = blended(test[["a"]])\nsubmission = pd.DataFrame()\n'
        'submission["id"] = test["id"]\nsubmission["y"] = np.floor(np.exp(predictions) + 0.1)\n'
        'submission.to_csv("answers.csv", index=False)'
    )
    assert found.predict(found.raw)[:4] == [2, 7, 20, 54]
