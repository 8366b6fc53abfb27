"""Notebooks that split their rows, transform both parts and predict for one: the service does so with a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.kernel_capture.conftest import Captured

Run = Callable[..., Captured]

DATA = """# %% nbforge:data
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(5, 2, 120), "b": rng.normal(90, 20, 120)})
df["y"] = (df.a * 10 + df.b + rng.normal(0, 5, 120) > 140).astype(int)
# %%
X, y = FRAME, df["y"]
# %%
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)
# %%
from sklearn.linear_model import LogisticRegression
models = {"lr": LogisticRegression()}
clf = models["lr"].fit(X_train, y_train)
# %% nbforge:predict
"""


@pytest.mark.parametrize(
    ("frame", "last", "form"),
    [
        ("df.drop(columns='y')", "y_pred = clf.predict(X_test)", "plain"),
        ("df.drop(columns='y')", "clf", "estimator"),
        ("df[['a', 'b']].values", "models['lr'].predict(X_test)", "plain"),
        ("df.iloc[:, :-1].to_numpy()", "clf", "estimator"),
    ],
)
def test_a_scaler_between_split_and_fit_is_part_of_the_service(capture: Run, frame: str, last: str, form: str) -> None:
    captured = capture(DATA.replace("FRAME", frame) + last)
    assert captured.content["form"] == form
    assert {field["name"] for field in captured.contract["inputs"] if field["required"]} == {"a", "b"}
    text = "\n".join(piece["source"] for piece in captured.content["pieces"])
    assert "train_test_split" not in text
    assert "X.copy()" in text
    assert "sc.transform(X_t" in text


def test_a_second_split(capture: Run) -> None:
    captured = capture(
        DATA.replace("FRAME", "df.drop(columns='y')").replace(
            "sc = Sta", "X_train, X_val, y_train, y_val = train_test_split(X_train, y_train)\nsc = Sta"
        )
        + "clf.predict(sc.transform(X_val))"
    )
    assert {field["name"] for field in captured.contract["inputs"] if field["required"]} == {"a", "b"}
    assert any("sc.transform(" in piece["source"] for piece in captured.content["pieces"])


def test_a_function_of_the_notebook_that_splits_into_three(capture: Run) -> None:
    captured = capture(
        DATA.replace("FRAME", "df[['a', 'b']].to_numpy()").replace(
            "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)",
            "def three_way_split(*tables):\n"
            "    return [t[at] for t in tables for at in (slice(0, 60), slice(60, 90), slice(90, None))]\n"
            "X_train, X_val, X_test, y_train, y_val, y_test = three_way_split(X, y)",
        )
        + "y_pred = clf.predict(X_test)"
    )
    assert {field["name"] for field in captured.contract["inputs"] if field["required"]} == {"a", "b"}
    assert not any("three_way_split" in piece["source"] for piece in captured.content["pieces"])


def test_without_data_the_rows_of_the_fit_say_what_clients_send(capture: Run) -> None:
    captured = capture(
        """# %%
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
X_train, X_test, y_train, y_test = train_test_split(*load_iris(return_X_y=True), random_state=1)
tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X_train, y_train)
# %% nbforge:predict
predicted = tree.predict(X_test)
"""
    )
    assert captured.content["form"] == "estimator"
    assert captured.content["entry"]["name"] == "tree"
    assert any("asks `tree` itself" in warning for warning in captured.content["warnings"])


def test_what_was_fitted_on_other_numbers_than_the_rows_has_no_service(capture: Run) -> None:
    """An array of the right width is not enough: raw rows would be scored by a model of scaled ones."""
    captured = capture(
        """# %% nbforge:data
