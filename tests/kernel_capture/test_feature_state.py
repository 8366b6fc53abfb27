"""Reductions and fits inside feature cells become fitted state; what cannot be turned is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BASE = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import LabelEncoder, StandardScaler
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=120), "b": rng.integers(0, 6, 120) * 1.5, "c": rng.choice(list("xyz"), 120)})
df["y"] = df["a"] * 2 + df["b"]
df.loc[3, "a"] = np.nan
# %% nbforge:features
STATEMENTS
# %% nbforge:train
model = LinearRegression().fit(df[COLUMNS].fillna(0), df["y"])
# %% nbforge:predict
model.predict(df[COLUMNS].fillna(0))
"""

TURNED = [
    ('df["a"] = df["a"].fillna(df["a"].median())', ["a"], 'df["a"] = df["a"].fillna(a_median)'),
    ('df["r"] = df["b"] / (df["b"].max() + 1)', ["r"], 'df["r"] = df["b"] / (b_max + 1)'),
    ('df["r"] = np.ones(len(df)) + df["b"].clip(-np.inf, 5)', ["r"], 'np.ones(len(df)) + df["b"].clip(-np.inf, 5)'),
    ('df["r"] = df["b"] + np.array([1.5] * df.shape[0])', ["r"], "[1.5] * df.shape[0]"),
    (
        'df["r"] = 1.0\ndf.update(df["a"].fillna(df["a"].mean()))\ndf.insert(0, "s", df["a"] + 1)',
        ["s"],
        'df.update(df["a"].fillna(a_mean))\n    df.insert(0, "s", df["a"] + 1)',
    ),
    ('df["r"] = df["b"] / len(df)', ["r"], 'df["r"] = df["b"] / len_'),
    (
        'scaler = StandardScaler()\ndf[["a", "b"]] = scaler.fit_transform(df[["a", "b"]])',
        ["a", "b"],
        'df[["a", "b"]] = scaler.transform(df[["a", "b"]])',
    ),
    (
        'df[["b"]] = StandardScaler().fit_transform(df[["b"]])',
        ["b"],
        'df[["b"]] = standardscaler_fitted.transform(df[["b"]])',
    ),
    (
        'for col in ["a", "b"]:\n    df[col] = (df[col] - df[col].mean()) / df[col].std()',
        ["a", "b"],
        "df[col] = (df[col] - mean_by_col[col]) / std_by_col[col]",
    ),
    (
        'for col in ["c"]:\n    df[col + "_code"] = LabelEncoder().fit_transform(df[col])',
        ["c_code"],
        'df[col + "_code"] = labelencoder_fitted_by_col[col].transform(df[col])',
    ),
    ('means = df.groupby("c")["b"].mean()\ndf["m"] = df["c"].map(means)', ["m"], 'df["m"] = df["c"].map(means)'),
    ('if df["a"].isna().any():\n    df["a"] = df["a"].fillna(0)', ["a"], "if a_isna_any:"),
    (
        'df = df.join(pd.get_dummies(df["c"], prefix="c", dtype=float))',
        ["c_x", "c_y", "c_z"],
        'pd.get_dummies(df["c"].astype(c_categories), prefix="c", dtype=float)',
    ),
    (
        'df["q"] = pd.qcut(df["b"], 3, labels=False)',
        ["q"],
        'pd.cut(df["b"], b_edges, labels=False, include_lowest=True)',
    ),
    (
        'df["q"] = pd.qcut(df["b"], q=5, labels=False, duplicates="drop")',
        ["q"],
        'pd.cut(df["b"], bins=b_edges, include_lowest=True, labels=False, duplicates="drop")',
    ),
    ('df["q"] = pd.cut(df["b"], 4, labels=False)', ["q"], 'pd.cut(df["b"], b_edges, labels=False)'),
    ('df["f"], _ = pd.factorize(df["c"])', ["f"], "df[\"f\"], _ = (c_values.get_indexer(df['c']), c_values)"),
    ('df["k"] = df["c"].astype("category").cat.codes', ["k"], 'df["c"].astype(c_categories).cat.codes'),
    (
        'low, high = df["b"].quantile(0.05), df["b"].quantile(0.95)\ndf["b"] = df["b"].clip(low, high)',
        ["b"],
        'df["b"] = df["b"].clip(low, high)',
    ),
]


@pytest.mark.parametrize(("statements", "columns", "expected"), TURNED, ids=[case[0][:40] for case in TURNED])
def test_state_is_captured_and_the_rest_of_the_statement_stays(
    capture: Callable[..., Any], statements: str, columns: list[str], expected: str
) -> None:
    found = capture(BASE.replace("STATEMENTS", statements).replace("COLUMNS", repr(columns)))
    assert expected in found.source("predict")
    assert found.content["rowwise"]
    assert "y" not in [field["name"] for field in found.contract["inputs"]]


def test_state_inside_a_function_that_the_features_call(capture: Callable[..., Any]) -> None:
    statements = """\
def prepare(frame):
    frame = frame.copy()
    frame["a"] = frame["a"].fillna(frame["a"].mean())
    return frame
df = prepare(df)"""
    found = capture(BASE.replace("STATEMENTS", statements).replace("COLUMNS", '["a"]'))
    assert 'frame["a"] = frame["a"].fillna(a_mean)' in found.source("prepare")


REFUSED = [
    ("df = df.dropna()", ["a"], "df = df.dropna()", "nbforge:data"),
    ('df["r"] = df["b"].rank()', ["r"], ".rank()", "QuantileTransformer"),
    ('df["m"] = df.groupby("c")["b"].transform("mean")', ["m"], "transform", "map(means)"),
    ('df["d"] = df["b"].diff().fillna(0)', ["d"], ".diff()", "neighbours"),
    ('df["r"] = df["b"] + np.random.rand(len(df))', ["r"], "np.random.rand", "random"),
]


@pytest.mark.parametrize(("statements", "columns", "text", "remedy"), REFUSED, ids=[case[0][:40] for case in REFUSED])
def test_what_cannot_be_turned_is_named_with_its_remedy(
    capture: Callable[..., Any], statements: str, columns: list[str], text: str, remedy: str
) -> None:
    error = capture(BASE.replace("STATEMENTS", statements).replace("COLUMNS", repr(columns))).error
    assert (error["exit"], error["code"], error["cell"]) == (5, "feature-state", 1)
    assert text in error["message"]
    assert remedy in error["remedy"]


def test_what_a_statement_might_change_but_does_not_is_not_compared(capture: Callable[..., Any]) -> None:
    statements = 'features = StandardScaler().fit_transform(df[["b"]])'
    text = BASE.replace("STATEMENTS", f"{statements}\nprice = df['y']").replace("df[COLUMNS].fillna(0)", "features")
    assert "features = standardscaler_fitted.transform" in capture(text).source("predict")


def test_a_frame_that_starts_empty_starts_empty_in_scoring(capture: Callable[..., Any]) -> None:
    statements = 'made = pd.DataFrame()\nmade["b"] = df["b"] / df["b"].max()'
    found = capture(BASE.replace("STATEMENTS", statements).replace("df[COLUMNS].fillna(0)", "made"))
    assert "made = pd.DataFrame()" in found.source("predict")
