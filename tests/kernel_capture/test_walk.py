"""The live entry point becomes readable source, constants and artifacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BASE = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120), "y": rng.normal(size=120)})
"""


def test_function_with_constants_and_an_estimator(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
columns = ["a", "b"]
model = LinearRegression().fit(df[columns], df["y"])
# %% nbforge:predict
OFFSET = 3.5
def predict(frame):
    '''Predict.'''
    return model.predict(frame[columns]) + OFFSET  # shifted
"""
    )
    assert found.content["form"] == "function"
    assert found.source("columns") == "columns = ['a', 'b']"
    assert found.source("OFFSET") == "OFFSET = 3.5"
    assert "# shifted" in found.source("predict")
    assert found.formats == {"model": "skops"}
    assert found.contract["ignored"] == ["y"]


def test_lambda_in_a_pipeline_gets_a_name_and_its_globals(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
FACTOR = 2
model = make_pipeline(FunctionTransformer(lambda f: f[["a"]] * FACTOR), LinearRegression()).fit(df, df["y"])
# %% nbforge:predict
model
"""
    )
    assert found.source("model_function") == "def model_function(f):\n    return f[['a']] * FACTOR"
    assert found.source("FACTOR") == "FACTOR = 2"
    assert found.formats == {"model": "skops"}


def test_class_of_the_notebook_comes_before_the_artifact_that_needs_it(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
class Scale(BaseEstimator, TransformerMixin):
    def __init__(self, by=1): self.by = by
    def fit(self, X, y=None): return self
    def transform(self, X): return X * self.by
model = make_pipeline(Scale(3), LinearRegression()).fit(df[["a"]], df["y"])
# %% nbforge:predict
model
"""
    )
    order = [piece["name"] for piece in found.content["pieces"]]
    assert order.index("Scale") < order.index("model")
    assert found.content["artifacts"][0]["unsafe"] is False


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (("def make(m):\n    def inner(f):\n        return m.predict(f[['a']])\n    return inner\n"
          "score = make(lr)\n# %% nbforge:predict\nscore"), ["inner", "score"]),
        (("class Service:\n    def __init__(self, m): self.m = m\n"
          "    def run(self, f): return self.m.predict(f[['a']])\n"
          "service = Service(lr)\n# %% nbforge:predict\nservice.run"), ["service", "predict"]),
        ("score = lambda f: lr.predict(f[['a']])\n# %% nbforge:predict\nscore", ["lr", "score"]),
        ("# %% nbforge:predict\ndef score(f):\n    return lr.predict(f[['a']])\nscore(df.head())", ["lr", "score"]),
    ],
)  # fmt: skip
def test_other_callables_are_functions(capture: Callable[..., Any], cell: str, names: list[str]) -> None:
    found = capture(BASE + f"\n# %% nbforge:train\nlr = LinearRegression().fit(df[['a']], df['y'])\n{cell}\n")
    assert found.content["form"] == "function"
    assert set(names) <= {piece["name"] for piece in found.content["pieces"]}


def test_estimator_takes_the_columns_it_was_fitted_on_after_a_split(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
X_train, X_test, y_train, y_test = train_test_split(df[["b", "a"]], df["y"], random_state=1)
search = GridSearchCV(make_pipeline(StandardScaler(), LinearRegression()), {}, cv=2).fit(X_train, y_train)
# %% nbforge:predict
search.best_estimator_
"""
    )
    assert found.content["entry"]["columns"] == ["b", "a"]
    assert [field["name"] for field in found.contract["inputs"]] == ["a", "b"]