import numpy as np
X = np.random.default_rng(0).normal(5, 2, (80, 2))
y = X.sum(axis=1) > 10
# %% nbforge:train
from sklearn.linear_model import LogisticRegression
scaled = (X[:60] - X[:60].mean(axis=0)) / X[:60].std(axis=0)
clf = LogisticRegression().fit(scaled, y[:60])
# %% nbforge:predict
clf
"""
    )
    assert captured.error["code"] == "feature-state"
    assert (captured.error["cell"], captured.error["name"]) == (1, "scaled")


def test_a_data_cell_may_split_its_rows(capture: Run) -> None:
    captured = capture(
        """# %% nbforge:data
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
X, y = make_classification(n_samples=120, n_features=4, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
# %% nbforge:predict
from sklearn.tree import DecisionTreeClassifier
tree = DecisionTreeClassifier(max_depth=3, random_state=0)
tree.fit(X_train, y_train)
"""
    )
    assert captured.content["form"] == "estimator"
    assert len(captured.contract["inputs"]) == 4


ASIDE = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(0)
def rows(count):
    made = pd.DataFrame({"a": rng.normal(5, 2, count), "k": rng.choice(list("pqr"), count)})
    made.loc[rng.random(count) < 0.2, "a"] = np.nan
    return made
train = rows(200)
train["y"] = (train.a.fillna(5) > 5).astype(int)
test = rows(ROWS)
# %% nbforge:features
both = [train, test]
guesses = np.zeros(3)
for part in both:
    for at, kind in enumerate("pqr"):
        guesses[at] = part[part["k"] == kind]["a"].dropna().median()
    for at, kind in enumerate("pqr"):
        part.loc[part["a"].isnull() & (part["k"] == kind), "a"] = guesses[at]
# %% nbforge:features
train["band"] = pd.cut(train["a"], 4)
train = train.drop(columns="band")
for part in [train, test]:
    part["kind"] = part["k"].map({"p": 0, "q": 1, "r": 2})
# %% nbforge:features
train = train.drop(columns="k")
test = test.drop(columns="k")
# %% nbforge:train
model = LogisticRegression().fit(train.drop(columns="y"), train["y"])
# %% nbforge:predict
answers = model.predict(test)
"""


@pytest.mark.parametrize("rows", [90, 300])
def test_loops_over_the_requests_rows_and_others_run_for_the_requests_rows(capture: Run, rows: int) -> None:
    found = capture(ASIDE.replace("ROWS", str(rows)))
    written = "".join(piece["source"] for piece in found.content["pieces"])
    assert "both = [test]" in written
    assert "for part in [test]:" in written
    assert "train" not in written
    assert set(found.formats) <= {"model", "guesses"}
    assert [field["name"] for field in found.contract["inputs"]] == ["a", "k"]


def test_a_function_that_counts_the_rows_it_is_given_counts_those_of_a_request(capture: Run) -> None:
    found = capture("""# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
rng = np.random.default_rng(0)
mails = pd.DataFrame({"text": [" ".join(rng.choice(["Good", "BAD", "dull!", "fine"], 4)) for _ in range(80)]})
mails["bad"] = mails.text.str.contains("BAD").astype(int)
# %% nbforge:features
texts = mails["text"].copy()
def clean(x):
    cleaned = []
    for i in range(len(x)):
        cleaned.append(" ".join(word for word in x[i].lower().split() if len(word) > 3))
    for i in range(len(cleaned)):
        x[i] = cleaned[i]
    return x
texts = clean(texts)
words = CountVectorizer().fit_transform(texts)
# %%
model = MultinomialNB().fit(words, mails["bad"])
# %% nbforge:predict
model
""")
    written = "".join(piece["source"] for piece in found.content["pieces"])
    assert "range(len(x))" in written
    assert "range(len(cleaned))" in written


DROPPED = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(5, 2, 200), "k": rng.choice(list("pqr"), 200), "y": rng.integers(0, 2, 200)})
df.loc[5:9, "a"] = np.nan
# %% nbforge:features
df["k"] = df["k"].map({"p": 0, "q": 1, "r": 2})
df["share"] = df["a"] / df["a"].max()
# %% TAG
DROP
# %%
X, y = df.drop(columns="y"), df["y"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)
model = LogisticRegression().fit(X_train, y_train)
worst = pd.DataFrame({"column": X.columns, "weight": abs(model.coef_[0])})
worst = worst[worst.weight > 1]
# %% nbforge:predict
pred = model.predict(X_test)
"""


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("tag", ["", "nbforge:train"])
@pytest.mark.parametrize(
    "drop",
    [
        "df = df[~np.isnan(df['a'])]",
        "df = df.dropna(subset=['a'])",
        "df.dropna(inplace=True)",
        "df = df.drop(df[df['a'].isna()].index)",
        "df = df.loc[df['a'].notna()]\ndf = df.query('a < 9')",
    ],
)
def test_rows_that_training_leaves_out_on_its_way(capture: Run, drop: str, tag: str) -> None:
    found = capture(DROPPED.replace("TAG", tag).replace("DROP", drop))
    assert drop.splitlines()[0] not in found.source("predict")
    assert 'df["a"] / a_max' in found.source("predict")
    (field,) = (each for each in found.contract["inputs"] if each["name"] == "a")
    assert field["nullable"] is False
    assert [note for note in found.content["warnings"] if "Cell 2 leaves 5 of 200 rows out" in note]


def test_a_features_cell_may_not_leave_rows_out(capture: Run) -> None:
    found = capture(DROPPED.replace("TAG", "nbforge:features").replace("DROP", "df = df.dropna()"))
    assert (found.error["exit"], found.error["code"], found.error["cell"]) == (5, "feature-state", 2)


RECORDS = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(5, 2, 200), "k": rng.choice(list("pqr"), 200), "y": rng.integers(0, 2, 200)})
# %%
full, test = train_test_split(df, test_size=0.2, random_state=1)
test = test.reset_index(drop=True)
y_test = test.y.values
del test["y"]
# %%
def prepared(rows):
    records = rows[["a", "k"]].to_dict(orient="records")
    return records
def predict(rows, vectorizer, model):
    return model.predict_proba(vectorizer.transform(prepared(rows)))[:, 1]
# %% nbforge:train
vectorizer = DictVectorizer(sparse=False)
model = LogisticRegression().fit(vectorizer.fit_transform(prepared(full)), full.y)
# %% nbforge:predict
likely = predict(test, vectorizer, model)
"""


