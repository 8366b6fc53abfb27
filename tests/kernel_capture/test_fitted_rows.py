"""Which rows a model was fitted on: those of the data as they are, or what was made of them on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbforge.training.kernel.errors import CaptureError

GAPS = """
# %% nbforge:data
import numpy as np
import pandas as pd
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)}, index=range(1000, 1200))
df["y"] = (df.a + df.b > 0) * 1
df.loc[::5, "a"] = np.nan
# %% nbforge:features
X, y = df[["a", "b"]], df.y.values
# %% TAG
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
CHANGE
clf = HistGradientBoostingClassifier(max_iter=5).fit(F, y_train)
# %% nbforge:predict
clf
"""

CHANGES = [
    ("X = X.values", "imputer = SimpleImputer().fit(X_train)\nF = imputer.transform(X_train)", "imputer.transform("),
    ("X = X.values", "F = np.clip(X_train, -1, 1)", "np.clip("),
    ("X = X.values.astype(object)", "F = np.clip(X_train.astype(float), -1, 1)", "np.clip("),
    ("", "imputer = SimpleImputer()\nF = pd.DataFrame(imputer.fit_transform(X_train), X_train.index, ['a', 'b'])",
     "imputer_fitted.transform("),
]  # fmt: skip


@pytest.mark.parametrize(("made", "change", "scoring"), CHANGES)
def test_what_changed_a_few_rows_on_the_way_to_the_fit_is_done_in_scoring(
    scored: Callable[..., Any], made: str, change: str, scoring: str
) -> None:
    text = GAPS.replace("# %% TAG", f"{made}\n# %%").replace("CHANGE", change)
    assert scoring in scored(text).source


@pytest.mark.parametrize(("made", "change", "scoring"), CHANGES)
def test_what_a_train_cell_changed_of_the_rows_is_done_in_scoring_too(
    scored: Callable[..., Any], made: str, change: str, scoring: str
) -> None:
    text = GAPS.replace("# %% TAG", f"{made}\n# %% nbforge:train").replace("CHANGE", change)
    assert scoring in scored(text).source


def test_what_a_train_cell_does_to_rows_of_other_kinds_than_its_own_is_done_in_scoring(
    scored: Callable[..., Any],
) -> None:
    """Training had nothing to clip here; a request may."""
    clipped = "F = X_train.fillna(0)\nF.clip(-9, 9, inplace=True)"
    found = scored(GAPS.replace("# %% TAG", "# %% nbforge:train").replace("CHANGE", clipped))
    assert "F.clip(-9, 9, inplace=True)" in found.source


def test_rows_under_other_labels_are_looked_up(scored: Callable[..., Any]) -> None:
    text = GAPS.replace("# %% TAG", "# %%").replace("CHANGE", "F = X_train.reset_index(drop=True)")
    assert "reset_index" not in scored(text).source


def test_other_rows_under_other_labels_are_not_taken_for_the_same(scored: Callable[..., Any]) -> None:
    change = "F = pd.DataFrame(SimpleImputer().fit_transform(X_train), columns=['a', 'b'])"
    with pytest.raises(CaptureError) as refused:
        scored(GAPS.replace("# %% TAG", "# %%").replace("CHANGE", change))
    assert refused.value.code == "features-not-tagged"


@pytest.mark.parametrize("change", ["", "X_train = np.nan_to_num(X_train)\n"])
def test_rows_that_a_sampler_makes_up_are_no_change_of_the_others(scored: Callable[..., Any], change: str) -> None:
    text = GAPS.replace("# %% TAG", "X = X.values\n# %%").replace(
        "CHANGE",
        f"""{change}class Sampler:
    def fit_resample(self, X, y):
        made = (X[:-1] + X[1:]) / 2
        return np.vstack([X, np.nan_to_num(made)]), np.concatenate([y, y[1:]])
F, y_train = Sampler().fit_resample(X_train, y_train)""",
    )
    source = scored(text).source
    assert ("np.nan_to_num(" in source) == bool(change)
    assert "fit_resample" not in source


def test_texts_that_were_cleaned_are_cleaned_in_scoring(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data
import pandas as pd
df = pd.DataFrame({"text": ["A goal!", "a CPU", "The goal", "the cpu?"] * 9, "y": [0, 1] * 18})
# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
texts = df.text.tolist()
corpus = [text.strip("!?").upper() for text in texts]
model = make_pipeline(CountVectorizer(lowercase=False), MultinomialNB()).fit(corpus, df.y)
# %% nbforge:predict
model
"""
    )
    assert "upper()" in found.source


