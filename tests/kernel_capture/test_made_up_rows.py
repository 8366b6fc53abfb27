"""Rows that a sampler makes up before the split: a service is asked about those before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbforge.training.kernel.errors import CaptureError

BOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=90), "b": rng.normal(size=90)})
df["late"] = (df.a > 1).astype(int)
class Sampler:
    def fit_resample(self, X, y):
        more = X[y == 1]
        return pd.concat([X, *[more + 0.01 * i for i in range(4)]], ignore_index=True), np.r_[y, [1] * 4 * len(more)]
# %%
X, y = df[["a", "b"]], df.late
X_more, y_more = Sampler().fit_resample(X, y)
X_train, X_test, y_train, y_test = train_test_split(X_more, y_more, random_state=1)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)
model = LogisticRegression().fit(X_train, y_train)
# %% nbforge:predict
"""


ASKED = "model.predict(scaler.transform(X))"


def test_what_is_done_to_the_rows_after_it_is_done_in_scoring(scored: Callable[..., Any]) -> None:
    found = scored(f"{BOOK}answers = model.predict(X_test)")
    assert "fit_resample" not in found.source
    rows = found.scope["scaler"].transform(found.raw[["a", "b"]])
    assert found.predict(found.raw) == list(found.scope["model"].predict(rows))


def test_where_none_of_the_rows_stays_as_it_was_the_remedy_is_to_ask_about_them(scored: Callable[..., Any]) -> None:
    other = BOOK.replace("pd.concat([X, *", "pd.concat([X + rng.normal(size=X.shape), *")
    with pytest.raises(CaptureError) as refused:
        scored(f"{other}answers = model.predict(X_test)")
    assert f"`{ASKED}`" in refused.value.remedy


def test_the_remedy_works(scored: Callable[..., Any]) -> None:
    found = scored(BOOK + ASKED)
    assert "fit_resample" not in found.source
    assert len(found.predict(found.raw)) == 90