def test_an_untagged_cell_between_frame_and_estimator_is_scored(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %%
X = df[["a", "b"]].to_numpy() * 2
# %% nbforge:train
model = LinearRegression().fit(X, df["y"])
# %% nbforge:predict
model
"""
    )
    assert 'X = df[["a", "b"]].to_numpy() * 2' in found.source("features")


@pytest.mark.parametrize(
    ("cells", "code", "name"),
    [
        (("# %% nbforge:train\nmean = df['a'].mean()\n# %% nbforge:predict\ndef predict(f):\n"
          "    return f['a'] - df['a'].sum() + mean"), "training-data", "df"),
        (("# %% nbforge:train\nimport sqlite3\nbase = sqlite3.connect(':memory:')\n"
          "# %% nbforge:predict\ndef predict(f):\n    base.execute('select 1')\n    return f['a']"),
         "unsavable", "base"),
        ("# %% nbforge:predict\ndef predict(height, width):\n    return height * width", "entry-parameters", "height"),
        (("# %% nbforge:train\nm = LinearRegression().fit(df[['a']], df['y'])\n"
          "# %% nbforge:predict\nm.predict(df[['a']].head(7)) + m.predict(df[['a']].tail(7))"), "plain-rows", "df"),
        ("# %% nbforge:predict\nhighest = float(df['a'].max())", "plain-rows", "highest"),
        (("# %% nbforge:train\nfrom sklearn.pipeline import make_pipeline\n"
          "from sklearn.preprocessing import StandardScaler\nscale = make_pipeline(StandardScaler()).fit(df[['a']])\n"
          "# %% nbforge:predict\nscale"), "plain-rows", None),
    ],
)  # fmt: skip
def test_refusals_name_cell_and_variable(capture: Callable[..., Any], cells: str, code: str, name: str | None) -> None:
    error = capture(BASE + "\n" + cells).error
    assert (error["exit"], error["code"], error["name"]) == (3, code, name)
    assert error["cell"] is not None
    assert error["remedy"]


@pytest.mark.parametrize(
    ("cell", "form", "said"),
    [
        ("m = LinearRegression().fit(df[['a']], df['y'])\npred = m.predict(df[['a']])\nround(float(pred[0]), 2)",
         "plain", "`pred`"),
        ("m = LinearRegression()\nm.fit(df[['a']], df['y'])\nprint(m.score(df[['a']], df['y']))", "estimator", "`m`"),
        (("m = LinearRegression().fit(df[['a']], df['y'])\ndef predict(f):\n    return m.predict(f[['a']])\n"
          "print(predict(df)[:3])"), "function", "`predict`"),
        (("m = LinearRegression().fit(df[['a']], df['y'])\npred = m.predict(df[['a']])\n"
          "confusion = np.array([[int((pred > 0).sum()), 1], [2, 3]])\nconfusion"), "plain", "`pred`"),
        (("m = LinearRegression().fit(df[['a']], df['y'])\npred = m.predict(df[['a']])\n"
          "sub = pd.DataFrame({'id': range(len(df))})\nsub['y'] = pred\nsub.to_csv('sub.csv')\nsub.head()"),
         "plain", "`pred`"),
    ],
)  # fmt: skip
def test_a_cell_that_goes_on_after_its_prediction(capture: Callable[..., Any], cell: str, form: str, said: str) -> None:
    found = capture(f"{BASE}\n# %% nbforge:predict\n{cell}")
    assert found.content["form"] == form
    assert [note for note in found.content["warnings"] if "answers nothing" in note and said in note]


def test_a_column_that_is_made_of_itself_is_what_it_is_in_the_end(capture: Callable[..., Any]) -> None:
    cell = (
        "m = LinearRegression().fit(df[['a']], df['y'])\npred = m.predict(df[['a']])\n"
        "sub = pd.DataFrame({'a': df['a'], 'y': pred})\n"
        "sub['y'] = np.where(sub['y'] > df['y'].mean(), 'high', 'low')\nsub.to_csv('sub.csv', index=False)"
    )
    found = capture(f"{BASE}\n# %% nbforge:predict\n{cell}")
    assert found.contract["outputs"][0]["classes"] == ["high", "low"]


def test_a_model_of_other_rows_names_them(capture: Callable[..., Any]) -> None:
    error = capture(
        BASE
        + """
# %%
other = np.arange(60.0).reshape(-1, 3)
# %% nbforge:train
model = LinearRegression().fit(other, other.sum(axis=1))
# %% nbforge:predict
model
"""
    ).error
    assert (error["code"], error["name"]) == ("features-not-tagged", "model")
    assert error["remedy"].startswith("`other` is not made of `df`")


RECOMMENDER = """
# %% TAG
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity
movies = pd.DataFrame({"title": [f"M{i}" for i in range(40)], "tags": [f"a{i % 3} b{i % 5}" for i in range(40)]})
# %%
similarity = cosine_similarity(CountVectorizer().fit_transform(movies["tags"]))
# %% nbforge:predict
def recommend(title):
    index = movies[movies["title"] == title].index[0]
    return [movies.iloc[at].title for at in similarity[index].argsort()[::-1][1:4]]
recommend("M3")
"""


def test_a_function_that_takes_no_table_is_asked_what_the_notebook_asks_it(capture: Callable[..., Any]) -> None:
    found = capture(RECOMMENDER.replace("TAG", ""))
    assert found.content["entry"]["passes"] == "scalars"
    assert [field["name"] for field in found.contract["inputs"]] == ["title"]


def test_a_catalogue_is_none_where_it_is_tagged_as_what_clients_send(capture: Callable[..., Any]) -> None:
    error = capture(RECOMMENDER.replace("TAG", "nbforge:data")).error
    assert (error["exit"], error["code"], error["name"]) == (3, "training-data", "movies")
    assert "take `nbforge:data` off the cell" in error["remedy"]


def test_scalars_are_tried_around_the_call_in_the_cell(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:predict
def forecast(horizon: int, level: float = 0.8) -> list:
    return [level * step for step in range(horizon)]
forecast(6)
"""
    )
    assert found.content["entry"]["passes"] == "scalars"
    assert [(field["name"], field["dtype"]) for field in found.contract["inputs"]] == [
        ("horizon", "int64"),
        ("level", "float64"),
    ]


