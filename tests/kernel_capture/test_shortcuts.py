"""Which cheaper ways to the same answer a build allows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nbforge.runtime.shortcuts import most_probable
from tests.kernel_capture.conftest import Captured

DATA = """
# %% nbforge:data
import numpy as np
import pandas as pd
rng = np.random.default_rng(1)
X = pd.DataFrame(rng.normal(size=(120, 3)), columns=["a", "b", "c"])
y = np.where(X.a + X.b > 0, "yes", "no")
# %% nbforge:train
"""
PREDICT = "\n# %% nbforge:predict\nmodel\n"
LINEAR = "from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression().fit(X, y)"
SVC = "from sklearn.svm import SVC\nmodel = SVC(probability=True, random_state=0).fit(X, y)"
STRICT = """
from sklearn.linear_model import LogisticRegression
class Strict(LogisticRegression):
    def predict(self, X):
        return np.where(self.predict_proba(X)[:, 1] > 0.5000001, "yes", "no")
model = Strict().fit(X, y)"""
BY_NAME = """
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
model = make_pipeline(make_column_transformer((StandardScaler(), ["a", "c"])), LogisticRegression()).fit(X, y)"""
SEARCH = """
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
model = GridSearchCV(DecisionTreeClassifier(max_depth=2), {"min_samples_leaf": [1, 5]}).fit(X, y)"""
FOREST = """
from sklearn.ensemble import RandomForestRegressor
model = RandomForestRegressor(5, random_state=0).fit(X, X.a * X.b)"""
MIXED = """
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
model = make_pipeline(make_column_transformer((OneHotEncoder(), ["word"])), LogisticRegression()).fit(X, y)"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("train", "allowed"),
    [
        pytest.param(LINEAR, ["labels", "array"], id="linear"),
        pytest.param(SVC, ["array"], id="predicts-by-another-score"),
        pytest.param(STRICT, ["array"], id="class-of-the-notebook"),
        pytest.param(BY_NAME, ["labels", "steps", "columns"], id="columns-by-name"),
        pytest.param(SEARCH, ["labels", "array"], id="search"),
        pytest.param(FOREST, ["array"], id="regressor"),
        pytest.param(MIXED, ["labels", "steps", "columns"], id="mixed-dtypes"),
    ],
)
def test_what_gives_the_same_to_the_bit_is_allowed(
    capture: Callable[[str], Captured], train: str, allowed: list[str]
) -> None:
    data = DATA.replace("y =", 'X["word"] = np.where(X.a > 0, "one", "two")\ny =') if train == MIXED else DATA
    assert capture(data + train + PREDICT).content["entry"]["shortcuts"] == allowed


@pytest.mark.parametrize("classes", [np.array(["no", "yes"]), np.array(["a", "b", "c"])])
def test_a_tie_is_left_to_predict(classes: np.ndarray) -> None:
    table = np.full((2, len(classes)), 1 / len(classes))
    assert most_probable(table, classes) is None
    table[:, 1] += 0.1
    clear = most_probable(table, classes)
    assert clear is not None
    assert clear.tolist() == [classes[1]] * 2
    table[0, 0] = np.nan
    assert most_probable(table, classes) is None
