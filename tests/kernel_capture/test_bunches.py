"""Data cells that bind what scikit-learn's loaders give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine

SPLIT = """
# %%
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
X_train, X_test, y_train, y_test = train_test_split(wine.data, wine["target"], random_state=0)
scaler = StandardScaler()
X_train_scaled = scaler.fit_transform(X_train)
X_test_scaled = scaler.transform(X_test)
clf = SVC().fit(X_train_scaled, y_train)
"""


@pytest.mark.parametrize("predict", ["clf.predict(X_test_scaled)", "print(clf.score(X_test_scaled, y_test))"])
def test_what_is_made_of_a_bunch_is_made_in_scoring(scored: Callable[..., Any], predict: str) -> None:
    found = scored(
        "\n# %% nbforge:data\nfrom sklearn.datasets import load_wine\nwine = load_wine()\nfor i in range(3):\n"
        f"    print(wine.target[i])\n{SPLIT}\n# %% nbforge:predict\n{predict}"
    )
    assert np.array_equal(found.raw, load_wine().data)
    assert "scaler.transform(" in found.source
    assert "from sklearn.utils._bunch import Bunch" in found.source
    assert "target" not in found.source


def test_what_a_bunch_says_of_its_labels_is_looked_up(scored: Callable[..., Any]) -> None:
    found = scored(
        "\n# %% nbforge:data\nfrom sklearn.datasets import load_wine\nwine = load_wine()\n"
        f"{SPLIT}\n# %% nbforge:predict\nwine.target_names[clf.predict(X_test_scaled)]"
    )
    assert list(found.predict(found.raw[:2])) == ["class_0", "class_0"]


def test_the_frame_of_a_bunch_is_what_clients_send(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data
from sklearn.datasets import load_wine
wine = load_wine(as_frame=True)
# %%
from sklearn.linear_model import Ridge
X = wine["data"][["alcohol", "hue"]]
X = (X - X.mean()) / X.std()
model = Ridge().fit(X, wine.frame["proline"])
# %% nbforge:predict
model.predict(X)
"""
    )
    assert list(found.raw.columns) == list(load_wine(as_frame=True).frame.columns)
    assert "X.mean()" not in found.source


def test_images_are_the_same_rows_in_another_shape(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data
from sklearn.datasets import load_digits
digits = load_digits()
# %%
from sklearn.tree import DecisionTreeClassifier
n_samples = len(digits.images)
data = digits.images.reshape((n_samples, -1))
model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(data[: n_samples // 2], digits.target[: n_samples // 2])
# %% nbforge:predict
model.predict(data)
"""
    )
    assert np.array_equal(found.raw, load_digits().data)
    assert "images=digits_data.reshape(-1, 8, 8)" in found.source


def test_texts_of_the_bunch_that_is_predicted_are_what_clients_send(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data
from sklearn.utils import Bunch
train = Bunch(data=["a goal", "a cpu", "the goal", "the cpu"] * 9, target=[0, 1] * 18)
test = Bunch(data=["my goal", "my cpu"] * 9)
# %%
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
vectorizer = TfidfVectorizer()
model = MultinomialNB().fit(vectorizer.fit_transform(train.data), train.target)
# %% nbforge:predict
model.predict(vectorizer.transform(test.data))
"""
    )
    assert found.raw == ["my goal", "my cpu"] * 9


def test_rows_that_a_bunch_cannot_give_come_from_the_fit(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data
from sklearn.datasets import load_wine
wine = load_wine()
# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
df = pd.DataFrame(wine.data, columns=wine.feature_names)
df["label"] = wine.target
X, y = df[["hue", "alcohol"]], df["label"]
model = LogisticRegression().fit(X, y)
# %% nbforge:predict
model
"""
    )
    assert list(found.raw.columns) == ["hue", "alcohol"]


BESIDE = """
# %% nbforge:data
from sklearn.datasets import load_wine
import pandas as pd
wine = load_wine()
df = pd.DataFrame(wine.data, columns=wine.feature_names)
df["producer"] = wine.target
df.describe()
"""
LOADED = "\n# %% nbforge:data\nfrom sklearn.datasets import load_wine\nwine = load_wine("
FITTED = """
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X_train, y_train)
# %% nbforge:predict
"""


@pytest.mark.parametrize(
    ("cells", "predict", "count"),
    [
        (f"{BESIDE}# %%\nX, y = wine.data, wine.target", "model.predict(X_test)", 13),
        (f"{BESIDE}# %%\nX = wine['data']\ny = wine.target", "print(model.predict([[1.0] * 13]))", 13),
        (f"{BESIDE}X, y = wine.data, wine.target\n# %%", "model", 13),
        (f"{BESIDE}X, y = wine.data[:, [12, 6]], wine.target\n# %%", "model.score(X_test, y_test)", 2),
        (f"{LOADED})\n# %%\nX, y = wine.data, wine.target", "model", 13),
        (f"{LOADED}as_frame=True)\nX, y = wine.data.values, wine.target\n# %%", "model", 13),
    ],
)  # fmt: skip
def test_the_columns_of_a_bunch_are_called_as_it_says(
    capture: Callable[..., Any], cells: str, predict: str, count: int
) -> None:
    found = capture(f"{cells}{FITTED}{predict}").contract
    names = load_wine().feature_names if count == 13 else ["proline", "flavanoids"]
    assert found["frame"]["kind"] == "array"
    assert [(field["name"], field["label"]) for field in found["inputs"]] == list(zip(names, range(count), strict=True))


def test_a_table_of_a_bunch_that_the_model_is_asked_about_stays_the_data(scored: Callable[..., Any]) -> None:
    found = scored(f"{BESIDE}# %%\nX, y = df[wine.feature_names], wine.target{FITTED}model.predict(X_test)")
    assert list(found.raw.columns) == [*load_wine().feature_names, "producer"]


def test_columns_that_a_bunch_does_not_tell_apart_have_numbers(capture: Callable[..., Any]) -> None:
    found = capture(f"{LOADED})\nX, y = wine.data * 2, wine.target\n# %%{FITTED}model").contract
    assert [field["name"] for field in found["inputs"]] == [str(at) for at in range(13)]