@pytest.mark.parametrize("names", ["iris.target_names", "iris['target_names']"])
def test_a_data_set_is_asked_for_the_names_of_its_classes_without_its_rows(
    capture: Callable[..., Any], names: str
) -> None:
    found = capture(
        f"""
# %% nbforge:data
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
iris = load_iris()
X, y = iris.data, iris.target
# %%
tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
# %% nbforge:predict
def species(rows):
    return {names}[tree.predict(rows)]
"""
    )
    assert found.formats.keys() <= {"tree", "iris_target_names"}
    assert "iris_target_names[tree.predict(rows)]" in found.source("species")


def test_a_data_set_whose_rows_scoring_reads_is_refused(capture: Callable[..., Any]) -> None:
    error = capture(
        """
# %% nbforge:data
from sklearn.datasets import load_iris
iris = load_iris()
X, y = iris.data, iris.target
# %% nbforge:predict
def nearest(rows):
    return [abs(iris.data - row).sum(axis=1).argmin() for row in rows]
"""
    ).error
    assert (error["exit"], error["code"], error["name"]) == (3, "training-data", "iris")


def test_metrics_of_a_dict_and_of_names(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
m = LinearRegression().fit(df[["a"]], df["y"])
# %% pipeline-metrics
{"r2": m.score(df[["a"]], df["y"]), "rows": len(df)}
# %% nbforge:predict
m
"""
    )
    assert found.content["metrics"]["rows"] == 120


@pytest.mark.parametrize(
    ("train", "columns"),
    [
        ("y = made.pop('y')\nmodel = LinearRegression().fit(made, y)", ["a", "b", "ab"]),
        ("model = LinearRegression().fit(made[['a']], made['y'])\nmade['fitted'] = model.predict(made[['a']])", ["a"]),
    ],
)
def test_what_a_train_cell_does_to_the_frame_after_its_features_stays_in_training(
    capture: Callable[..., Any], train: str, columns: list[str]
) -> None:
    found = capture(
        BASE
        + f"""
# %% nbforge:features
made = df.copy()
made["ab"] = made["a"] * made["b"]
# %% nbforge:train
{train}
# %% nbforge:predict
model
"""
    )
    assert found.content["entry"]["columns"] == columns
    assert "pop" not in found.source("features")
    assert "y" not in [field["name"] for field in found.contract["inputs"]]


def test_rows_that_a_train_cell_makes_for_its_fit_are_made_in_scoring_too(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
X = pd.get_dummies(df[["a"]].assign(k="x"))
X_train, X_test, y_train, y_test = train_test_split(X, df["y"], random_state=1)
model = LinearRegression().fit(X_train, y_train)
# %% nbforge:predict
model
"""
    )
    assert "get_dummies" in found.source("features")
    assert "train_test_split" not in found.source("features")
    assert any("Cell 1 is tagged `nbforge:train` and makes rows" in text for text in found.content["warnings"])


