"""Functions of the notebook that are given rows of two tables: their statements run in place of the call."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest

from nbforge.training.kernel.bodies import in_place
from tests.kernel_capture.conftest import Captured, Scored

TABLES = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import LabelEncoder, StandardScaler
rng = np.random.default_rng(4)
def rows(count):
    made = pd.DataFrame({"a": rng.normal(5, 2, count), "b": rng.gamma(2.0, size=count)})
    made["kind"] = rng.choice(list("xyz"), count)
    made.loc[::9, "a"] = np.nan
    return made
train = rows(200)
train["y"] = (train["b"] + (train["kind"] == "x") > 2).astype(int)
test = rows(90)
# %%
"""
FILLED = """
def prepare(train, test, label):
    def fill(left, right):
        for column in left.columns:
            if left[column].isnull().any():
                left[column] = left[column].fillna(left[column].median())
                right[column] = right[column].fillna(left[column].median())
    fill(train, test)
    y = train[label]
    numbers = [column for column in test.columns if column != "kind"]
    scaler = StandardScaler()
    train[numbers] = scaler.fit_transform(train[numbers])
    test[numbers] = scaler.transform(test[numbers])
    count = len(train)
    both = pd.concat([train.drop(columns=label), test]).reset_index(drop=True)
    both = pd.get_dummies(both, columns=["kind"])
    return both[:count], y, both[count:]
X, y, test = prepare(train, test, "y")
model = LogisticRegression().fit(X, y)
# %% nbforge:predict
answers = model.predict_proba(test)[:, 1]
"""
REBOUND = """
def encode(df_train, df_test):
    for column in ["kind"]:
        encoder = LabelEncoder()
        df_train[column] = encoder.fit_transform(df_train[column])
        df_test[column] = encoder.transform(df_test[column])
    df_train["big"] = df_train["b"] > df_train["b"].mean()
    df_test = df_test.assign(big=df_test["b"] > df_train["b"].mean())
    middle = df_train["a"].median()
    df_test["a"] = df_test["a"].fillna(middle)
    df_train["a"] = df_train["a"].fillna(middle)
    return df_train, df_test
train, test = encode(train, test)
model = LogisticRegression().fit(train.drop(columns="y"), train["y"])
# %% nbforge:predict
answers = model.predict_proba(test)[:, 1]
"""
CUT_APART = """
def combine(train, test):
    combined = pd.concat([train, test], ignore_index=True)
    return combined
def separate(combined, count):
    train, test = combined.iloc[:count], combined.iloc[count:]
    return train, test
count = len(train)
both = combine(train, test)
both["a"] = both["a"].fillna(both["a"].mean())
both["kind"] = both["kind"].astype("category").cat.codes
both["bin"] = pd.qcut(both["b"], 4, labels=False)
train, test = separate(both, count)
model = LogisticRegression().fit(train.drop(columns="y"), train["y"])
# %% nbforge:predict
answers = model.predict_proba(test.drop(columns="y"))[:, 1]
"""
OUT_OF_FOLD = """
class Helper:
    def __init__(self, kind, **settings):
        self.model = kind(**settings)
    def train(self, rows, truth):
        self.model.fit(rows, truth)
    def predict(self, rows):
        return self.model.predict_proba(rows)[:, 1]
folds = KFold(n_splits=4)
ntrain, ntest = train.shape[0], test.shape[0]
def out_of_fold(helper, x_train, y_train, x_test):
    held_out = np.zeros((ntrain,))
    answers = np.zeros((ntest,))
    each = np.empty((4, ntest))
    for i, (chosen, held) in enumerate(folds.split(x_train)):
        x_tr = x_train[chosen]
        y_tr = y_train[chosen]
        x_te = x_train[held]
        helper.train(x_tr, y_tr)
        held_out[held] = helper.predict(x_te)
        each[i, :] = helper.predict(x_test)
    answers[:] = each.mean(axis=0)
    return held_out.reshape(-1, 1), answers.reshape(-1, 1)
x_train, x_test = train[["a", "b"]].fillna(0).values, test[["a", "b"]].fillna(0).values
mild, strict = Helper(LogisticRegression, C=0.1), Helper(LogisticRegression, C=0.001)
mild_train, mild_test = out_of_fold(mild, x_train, train["y"].values, x_test)
strict_train, strict_test = out_of_fold(strict, x_train, train["y"].values, x_test)
x_train = np.concatenate([mild_train, strict_train], axis=1)
x_test = np.concatenate([mild_test, strict_test], axis=1)
model = LogisticRegression().fit(x_train, train["y"])
# %% nbforge:predict
answers = model.predict_proba(x_test)[:, 1]
"""
IN_THE_PREDICT_CELL = """
features = ["a", "b"]
# %% nbforge:predict
def run(train, test, features):
    held_out = np.zeros(len(train))
    answers = np.zeros(len(test))
    for i, (chosen, held) in enumerate(KFold(n_splits=3).split(train)):
        middle = train.iloc[chosen]["a"].median()
        model = LogisticRegression()
        model.fit(train.iloc[chosen][features].fillna(0), train["y"].iloc[chosen])
        held_out[held] = model.predict_proba(train.iloc[held][features].fillna(0))[:, 1]
        answers += model.predict_proba(test[features].fillna(0))[:, 1] / 3
    return held_out, answers
held_out, answers = run(train, test, features)
"""


