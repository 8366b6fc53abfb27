"""Tables whose rows the notebook gives labels of a column, and drops some of: in scoring all rows stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TABLE = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
rng = np.random.default_rng(2)
df = pd.DataFrame({"day": pd.date_range("2011-01-01", periods=90).astype(str), "kind": ["x", "y", "z"] * 30})
df["a"], df["y"] = rng.normal(5, 2, 90), rng.normal(0, 1, 90)
df.loc[df.index % 9 == 0, "a"] = np.nan
# %%
{change}
df["month"] = df.index.month
X = df[["a", "month"]]
model = LinearRegression().fit(X, df["y"])
# %% nbforge:predict
model.predict(X)
"""
DAYS = 'df["day"] = pd.to_datetime(df["day"])\n'


@pytest.mark.parametrize(
    "change",
    [
        DAYS + 'df = df.dropna()\ndf = df.set_index("day")',
        DAYS + 'df = df.dropna()\ndf = df.set_index("day")\ndf = df[df["a"] < 8]',
        'df = df.set_index("day")\ndf.index = pd.to_datetime(df.index)\ndf = df[df["a"] < 8].copy()',
        DAYS + 'df = df[df["a"] < 8].reset_index(drop=True).drop_duplicates()\ndf = df.set_index("day")',
        DAYS + 'df = df.query("a < 8")\ndf["b"] = 1\ndf = df.set_index(["day", "kind"]).reset_index(level=1)',
    ],
)
def test_rows_are_told_by_a_columns_labels(scored: Callable[..., Any], change: str) -> None:
    found = scored(TABLE.replace("{change}", change))
    assert "set_index" in found.source
    days = found.raw.iloc[3:6]
    assert found.predict(days) == pytest.approx(found.predict(found.raw)[3:6])
    low, high = found.predict(days.assign(a=[1.0, 1.0, 90.0], day="2011-01-04"))[1:]
    assert low != high


@pytest.mark.parametrize("unique", ["df = df.drop_duplicates()", "df = df[~df.duplicated()]"])
def test_where_training_has_no_duplicates_a_request_may(scored: Callable[..., Any], unique: str) -> None:
    found = scored(TABLE.replace("{change}", f"{unique}\ndf = df.dropna()\ndf.index = pd.to_datetime(df['day'])"))
    twice = found.predict(found.raw.iloc[[4, 4]])
    assert twice[0] == twice[1]
    assert "dupl" not in found.source
