"""Models that are measured and never fitted: the refusal says which statement fits them, and that works."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

TABLE = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
df = pd.DataFrame({"a": np.arange(60.0), "b": np.tile([0.0, 1.0, 2.0], 20)})
df["kind"] = np.where(df["a"] % 7 < 3, "low", "top")
# %%
X, y = df[["a", "b"]], df["kind"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = make_pipeline(StandardScaler(), LogisticRegression())
"""
FOREST = "forest = RandomForestClassifier(5).fit(X_train, y_train)\nprint(forest.score(X_test, y_test))"
EVALUATE = "def evaluate(what, rows):\n    return cross_val_score(what, rows, y).mean()"
ANSWER = "def answer(rows):\n    return model.predict(rows)"


@pytest.mark.parametrize(
    ("earlier", "predict", "fit"),
    [
        ("", "scores = cross_val_score(model, X[['a', 'b']], y)\nscores.mean()", "model.fit(X[['a', 'b']], y)"),
        ("", "found = cross_validate(model, X, y)\nfor at in found:\n    print(at)", "model.fit(X, y)"),
        ("", "np.mean(cross_val_score(estimator=model, y=y, X=X))", "model.fit(X, y)"),
        ("", "cross_val_score(LogisticRegression(C=2), X, y, cv=KFold(3)).std()", "LogisticRegression(C=2).fit(X, y)"),
        ("scores = cross_val_score(model, X, y)", "print('%.2f' % scores.mean())", "model.fit(X, y)"),
        ("cross_val_score(model, X_train, y_train)", "model", "model.fit(X_train, y_train)"),
        ("cross_val_score(model, X, y)", "search = GridSearchCV(SVC(), {'C': [1, 2]})", "search.fit(X, y)"),
        (FOREST, "search = GridSearchCV(SVC(), {'C': [1, 2]})\nsearch", "search.fit(X_train, y_train)"),
        (FOREST, "cross_val_score(model, X, y).mean()", "model.fit(X, y)"),
        (f"{FOREST}\nforest.predict(X)", "print(cross_val_score(model, X, y).mean())", "model.fit(X, y)"),
        (EVALUATE, "print(evaluate(model, X))", "model.fit(X, y)"),
        ("", f"print(cross_val_score(model, X, y))\n{ANSWER}", "model.fit(X, y)"),
        ("", "for each in [SVC(), LogisticRegression()]:\n    print(cross_val_score(each, X, y))", "each.fit(X, y)"),
    ],
)  # fmt: skip
def test_the_statement_that_fits_it_is_told(capture: Callable[..., Any], earlier: str, predict: str, fit: str) -> None:
    error = capture(f"{TABLE}# %%\n{earlier}\n# %% nbforge:predict\n{predict}").error
    assert (error["exit"], error["code"]) == (3, "not-fitted")
    assert re.search("`(.*?)`", error["remedy"]).group(1) == fit  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "predict",
    [
        "cross_val_score(model, X, y).mean()\nmodel.fit(X, y)",
        "cross_val_score(LogisticRegression(C=2), X, y)\nLogisticRegression(C=2).fit(X, y)",
        "for each in [SVC(), LogisticRegression()]:\n    print(cross_val_score(each, X, y))\neach.fit(X, y)",
        "search = GridSearchCV(SVC(), {'C': [1, 2]})\nsearch.fit(X_train, y_train)",
    ],
)
def test_it_works_when_followed(capture: Callable[..., Any], predict: str) -> None:
    found = capture(f"{TABLE}# %% nbforge:predict\n{predict}")
    assert [field["name"] for field in found.contract["inputs"]] == ["a", "b"]