LISTED_WITHIN = """
target = train.pop("y")
both = pd.concat([train, test], ignore_index=True)
both["a"] = both["a"].fillna(0)
train = both[:train.shape[0]]
test = both[train.shape[0]:]
train["target"] = list(target)
train["part"] = pd.cut(train["a"], 2, labels=False)
train = pd.get_dummies(train, columns=["part"])
made = []
for column in ["kind", "b"]:
    if train[column].nunique() < 10:
        for part in train.columns[-2:]:
            made.append(f"{column}_{part}")
            means = train.groupby(column)[part].mean()
            for df in [train, test]:
                df[made[-1]] = df[column].map(means)
model = LogisticRegression().fit(train[["a", "b", *made]], train["target"])
# %% nbforge:predict
answers = model.predict_proba(test[["a", "b", *made]])[:, 1]
"""
IN_TURN = """
def prepare(train, test):
    both = [train, test]
    for part in both:
        part["a"] = part["a"].fillna(train["a"].mean())
    for part in (train, test):
        part["kind"] = part["kind"].map({"x": 0, "y": 1, "z": 2})
    return train, test
train, test = prepare(train, test)
model = LogisticRegression().fit(train[["a", "kind"]], train["y"])
# %% nbforge:predict
answers = model.predict_proba(test[["a", "kind"]])[:, 1]
"""
MADE_OF_THE_OTHER = """
extra = pd.DataFrame({"at": [0, 1, 2], "y": [1, 0, 1]})
more = extra.join(test, on="at", how="inner").drop(columns="at")
train = pd.concat([train, more])
y = train["y"].values
count = len(train)
both = pd.concat([train, test]).drop(columns="y")
both["a"] = both["a"].fillna(both["a"].mean())
both["kind"] = LabelEncoder().fit_transform(both["kind"])
train, test = both[:count], both[count:]
model = LogisticRegression().fit(train, y)
# %% nbforge:predict
answers = model.predict_proba(test)[:, 1]
"""
ENCODED_BY_THE_TARGET = """
def add_noise(series, level):
    return series * (1 + level * np.random.randn(len(series)))
def encode(trn=None, tst=None, target=None, smoothing=1, level=0):
    assert len(trn) == len(target)
    temp = pd.concat([trn, target], axis=1)
    averages = temp.groupby(by=trn.name)[target.name].agg(["mean", "count"])
    weight = 1 / (1 + np.exp(-(averages["count"] - 1) / smoothing))
    prior = target.mean()
    averages[target.name] = prior * (1 - weight) + averages["mean"] * weight
    averages = averages.drop(["mean", "count"], axis=1)
    named = averages.reset_index().rename(columns={"index": target.name, target.name: "average"})
    left = pd.merge(trn.to_frame(trn.name), named, on=trn.name, how="left")["average"].rename(trn.name + "_mean")
    left = left.fillna(prior)
    left.index = trn.index
    right = pd.merge(tst.to_frame(tst.name), named, on=tst.name, how="left")["average"].rename(trn.name + "_mean")
    right = right.fillna(prior)
    right.index = tst.index
    return add_noise(left, level), add_noise(right, level)
train["kind_mean"], test["kind_mean"] = encode(train["kind"], test["kind"], target=train.y, level=LEVEL)
model = LogisticRegression().fit(train[["b", "kind_mean"]], train["y"])
# %% nbforge:predict
answers = model.predict_proba(test[["b", "kind_mean"]])[:, 1]
"""
BY_COLUMN = ENCODED_BY_THE_TARGET.replace("LEVEL", "0").replace(
    'train["kind_mean"], test["kind_mean"] = encode(train["kind"], test["kind"]',
    """for part in (train, test):
    part["size"] = np.where(part["b"] > 1, "big", "small")
columns = ["size", "kind", "size"]
for f in columns:
    train[f + "_mean"], test[f + "_mean"] = encode(train[f], test[f]""",
)
AVERAGED_IN_TURN = """
def average(train, test, column, target="y", weight=5):
    prior = train[target].mean()
    found = train.groupby(column)[target].agg(["mean", "count"])
    smooth = (found["mean"] * found["count"] + prior * weight) / (found["count"] + weight)
    train[column + "_mean"] = train[column].map(smooth)
    test[column + "_mean"] = test[column].map(smooth).fillna(prior)
    return train, test
for part in (train, test):
    part["size"] = np.where(part["b"] > 1, "big", "small")
for column in ["size", "kind"]:
    train, test = average(train, test, column)
    print(column)
model = LogisticRegression().fit(train[["size_mean", "kind_mean"]], train["y"])
# %% nbforge:predict
answers = model.predict_proba(test[["size_mean", "kind_mean"]])[:, 1]
"""