WITHOUT_A_NAME = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = pd.DataFrame({"area": np.arange(60.0), "age": np.tile([0.0, 1.0, 2.0], 20)})
df["price"] = 3 * df.area - df.age
# %%
scaler = StandardScaler()
X_train, X_test, y_train, y_test = train_test_split(df[["area", "age"]], df.price, random_state=0)
# %%
FIT
# %% nbforge:predict
model.predict(ROWS)
"""


@pytest.mark.parametrize(
    ("fit", "rows", "made"),
    [
        ("model = LinearRegression()\nmodel.fit(df[['area']].values, df.price)", "[[33]]", "df[['area']].values"),
        ("model = LinearRegression().fit(np.array(df.area).reshape(-1, 1), df.price)", "[[33]]",
         "np.array(df.area).reshape(-1, 1)"),
        ("model = LinearRegression().fit(X_train[['area']].to_numpy(), y_train)", "[[33]]",
         "X_train[['area']].to_numpy()"),
        ("model = LinearRegression().fit(scaler.fit_transform(df[['area', 'age']]), df.price)",
         "scaler.transform(df[['area', 'age']])[:1] * 2", "scaler.transform(df[['area', 'age']])"),
    ],
)  # fmt: skip
def test_what_a_fit_is_given_needs_no_name(scored: Callable[..., Any], fit: str, rows: str, made: str) -> None:
    found = scored(WITHOUT_A_NAME.replace("FIT", fit).replace("ROWS", rows))
    assert f"return {made}" in found.source
    assert found.predict(found.raw)[30] == pytest.approx(90, abs=2)


def test_a_fit_that_is_given_other_rows_is_no_way_to_make_them(scored: Callable[..., Any]) -> None:
    fit = (
        "model = LinearRegression().fit(np.random.default_rng(0).normal(size=(60, 1)) + df[['area']].values, df.price)"
    )
    with pytest.raises(CaptureError) as refused:
        scored(WITHOUT_A_NAME.replace("FIT", fit).replace("ROWS", "[[33]]"))
    assert refused.value.code == "features-not-tagged"


BESIDE_ITS_TABLE = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
df = pd.DataFrame({"area": np.arange(60.0), "kind": ["a", "b", "c"] * 20, "days": 2.0})
df["paid"] = df.area * df.days + 1
columns = make_column_transformer((StandardScaler(), ["area"]), (OneHotEncoder(), ["kind"]))
X = columns.fit_transform(df)
df["price"] = df.paid / df.days
print(df.head())
# %%
df_train, df_test, X_train, X_test = train_test_split(df, X, random_state=0)
model = LinearRegression().fit(X_train, df_train["price"])
# %% nbforge:predict
answers = model.predict(X_test)
"""


def test_rows_made_before_the_last_column_of_the_table_are_made_in_scoring(scored: Callable[..., Any]) -> None:
    found = scored(BESIDE_ITS_TABLE)
    assert "columns.transform(df)" in found.source
    assert "price" not in found.raw
    assert found.predict(found.raw)[30] == pytest.approx(30.5)


def test_a_pipeline_that_ends_with_a_transformer_which_learns_nothing(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": np.arange(60.0), "b": np.tile([0.0, 1.0, 2.0], 20), "text": "x"})
# %%
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
class Selected(BaseEstimator, TransformerMixin):
    def __init__(self, names):
        self.names = names
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X[self.names].to_numpy()
class WithSum(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return np.c_[X, X.sum(axis=1)]
parts = FeatureUnion([("one", Pipeline([("chosen", Selected(["b"]))])), ("two", Selected(["a", "b"]))])
pipeline = Pipeline([("parts", parts), ("scaled", StandardScaler()), ("sum", Pipeline([("sum", WithSum())]))])
# %% nbforge:features
X = pipeline.fit_transform(df)
# %%
model = LinearRegression().fit(X, df["a"] * 2)
# %% nbforge:predict
model.predict(X)
"""
    )
    assert found.predict(found.raw.iloc[[7]].reset_index(drop=True))[0] == pytest.approx(14.0)


BOOSTER = """
# %% nbforge:data
import lightgbm
import numpy as np
import pandas as pd
X = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)))
# %%
rows = lightgbm.Dataset(X, X[0] > 0, feature_name=["f1", "f2"])
# %% nbforge:predict
booster = lightgbm.train({"objective": "binary", "verbose": -1}, rows, num_boost_round=5)
"""


def test_a_model_of_a_data_set_with_other_names_is_not_guessed_at(scored: Callable[..., Any]) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(BOOSTER)
    assert refused.value.remedy == "End the cell with what it predicts for them, such as `booster.predict(X)`."


def test_what_the_cell_asks_such_a_model_is_its_answer(scored: Callable[..., Any]) -> None:
    found = scored(BOOSTER + "booster.predict(X)")
    assert len(found.predict(found.raw)) == 200


PIVOTED = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
raw = pd.DataFrame({"day": np.repeat(np.arange(90), 2), "store": ["A", "B"] * 90, "sales": np.arange(180.0) % 17})
# %% TAG
raw["sales"] = raw["sales"] * 2
# %% TAG
wide = raw.pivot(index="day", columns="store", values="sales")
wide["weekday"] = wide.index % 7
# %%
model = Ridge().fit(wide[["A", "weekday"]], wide["B"])
# %% nbforge:predict
model.predict(wide[["A", "weekday"]])
"""


