"""Data cells that bind a table of polars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from nbforge.training.kernel.errors import CaptureError

NOTEBOOK = """
# %% nbforge:data
from datetime import date
import polars as pl
from sklearn.tree import DecisionTreeClassifier
df = pl.DataFrame({
    "age": [22, None, 35, 41, None, 19, 60, 33] * 10, "fare": [7.25, 71.3, 8.05, None, 30.0, 9.5, 12.0, 26.5] * 10,
    "sex": ["male", "female", None, "male"] * 20, "day": [date(2024, 1, 5), date(2024, 3, 4)] * 40,
    "old": [True, False] * 40, "survived": [0, 1, 1, 0] * 20,
})
# %% nbforge:features
FEATURES
# %%
X = df.select("age", "fare", "month", "is_male")
model = DecisionTreeClassifier(random_state=0).fit(X.to_numpy(), df["survived"].to_numpy())
# %% nbforge:predict
model.predict(X.to_numpy())
"""

OF_A_ROW = """df = df.with_columns(
    pl.col("age").fill_null(FILL), pl.col("fare").fill_null(0), pl.col("day").dt.month().alias("month"),
    (pl.col("sex") == "male").fill_null(False).cast(pl.Int8).alias("is_male"),
)"""


@pytest.mark.parametrize(
    "features", [OF_A_ROW.replace("FILL", "30"), f"known = df['age'].median()\n{OF_A_ROW.replace('FILL', 'known')}"]
)
def test_rows_are_sent_as_they_are_and_are_polars_again(scored: Callable[..., Any], features: str) -> None:
    found = scored(NOTEBOOK.replace("FEATURES", features))
    assert isinstance(found.raw, pd.DataFrame)
    assert list(found.raw.columns) == ["age", "fare", "sex", "day", "old", "survived"]
    assert found.predict(found.raw) == [0, 1, 1, 0] * 20
    assert found.predict(found.raw[3:5]) == [0, 0]


def test_what_looks_at_other_rows_is_named(scored: Callable[..., Any]) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(NOTEBOOK.replace("FEATURES", OF_A_ROW.replace("FILL", "pl.col('age').median()")))
    assert (refused.value.exit, refused.value.code, refused.value.cell) == (5, "feature-state", 1)
    assert "in a statement of its own" in refused.value.remedy


def test_of_a_table_with_lists_the_model_is_asked_for_what_it_was_fitted_on(scored: Callable[..., Any]) -> None:
    features = OF_A_ROW.replace("FILL", "30")
    found = scored(NOTEBOOK.replace('"old": [True, False] * 40', '"old": [[1, 2]] * 80').replace("FEATURES", features))
    assert found.raw.shape == (80, 4)