@pytest.mark.parametrize(
    ("statements", "kept"),
    [
        (BY_COLUMN, "fillna(encode_prior_2)"),
        (AVERAGED_IN_TURN, "average_smooth_2"),
        (AVERAGED_IN_TURN.replace('in ["size", "kind"]:', 'in sorted(["size", "kind"]):'), "for column in sorted("),
        (ENCODED_BY_THE_TARGET.replace("LEVEL", "0"), "right.fillna(prior)"),
        (LISTED_WITHIN, "for df in [test]:"),
        (IN_TURN, "both = [test]"),
        (MADE_OF_THE_OTHER, "pd.concat([test])"),
        (FILLED, "scaler.transform(test[numbers])"),
        (REBOUND, "fillna(middle)"),
        (CUT_APART, "pd.concat([test]"),
        (OUT_OF_FOLD, "for i in [0, 1, 2, 3]:"),
        (IN_THE_PREDICT_CELL, "answers"),
    ],
    ids=[
        "by-column",
        "averaged-in-turn",
        "averaged-in-a-loop",
        "encoded-by-the-target",
        "listed-within",
        "in-turn",
        "made-of-the-other",
        "filled",
        "rebound",
        "cut-apart",
        "out-of-fold",
        "in-the-predict-cell",
    ],
)
def test_scoring_does_what_the_function_does_with_the_rows_of_one(
    scored: Callable[[str], Scored], statements: str, kept: str
) -> None:
    found = scored(TABLES + statements)
    assert kept in found.source
    assert len(found.raw) == 90
    whole = found.predict(found.raw.copy())
    for at in (0, 9, 40):
        assert found.predict(found.raw.iloc[[at]].reset_index(drop=True)) == pytest.approx([whole[at]], rel=1e-9)


def test_noise_has_to_leave_the_features(capture: Callable[..., Captured]) -> None:
    error = capture(TABLES + ENCODED_BY_THE_TARGET.replace("LEVEL", "0.01")).error
    assert error["remedy"].startswith(("Scoring must give the same answer twice", "Give every random generator"))