def test_records_of_a_part_are_no_state(capture: Run) -> None:
    found = capture(RECORDS)
    assert set(found.formats) == {"vectorizer", "model"}
    assert 'rows[["a", "k"]].to_dict(orient="records")' in found.source("prepared")


SPLIT_WITH_ITS_DATA = """# %% nbforge:data
import numpy as np
from sklearn.model_selection import train_test_split
rng = np.random.default_rng(59)
X = np.linspace(0, 1, 300)
y = 5 * X + 3 * X**2 + rng.normal(0, 0.1, 300)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.1, random_state=1)
# %%
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(X_train.reshape(-1, 1), y_train)
# %% nbforge:predict
y_pred = model.predict(X_test.reshape(-1, 1)) * 2
"""


def test_a_small_part_that_the_data_cell_cuts_off(capture: Run) -> None:
    captured = capture(SPLIT_WITH_ITS_DATA)
    assert captured.content["form"] == "plain"
    assert "model.predict(X_test.reshape(-1, 1)) * 2" in "\n".join(p["source"] for p in captured.content["pieces"])


STACKED_COLUMNS = """# %% nbforge:data
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
train = pd.DataFrame({"word": rng.choice(["fire", "flood", "panic", None], 200), "y": rng.integers(0, 2, 200)})
test = pd.DataFrame({"word": rng.choice(["fire", "flood", "storm"], 120)})
# %% nbforge:features
X_train, X_test = train["word"].fillna("none"), test["word"].fillna("none")
both = pd.concat([X_train, X_test])
both = pd.get_dummies(both)
X_train = both.iloc[:200]
X_test = both.iloc[200:]
# %% nbforge:train
from sklearn.naive_bayes import GaussianNB
model = GaussianNB().fit(X_train, train["y"])
# %% nbforge:predict
answers = model.predict(X_test)
"""


def test_columns_are_stacked_and_cut_apart_as_tables_are(capture: Run) -> None:
    captured = capture(STACKED_COLUMNS)
    written = "\n".join(piece["source"] for piece in captured.content["pieces"])
    assert "pd.concat([X_test])" in written
    assert "iloc" not in written
    assert [field["name"] for field in captured.contract["inputs"]] == ["word"]


SHOWN = """# %% nbforge:data
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(5, 2, 120), "k": rng.choice(list("pqr"), 120)})
df["y"] = (df.a > 5).astype(int)
# %% nbforge:features
def prepare(table):
    table = table.assign(often=table["k"].isin(table["k"].value_counts().head(2).index).astype(int))
    print(table.head())
    return table[["a", "often"]]
X = prepare(df)
# %% nbforge:predict
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit(X, df["y"])
answers = model.predict(X)
"""


def test_rows_that_a_function_shows_are_no_figure(capture: Run) -> None:
    captured = capture(SHOWN)
    assert "print(table.head())" in captured.source("prepare")
    assert "value_counts()" not in captured.source("prepare")
    assert set(captured.formats) == {"model", "value_counts_head_index"}


