"""Predict cells that only measure a model, with functions of the notebook: the model is what the service gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbforge.training.kernel.errors import CaptureError

BOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": np.arange(60.0), "b": np.tile([0.0, 1.0, 2.0], 20)})
df["kind"] = np.where(df["a"] > 30, 1, 0)
# %%
import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier as Tree
X_train, X_test, y_train, y_test = train_test_split(df[["a", "b"]], df["kind"], random_state=0)
model = LogisticRegression().fit(X_train, y_train)
"""
JUDGE = """def judge(model, rows, truth):
    found = model.predict(rows)
    right = accuracy_score(truth, found)
    print(f"{right:.2f}", confusion_matrix(truth, found))
"""
RUN = """def run(model, rows, truth, loud=True):
    model.fit(X_train, y_train)
    found = model.predict(rows)
    if loud:
        plt.scatter(truth, found)
    return accuracy_score(truth, found)
"""
SAY = "def say(found):\n    for each in found:\n        print('yes' if each else 'no')\n"
BOTH = "def both(model):\n    for rows in (X_test, X_test):\n        run(model, rows, y_test)\n"
TREE = "DecisionTreeClassifier(max_depth=2)"


@pytest.mark.parametrize(
    ("functions", "predict", "model"),
    [
        (JUDGE, "judge(model, X_test, y_test)", "LogisticRegression()"),
        (JUDGE, "judge(rows=X_test, truth=y_test, model=model);", "LogisticRegression()"),
        ("def judge(model):\n    print(model.score(X_test, y_test))\n", "judge(model)", "LogisticRegression()"),
        (RUN, "run(LogisticRegression(C=2), X_test, y_test)", "LogisticRegression(C=2)"),
        (RUN, "print(run(Tree(), X_test, y_test, loud=False))", "DecisionTreeClassifier()"),
        (RUN, "tree = Tree(max_depth=2)\nright = run(tree, X_test, y_test)\nright", TREE),
        (RUN, "for tree in [Tree(max_depth=n) for n in (1, 2)]:\n    run(tree, X_test, y_test)", TREE),
        (RUN + BOTH, "both(model)", "LogisticRegression()"),
    ],
)  # fmt: skip
def test_a_model_that_a_function_of_the_notebook_measures(
    scored: Callable[..., Any], functions: str, predict: str, model: str
) -> None:
    found = scored(f"{BOOK}{functions}# %% nbforge:predict\n{predict}")
    assert found.predict(found.raw)[:3] == [0, 0, 0]
    assert repr(found.served) == model


@pytest.mark.parametrize(
    "function",
    [
        "def judge(model, rows):\n    p = model.predict_proba(rows)\n    return np.where(p > 0.2, 1, 0)[0]",
        SAY + "def judge(model, rows):\n    say(model.predict(rows))",
        "def judge(model, rows):\n    return list(model.predict(rows))[:2]",
    ],
)
def test_a_function_that_makes_something_of_answers_is_no_measure(scored: Callable[..., Any], function: str) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(f"{BOOK}{function}\n# %% nbforge:predict\njudge(model, X_test)")
    assert refused.value.code in ("plain-rows", "entry-parameters", "plain-no-frame")