@pytest.mark.parametrize("tag", ["", "nbforge:features"])
def test_a_statement_that_makes_other_rows_is_where_the_data_begins(scored: Callable[..., Any], tag: str) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(PIVOTED.replace("TAG", tag))
    assert refused.value.code == "features-not-tagged"
    assert "tag cell 2 `nbforge:data` instead, and clients send rows of `wide`" in refused.value.remedy


def test_data_that_begins_where_other_rows_are_made(scored: Callable[..., Any]) -> None:
    told = PIVOTED.replace("nbforge:data", "").replace("TAG\nwide", "nbforge:data\nwide").replace("TAG", "")
    assert {"A", "weekday"} <= set(scored(told).raw.columns)


SEVERAL = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(0)
train = pd.DataFrame({"a": rng.uniform(1, 9, 300), "b": rng.uniform(1, 5, 300)})
train["y"] = train.a + train.b
test = pd.DataFrame({"a": rng.uniform(1, 9, 100), "b": rng.uniform(1, 5, 100)})
other = pd.DataFrame({"a": rng.uniform(1, 9, 200), "b": rng.uniform(1, 5, 200)})
other["y"] = other.a + other.b
# %%
full = pd.concat([train, other], axis=0)
X = full.drop("y", axis=1)
y = full["y"]
scaler = StandardScaler().fit(X)
model = LinearRegression().fit(FITTED, y)
# %% nbforge:predict
model.predict(ASKED)
"""


@pytest.mark.parametrize(
    ("fitted", "asked"), [("X", "test[X.columns]"), ("scaler.transform(X)", "scaler.transform(test)")]
)
def test_what_names_the_columns_or_transforms_them_is_not_what_is_asked_about(
    scored: Callable[..., Any], fitted: str, asked: str
) -> None:
    found = scored(SEVERAL.replace("FITTED", fitted).replace("ASKED", asked))
    assert len(found.raw) == 100
    assert found.predict(found.raw)[:5] == pytest.approx((found.raw.a + found.raw.b)[:5])


@pytest.mark.parametrize("rows", ["range(len(colour))", "range(0, len(df))", "range(df.shape[0])"])
def test_a_comprehension_over_row_numbers_goes_over_those_of_a_request(scored: Callable[..., Any], rows: str) -> None:
    found = scored(
        "\n# %% nbforge:data\nimport pandas as pd\nfrom sklearn.tree import DecisionTreeClassifier\n"
        'df = pd.DataFrame({"colour": ["red", "blue", "red", "green"] * 20, "y": [1, 0, 1, 0] * 20})\n'
        f'# %% nbforge:features\ncolour = df["colour"]\ndf["red"] = [1 if colour[i] == "red" else 0 for i in {rows}]\n'
        '# %%\nmodel = DecisionTreeClassifier().fit(df[["red"]], df.y)\n'
        '# %% nbforge:predict\nmodel.predict(df[["red"]])'
    )
    assert found.predict(found.raw[1:4].reset_index(drop=True)) == [0, 1, 0]


@pytest.mark.parametrize(
    ("rows", "colour"),
    [
        ("i in df.index", 'df["colour"][i]'),
        ("i in df.colour.index", "df.colour[i]"),
        ("i, name in enumerate(df.colour)", 'df.loc[i, "colour"]'),
        ('i, name in zip(df.index, df["colour"].values)', 'df["colour"].iloc[i]'),
    ],
)
def test_what_a_loop_reads_of_the_row_it_stands_at_is_no_figure_of_training(
    scored: Callable[..., Any], rows: str, colour: str
) -> None:
    found = scored(
        "\n# %% nbforge:data\nimport pandas as pd\nfrom sklearn.tree import DecisionTreeClassifier\n"
        'df = pd.DataFrame({"colour": ["red", "blue", "red", "green"] * 20, "y": [1, 0, 1, 0] * 20})\n'
        f'# %% nbforge:features\ndf["red"] = 0\nfor {rows}:\n    if {colour} == "red":\n        df.loc[i, "red"] = 1\n'
        '# %%\nmodel = DecisionTreeClassifier().fit(df[["red"]], df.y)\n'
        '# %% nbforge:predict\nmodel.predict(df[["red"]])'
    )
    assert found.predict(found.raw[1:4].reset_index(drop=True)) == [0, 1, 0]


def test_records_with_gaps_are_the_same_records(scored: Callable[..., Any]) -> None:
    found = scored("""
# %% nbforge:data
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": np.r_[np.nan, np.arange(59.0)], "b": ["x", "y", "z"] * 20})
df["y"] = np.arange(60.0) ** 2
# %%
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction import DictVectorizer
rows = df[["a", "b"]].to_dict(orient="records")
dv = DictVectorizer(sparse=False)
X = dv.fit_transform(rows)
model = HistGradientBoostingRegressor(max_iter=5).fit(X, df.y)
# %% nbforge:predict
y_pred = model.predict(X)
""")
    assert "dv.transform(rows)" in found.source
    assert found.predict(found.raw[:3]) == found.predict(found.raw)[:3]