def test_parts_of_an_array_that_are_scaled_in_place(capture: Run) -> None:
    text = DATA.replace("FRAME", "df[['a', 'b']].values").replace("X_train = sc.", "X_train[:, 0:2] = sc.")
    captured = capture(text.replace("X_test = sc.", "X_test[:, 0:2] = sc.") + "clf")
    assert "X_train = X.copy()" in "\n".join(piece["source"] for piece in captured.content["pieces"])
    assert [field["name"] for field in captured.contract["inputs"] if field["required"]] == ["a", "b"]


@pytest.mark.parametrize("last", ["Scorer(clf).predict(None, X_test)", "y_pred = Scorer(clf).predict(None, X_test)"])
def test_rows_whose_labels_are_no_names_for_them(scored: Callable[..., Any], last: str) -> None:
    """Two tables on each other without a new count, as ``pd.concat([red, white])``: labels come twice."""
    text = DATA.replace('df["y"] =', "df.index = [*range(60), *range(60)]\ndf['y'] =").replace(
        "FRAME", "df[['a', 'b']]"
    )
    wrapper = "class Scorer:\n  def __init__(self, model):\n    self.model = model\n"
    wrapper += "  def predict(self, context, rows):\n    return self.model.predict_proba(rows)[:, 1]\n"
    parts = "X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=0.6, random_state=1)\n"
    parts += "X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, random_state=1)"
    once = "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)"
    found = scored(text.replace(once, f"{wrapper}{parts}") + last)
    assert "train_test_split" not in found.source
    assert len(found.predict(found.raw)) == 120


SAMPLERS = """
class Over:
    def fit_resample(self, X, y):
        values = np.asarray(X)
        made = (values[:-1] + values[1:])[::2] / 2
        rows, labels = np.vstack([values, made]), np.concatenate([np.asarray(y), np.asarray(y)[1::2][: len(made)]])
        return (pd.DataFrame(rows, columns=X.columns), pd.Series(labels)) if hasattr(X, "columns") else (rows, labels)
class Under:
    def fit_resample(self, X, y):
        left = np.random.default_rng(3).permutation(len(X))[: len(X) // 2]
        return (X.iloc[left].reset_index(drop=True), y.iloc[left]) if hasattr(X, "columns") else (X[left], y.iloc[left])
class Other:
    def fit_resample(self, X, y):
        return X * 2, y
"""
SAMPLED = DATA.replace("# %%\nfrom sklearn", "# %%" + SAMPLERS + "SAMPLE\nfrom sklearn", 1)
BEFORE = "sc = StandardScaler()\nX_train = sc.fit_transform(X_train)\nX_test = sc.transform(X_test)\n"
SCALED = "from sklearn.preprocessing import StandardScaler\nsc = StandardScaler()\nX = sc.fit_transform(X)\n"


@pytest.mark.parametrize("sampler", ["Over", "Under"])
@pytest.mark.parametrize("frame", ["df.drop(columns='y')", "df[['a', 'b']].values"])
@pytest.mark.parametrize("scaled", ["after", "before"])
def test_rows_that_are_sampled_before_the_split_are_all_of_a_request(
    scored: Callable[..., Any], sampler: str, frame: str, scaled: str
) -> None:
    sample = f"X, y = {sampler}().fit_resample(X, y)"
    text = SAMPLED.replace("FRAME", frame).replace("SAMPLE", sample if scaled == "after" else SCALED + sample)
    found = scored((text if scaled == "after" else text.replace(BEFORE, "")) + "y_pred = clf.predict(X_test)")
    assert "fit_resample" not in found.source
    sc, clf = found.scope["sc"], found.scope["clf"]
    rows = found.raw[["a", "b"]].iloc[:9]
    given = rows.values if frame.endswith("values") else rows
    assert found.predict(found.raw.iloc[:9]) == list(clf.predict(sc.transform(given)))


def test_a_sampler_that_gives_other_rows_is_not_left_out(scored: Callable[..., Any]) -> None:
    text = SAMPLED.replace("FRAME", "df.drop(columns='y')").replace("SAMPLE", "X, y = Other().fit_resample(X, y)")
    assert "Other().fit_resample(X, y)" in scored(text + "y_pred = clf.predict(X_test)").source