def test_functions_that_change_a_table_which_they_are_not_given(scored: Callable[[str], Scored]) -> None:
    found = scored(
        TABLES.replace("train = rows(200)", "def load():\n    return rows(300)\nboth = load()").replace(
            'train["y"] = (train["b"] + (train["kind"] == "x") > 2).astype(int)\ntest = rows(90)\n', ""
        )
        + """
truth = (both["b"] + (both["kind"] == "x") > 2).astype(int)
def fill():
    global both
    both["a"] = both["a"].fillna(both["a"].median())
    print("filled")
def encode():
    global both
    def first(kind):
        if kind == "x":
            return "x"
        return "other"
    both["kind"] = both["kind"].map(lambda kind: first(kind))
    dummies = pd.get_dummies(both["kind"], prefix="kind", dtype=int)
    both = pd.concat([both, dummies], axis=1)
    both = both.drop("kind", axis=1)
def scale():
    both["b"] = both["b"] / both["b"].max()
def recover():
    global both
    return both.iloc[:200], both.iloc[200:], truth[:200]
# %%
fill()
encode()
scale()
# %%
train, test, y = recover()
model = LogisticRegression().fit(train, y)
# %% nbforge:predict
answers = model.predict_proba(test)[:, 1]
"""
    )
    assert "global" not in found.source
    whole = found.predict(found.raw.copy())
    for at in (0, 9, 60):
        assert found.predict(found.raw.iloc[[at]].reset_index(drop=True)) == pytest.approx([whole[at]], rel=1e-9)


def test_clients_send_what_was_loaded(capture: Callable[..., Captured]) -> None:
    inputs = capture(TABLES + FILLED).contract["inputs"]
    assert {field["name"]: field["nullable"] for field in inputs} == {"a": True, "b": False, "kind": False}


def test_a_data_cell_that_prepares_what_it_loads_is_told(capture: Callable[..., Captured]) -> None:
    text = (TABLES + FILLED).replace("test = rows(90)\n# %%\n", "test = rows(90)\n")
    warnings = capture(text).content["warnings"]
    assert [
        told for told in warnings if '`X, y, test = prepare(train, test, "y")`' in told and "cell of its own" in told
    ]


def test_a_loop_over_no_columns_is_left_out(scored: Callable[[str], Scored]) -> None:
    found = scored(
        TABLES
        + """
texts = [column for column in ["a", "b"] if train[column].dtype == object]
for column in texts:
    encoder = LabelEncoder()
    encoder.fit(list(train[column].astype(str)) + list(test[column].astype(str)))
    test[column] = encoder.transform(test[column].astype(str))
model = LogisticRegression().fit(train[["b"]], train["y"])
# %% nbforge:predict
model.predict(test[["b"]])
"""
    )
    assert "encoder" not in found.source


BODIES = {
    "a variable of the notebook": ("def f(a):\n    global seen, x\n    seen = [a]\n    x = a", "f(p)"),
    "several": ("def f(a, b):\n    c = a + b\n    return c, a", "x, y = f(p, q)"),
    "swapped": ("def f(a, b):\n    return b, a", "p, q = f(p, q)"),
    "rebound": ("def f(p, b=10):\n    p = p + b\n    return p", "x = f(p)"),
    "keywords": ("def f(a, *, b, c=3):\n    return a - b * c", "x = f(b=q, a=p)"),
    "a comprehension's own": ("def f(a, b):\n    return [a for a in range(a)] + [b]", "x = f(p, q)"),
    "a lambda": ("def f(a, b):\n    g = lambda b: a * b\n    a = 7\n    return g(b)", "x = f(p, q)"),
    "a function within": (
        "def f(a, b):\n    def g(a):\n        b = a + 1\n        return a + b\n    return g(b) + a + b",
        "x = f(p, q)",
    ),
    "a loop": ("def f(a, b):\n    for k in range(b):\n        a += k\n    return a", "x = f(p, q)"),
    "an import": ("def f(a, b):\n    import math\n    return math.sqrt(a), b", "x, y = f(p, q)"),
    "nothing returned": ("def f(a, b):\n    a = b", "x = f(p, q)"),
    "one value": ("def f(a, b):\n    t = (a, b)\n    return t", "x, y = f(p, q)"),
    "an expression": ("def f(a, b):\n    seen.append(a)\n    return a, b", "f(p, q)"),
    "caught": (
        "def f(a, b):\n    try:\n        r = a / 0\n    except Exception as e:\n        r = str(e)\n    return r, b",
        "x, y = f(p, q)",
    ),
}