def test_a_train_cell_that_scales_the_frame_scales_the_rows_of_a_request(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
df[["a"]] = StandardScaler().fit_transform(df[["a"]]) * 3
model = LinearRegression().fit(df[["a"]], df["y"])
# %% nbforge:predict
model
"""
    )
    assert '.transform(df[["a"]]) * 3' in found.source("features")


def test_what_cannot_be_done_to_one_row_is_named_in_a_train_cell_as_in_any_other(capture: Callable[..., Any]) -> None:
    error = capture(
        BASE
        + """
# %% nbforge:train
df["a"] = df["a"].rank()
model = LinearRegression().fit(df[["a"]], df["y"])
# %% nbforge:predict
model
"""
    ).error
    assert (error["exit"], error["code"], error["cell"]) == (5, "feature-state", 1)
    assert "rank" in error["message"]


@pytest.mark.parametrize(
    ("train", "kind"),
    [
        ("lightgbm.train({'verbose': -1}, lightgbm.Dataset(df[['b b', 'a']], df['y']), 3)", "lightgbm"),
        ("xgboost.train({}, xgboost.DMatrix(df[['b b', 'a']], df['y']), 3)", "xgboost"),
    ],
)
def test_bare_booster_takes_the_columns_it_names(capture: Callable[..., Any], train: str, kind: str) -> None:
    found = capture(
        BASE
        + f"""
df = df.rename(columns={{"b": "b b"}})
# %% nbforge:train
import {kind}
model = {train}
# %% nbforge:predict
model
"""
    )
    assert found.content["entry"]["columns"] == ["b b", "a"]
    assert found.formats == {"model": kind}


def test_list_of_32_bit_floats_is_compared_as_such(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE.split("df = ", maxsplit=1)[0]
        + """
rows = rng.random((150, 5)).astype("float32")
# %% nbforge:train
model = LinearRegression().fit(rows, np.c_[rows.sum(axis=1), rows[:, 0]])
# %% nbforge:predict
def predict(rows):
    return model.predict(rows).tolist()
"""
    )
    assert found.content["rowwise"]
    assert found.content["warnings"] == []


def test_answers_that_differ_each_time_are_refused_as_such(capture: Callable[..., Any]) -> None:
    error = capture(
        BASE
        + """
# %% nbforge:train
model = LinearRegression().fit(df[["a"]], df["y"])
# %% nbforge:predict
def predict(frame):
    return model.predict(frame[["a"]]) + np.random.rand(len(frame))
"""
    ).error
    assert (error["exit"], error["code"]) == (5, "not-deterministic")


def test_column_names_of_a_training_frame_are_kept_without_its_rows(capture: Callable[..., Any]) -> None:
    found = capture(
        BASE
        + """
# %% nbforge:train
X_train, X_test, y_train, y_test = train_test_split(df[["b", "a"]], df["y"], random_state=1)
m = LinearRegression().fit(X_train, y_train)
# %% nbforge:predict
def predict(frame):
    return m.predict(frame[X_train.columns])
"""
    )
    assert found.source("X_train_columns") == "X_train_columns = pd.Index(['b', 'a'])"
    assert "frame[X_train_columns]" in found.source("predict")
