"""What a predict cell asks a person, a request says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
df = pd.DataFrame({"size": np.arange(60.0), "age": np.tile([0.0, 1.0, 2.0], 20)})
df["price"] = 3 * df["size"] - df["age"]
# %%
model = LinearRegression().fit(df[["size", "age"]].values, df["price"])
# %% nbforge:predict
"""


@pytest.mark.parametrize(
    "cell",
    [
        'm = float(input("Size? "))\nn = float(input("Age? "))\nprint("It costs", model.predict([[m, n]])[0])',
        'm, kind = 2, "x"\nm = float(input())\nn = float(input().strip())\nfound = model.predict([[m, n]])\nfound[0]',
        """
def ask():
    m = float(input("Size? "))
    n = float(input("Age? "))
    return model.predict([[m, n]])[0]
print(ask())
ask()
""",
        """
def price(size, age):
    return model.predict([[size, age]])[0]
while True:
    try:
        m = float(input("Size? "))
        if m < 0:
            print("Good bye")
            break
        n = float(input("Age? "))
        found = price(m, n)
        print(f"{m} costs {found:.2f}")
    except ValueError:
        print("A number, please")
""",
    ],
)
def test_a_request_says_what_people_are_asked(scored: Callable[..., Any], cell: str) -> None:
    found = scored(BOOK + cell)
    assert "input(" not in found.source
    assert found.predict({"m": [30.0, 1.0], "n": [1.0, 1.0]}) == pytest.approx([89, 2])


def test_the_data_show_the_one_text_that_is_asked_for(scored: Callable[..., Any]) -> None:
    found = scored("""
# %% nbforge:data
import pandas as pd
df = pd.DataFrame({"text": ["a b", "a c"] * 20, "kind": [0, 1] * 20})
# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.tree import DecisionTreeClassifier
words = CountVectorizer(token_pattern=r"\\w")
tree = DecisionTreeClassifier().fit(words.fit_transform(df["text"]), df["kind"])
# %% nbforge:predict
said = input("Tell me: ")
print("It is", ["this", "that"][tree.predict(words.transform([said]))[0]])""")
    assert found.raw["said"].tolist() == ["a b", "a c"]
    assert found.predict({"said": ["a b", "c"]}) == ["this", "that"]