@pytest.mark.parametrize(("function", "call"), BODIES.values(), ids=BODIES)
def test_a_body_does_what_its_call_does(function: str, call: str) -> None:
    statement, definition = ast.parse(call).body[0], ast.parse(function).body[0]
    assert isinstance(definition, ast.FunctionDef)
    body = in_place(statement, _called(statement), definition, lambda name: f"own_{name}")
    assert body is not None
    text = "\n".join(ast.unparse(ast.fix_missing_locations(each)) for each in body)
    ends = []
    for code in (f"{function}\n{call}", text):
        scope: dict[str, Any] = {"p": 4, "q": 3, "seen": []}
        exec(code, scope)
        ends.append({name: scope[name] for name in ("p", "q", "seen", "x", "y") if name in scope})
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    "function",
    [
        "def f(a, b):\n    if a:\n        return b\n    return a",
        "def f(a, b):\n    yield a",
        "def f(*a):\n    return a",
        "def f(a, b):\n    def g():\n        global z\n        z = a\n    return g()",
        "def f(a, b):\n    return eval('a')",
        "def f(a, b):\n    return a.query('c > @b')",
        "def f(a, b):\n    return ols('y ~ b', a)",
        "@cache\ndef f(a, b):\n    return a",
        "def f(a, b, c):\n    return a",
        "def f(a, b, c=len([])):\n    return a",
    ],
)
def test_a_call_that_has_to_stay(function: str) -> None:
    statement, definition = ast.parse("x = f(p, q)").body[0], ast.parse(function).body[0]
    assert isinstance(definition, ast.FunctionDef)
    assert in_place(statement, _called(statement), definition, str) is None


def _called(statement: ast.stmt) -> ast.Call:
    assert isinstance(statement, ast.Assign | ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return statement.value


def test_a_function_that_is_given_both_and_returns_nothing_is_read_for_what_it_asks(scored: Callable[..., Any]) -> None:
    """It fits, measures and writes its answers down, and the predict cell ends with the call."""
    found = scored(
        "\n# %% nbforge:data\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression\n"
        'train = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0] * 20, "y": [2.0, 4.0, 6.0, 8.0] * 20})\n'
        'test = pd.DataFrame({"id": range(40), "a": [1.0, 2.0, 3.0, 4.0] * 10})\n'
        '# %% nbforge:features\ntrain["part"] = "train"\ntest["part"] = "test"\n'
        'both = pd.concat([train, test], ignore_index=True)\nboth["b"] = both["a"] + 1\n'
        '# %%\ntrain = both.loc[both["part"] == "train"]\ntest = both.loc[both["part"] == "test"]\n'
        'target = "y"\ndef modelfit(alg, dtrain, dtest, predictors, target, path):\n'
        "    alg.fit(dtrain[predictors], dtrain[target])\n"
        "    print(alg.score(dtrain[predictors], dtrain[target]))\n"
        "    dtest = dtest.copy()\n    dtest[target] = alg.predict(dtest[predictors])\n"
        '    submission = pd.DataFrame({each: dtest[each] for each in ["id", target]})\n    submission.to_csv(path)\n'
        "# %% nbforge:predict\nalg1 = LinearRegression()\n"
        'modelfit(alg1, train, test, ["a", "b"], target, "answers.csv")'
    )
    assert "id" in found.raw.columns
    assert found.predict(found.raw[1:3].reset_index(drop=True)) == pytest.approx([4.0, 6.0])
