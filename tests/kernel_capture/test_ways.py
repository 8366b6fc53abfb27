"""Pipelines taken apart: allowed where they give the same bits, for odd rows too, and refused where they do not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, StandardScaler

from nbforge.runtime.contract import Contract
from nbforge.runtime.scorer import Path
from nbforge.runtime.shortcuts import builder
from nbforge.training.kernel import shortcuts
from nbforge.training.kernel.inputs import describe

N = 150
ENTRY = {"form": "estimator", "name": "model", "features": None, "columns": None}


def table() -> pd.DataFrame:
    random = np.random.default_rng(3)
    word = pd.Series(random.choice(["oak", "ash", "elm"], N))
    return pd.DataFrame({
        "size": random.normal(size=N),
        "gap": np.where(random.random(N) < 0.2, np.nan, random.normal(size=N)),
        "count": random.integers(0, 9, N),
        "word": word.where(random.random(N) > 0.1),
        "kind": pd.Categorical(random.choice(["x", "y"], N), categories=["y", "x", "z"]),
        "note": [" ".join(random.choice(["a", "dog", "cat"], 4)) for _ in range(N)],
    })  # fmt: skip


FRAME = table()
TARGET = (FRAME["size"] + FRAME["count"] > 4).astype(int)
FILL = SimpleImputer(strategy="most_frequent")
SPARSE = OneHotEncoder(handle_unknown="ignore")


class ByName(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A class of the notebook that asks for a frame."""

    def fit(self, rows: Any, y: Any = None) -> ByName:
        return self

    def transform(self, rows: Any) -> Any:
        return rows[["size"]].to_numpy() * 2


def _changed_by_dtype(rows: Any) -> Any:
    """Gives an array other numbers than a frame, without failing."""
    return np.asarray(rows, dtype=float) + (0 if hasattr(rows, "iloc") else 1e-9)


APART = {
    "imputed and encoded": make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["size", "gap", "count"]),
        (make_pipeline(FILL, OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)), ["word", "kind"]),
    ),
    "sparse": make_column_transformer((SPARSE, ["word", "kind"]), (TfidfVectorizer(), "note"), sparse_threshold=1),
    "dense of sparse": make_column_transformer((SPARSE, ["kind"]), ("passthrough", ["size"]), ("drop", ["gap"])),
    "by place, the rest as it is": ColumnTransformer(
        [("words", SPARSE, [3]), ("drop", "drop", ["gap", "kind", "note"])], remainder="passthrough"
    ),
}
TOGETHER = {
    "by name": ByName(),
    "by a class of the notebook": make_column_transformer((ByName(), ["size", "count"])),
    "other numbers": make_column_transformer((FunctionTransformer(_changed_by_dtype), ["size"])),
}


def contract_of(frame: Any) -> Contract:
    described = describe(frame)
    return Contract("other", tuple(each.field for each in described.facts.values()), frame=described.frame)


def found(model: Any, frame: Any) -> list[str]:
    return shortcuts.find(ENTRY, {"model": model}, contract_of(frame), frame)


def fitted(first: Any, last: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_pipeline(first, last).fit(FRAME, TARGET)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", APART)
@pytest.mark.parametrize(
    "last", [LogisticRegression(), HistGradientBoostingRegressor(max_iter=5)], ids=["class", "number"]
)
def test_a_pipeline_over_columns_is_taken_apart(name: str, last: Any) -> None:
    if name == "sparse" and isinstance(last, HistGradientBoostingRegressor):
        last = LinearRegression()
    model = fitted(APART[name], last)
    contract = contract_of(FRAME)
    ways = found(model, FRAME)
    assert ways[-2:] == ["steps", "columns"]
    plain, short = (Path({**ENTRY, "shortcuts": each}, {"model": model}) for each in ([], ways))
    rows = FRAME.sample(40, random_state=1)
    columns = {str(name): rows[name].astype(object).where(rows[name].notna(), None).tolist() for name in rows}
    one, other = (
        path.answers(builder(contract, allowed).build(columns, 40), 40)
        for path, allowed in ((plain, []), (short, ways))
    )
    assert one == other


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TOGETHER)
def test_what_needs_its_frame_keeps_it(name: str) -> None:
    ways = found(fitted(TOGETHER[name], LogisticRegression()), FRAME)
    assert "columns" not in ways
    assert "array" not in ways


@pytest.mark.filterwarnings("ignore")
def test_numbers_and_texts_go_without_a_frame() -> None:
    numbers = FRAME[["size"]]
    assert found(make_pipeline(PolynomialFeatures(), LinearRegression()).fit(numbers, TARGET), numbers) == [
        "steps",
        "array",
    ]
    assert found(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(FRAME.note, TARGET), FRAME.note) == [
        "labels",
        "steps",
        "array",
    ]


@pytest.mark.filterwarnings("ignore")
def test_a_null_that_an_array_would_hide_is_tried() -> None:
    """No row of the sample holds the null, and the two ways treat it differently."""
    frame = FRAME[["size", "word"]].assign(word=FRAME.word.fillna("oak"))
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    told = FunctionTransformer(
        lambda given: np.full((len(given), 1), np.nan if hasattr(given, "iloc") and given.isna().any(axis=None) else 0)
    )
    model = make_pipeline(make_column_transformer((encode, ["word"]), (told, ["word"])), LinearRegression())
    model.fit(frame, TARGET)
    contract = contract_of(frame.assign(word=frame.word.where(frame.index != 77)))
    ways = shortcuts.find(ENTRY, {"model": model}, contract, frame)
    assert "columns" not in ways
