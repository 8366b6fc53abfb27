"""Parts of a table that are put together again, as many rows of each class say, are what training goes on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbforge.training.kernel.errors import CaptureError

BOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample, shuffle
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
df["late"] = (df.a + rng.normal(size=400) > 1.5).astype(int)
# %%
few = df[df.late == 1]
many = df.loc[df["late"] == 0]
BALANCED
# %%
X, y = even.drop("late", axis=1), even.late
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
# %%
SCALED
model = LogisticRegression().fit(X_train, y_train)
# %% nbforge:predict
answers = model.predict(X_test)
"""
FEWER = [
    "some = many[:60]\neven = pd.concat([few, some])\neven = even.sample(frac=1, random_state=42)",
    "even = pd.concat([few, many.sample(n=60, random_state=1)], axis=0).sample(frac=1)",
    "some = resample(many, replace=False, n_samples=len(few), random_state=1)\neven = shuffle(pd.concat([some, few]))",
    "some = many[:60]\neven = pd.concat([few, some], ignore_index=True)",
    "some = many[:60]\neven = pd.concat([few, some]).reset_index(drop=True)",
    "df = df.sample(frac=1)\nfew = df[df.late == 1]\nmany = df[df.late == 0][:60]\neven = pd.concat([few, many])",
]
MORE = [
    "again = resample(few, replace=True, n_samples=len(many), random_state=1)\neven = pd.concat([many, again])",
    "again = few.sample(len(many), replace=True)\neven = pd.concat([many, again], axis=0)\neven = even.sample(frac=1)",
]
SCALED = "scaler = StandardScaler()\nX_train = scaler.fit_transform(X_train)\nX_test = scaler.transform(X_test)"


@pytest.mark.parametrize("scaled", [SCALED, "X_train, X_test = X_train.values, X_test.values"])
@pytest.mark.parametrize("balanced", [*FEWER, *MORE])
def test_a_request_is_of_all_rows_and_training_of_those_put_together(
    scored: Callable[..., Any], balanced: str, scaled: str
) -> None:
    found = scored(BOOK.replace("BALANCED", balanced).replace("SCALED", scaled))
    assert "concat" not in found.source
    rows = found.raw[["a", "b"]]
    names = InteractiveShell.instance().user_ns
    wanted = names["model"].predict(names["scaler"].transform(rows) if scaled is SCALED else rows.values)
    assert list(found.predict(found.raw)) == list(wanted)


def test_there_may_be_few_of_them(scored: Callable[..., Any]) -> None:
    few = "some = many[:20]\neven = pd.concat([few[:20], some])\neven = even.drop(even[even.a > 2].index)"
    found = scored(BOOK.replace("BALANCED", few).replace("SCALED", SCALED))
    assert "concat" not in found.source
    assert len(found.raw) <= 40


@pytest.mark.parametrize(
    "changed",
    [
        "few = few.assign(a=0.0)\neven = pd.concat([few, many])",
        "even = pd.concat([few, many])\nlast = df.a.max()\neven['a'] = even.a / len(few)",
    ],
)
def test_what_a_part_was_made_into_is_not_left_out(scored: Callable[..., Any], changed: str) -> None:
    with pytest.raises(CaptureError):
        scored(BOOK.replace("BALANCED", changed).replace("SCALED", SCALED))
