"""Loops over folds whose models a competition's answers are the mean of: the service asks each of the models."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.kernel_capture.conftest import Captured

Run = Callable[..., Captured]

TABLES = """# %% nbforge:data
import lightgbm as lgb, numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
rng = np.random.default_rng(0)
train = pd.DataFrame(rng.normal(5, 2, (200, 3)), columns=["a", "b", "c"])
train["y"] = (train.a + rng.normal(0, 1, 200) > 5).astype(int)
test = pd.DataFrame(rng.normal(5, 2, (90, 3)), columns=["a", "b", "c"])
test["id"] = range(90)
# %% nbforge:features
for part in [train, test]:
    part["most"] = part[["a", "b", "c"]].max(axis=1)
features = [column for column in train.columns if column != "y"]
# %%
folds = StratifiedKFold(n_splits=4, shuffle=True, random_state=1)
held_out = np.zeros(len(train))
answers = START
scores = []
for fold, (chosen, held) in enumerate(folds.split(train[features], train["y"])):
    print("fold", fold)
    X_train, y_train = train.iloc[chosen][features], train["y"].iloc[chosen]
    FIT
    held_out[held] = model.predict_proba(train.iloc[held][features])[:, 1]
    scores.append(((held_out[held] > 0.5) == train["y"].iloc[held]).mean())  # each fold's own
    part = model.predict_proba(test[features])[:, 1]
    answers += part / folds.n_splits
print(np.mean(scores))
# %% nbforge:predict
told = pd.DataFrame({"id": test["id"]})
told["answer"] = answers
"""

BOOSTER = 'model = lgb.train({"objective": "binary", "verbosity": -1}, lgb.Dataset(X_train, y_train), 5)'
FITS = [
    "model = LogisticRegression()\n    model.fit(X_train, y_train)",
    "model = LogisticRegression().fit(X_train, y_train)",
]


@pytest.mark.parametrize("start", ["np.zeros(len(test))", "0"])
@pytest.mark.parametrize("fit", FITS)
def test_the_mean_of_what_the_folds_models_answer(capture: Run, fit: str, start: str) -> None:
    features = 'features = ["a", "b", "c", "most"]'
    text = (
        TABLES.replace("START", start)
        .replace("FIT", fit)
        .replace('features = [column for column in train.columns if column != "y"]', features)
    )
    captured = capture(text)
    written = "\n".join(piece["source"] for piece in captured.content["pieces"])
    assert "for fold in [0, 1, 2, 3]:" in written
    assert "answers += part / folds_n_splits" in written
    assert "held" not in written
    assert "StratifiedKFold" not in written
    assert {field["name"] for field in captured.contract["inputs"] if field["required"]} >= {"a", "b", "c"}


IN_ONE_CELL = TABLES.replace(
    """# %% nbforge:predict
told = pd.DataFrame({"id": test["id"]})
told["answer"] = answers
""",
    "",
).replace("# %%\nfolds", "# %% nbforge:predict\nfolds")


def test_the_loop_itself_is_the_predict_cell(capture: Run) -> None:
    text = IN_ONE_CELL.replace("START", "np.zeros(len(test))").replace("FIT", FITS[0])
    captured = capture(
        text.replace("scores = []", "total = 0")
        .replace("scores.append(", "total += (")
        .replace("np.mean(scores)", "total")
    )
    assert captured.content["form"] == "plain"
    assert captured.contract["outputs"][0]["kind"] == "number"
    assert any("`answers` in it is what the service gives" in told for told in captured.content["warnings"])


def test_folds_without_a_number_and_with_a_counter(capture: Run) -> None:
    numbered = 'for fold, (chosen, held) in enumerate(folds.split(train[features], train["y"])):'
    plain = 'for chosen, held in folds.split(train[features], train["y"]):'
    text = TABLES.replace("START", "0\nat = 1").replace("FIT", BOOSTER).replace(numbered, plain)
    text = text.replace('print("fold", fold)', 'print("fold", at)\n    at = at + 1')
    captured = capture(text.replace("predict_proba", "predict").replace(")[:, 1]", ")"))
    written = "\n".join(piece["source"] for piece in captured.content["pieces"])
    assert "for turn in [0, 1, 2, 3]:" in written
    assert "_by_turn[turn]" in written


def test_what_a_loop_reads_and_binds_anew_begins_as_in_the_notebook(capture: Run) -> None:
    captured = capture(
        TABLES.partition("# %%\nfolds")[0]
        + """# %%
model = LogisticRegression().fit(train[features], train["y"])
answers, at = 0, 1
for weight in [0.25, 0.75]:
    answers = answers + weight * model.predict_proba(test[features])[:, at]
    at = 1 - at
# %% nbforge:predict
answers
"""
    )
    assert captured.content["form"] == "plain"


def test_boosters_of_folds(capture: Run) -> None:
    text = TABLES.replace("START", "0").replace("FIT", BOOSTER)
    captured = capture(text.replace("predict_proba", "predict").replace(")[:, 1]", ")"))
    assert "StratifiedKFold" not in "".join(piece["source"] for piece in captured.content["pieces"])
    assert set(captured.formats.values()) <= {"json", "skops", "lightgbm", "cloudpickle"}


def test_what_a_loop_writes_to_the_other_table_stays_out(capture: Run) -> None:
    text = (
        TABLES.replace("START", "0").replace("FIT", BOOSTER).replace("predict_proba", "predict").replace(")[:, 1]", ")")
    )
    text = text.replace(
        "features = [",
        'for name in ["a", "b"]:\n    train["r_" + name] = train[name].round(1)\n'
        '    test["r_" + name] = test[name].round(1)\nfeatures = [',
    )
    captured = capture(text)
    assert "train[" not in "".join(piece["source"] for piece in captured.content["pieces"])


def test_rows_of_the_other_table_are_not_shipped(capture: Run) -> None:
    text = (
        TABLES.replace("START", "0").replace("FIT", BOOSTER).replace("predict_proba", "predict").replace(")[:, 1]", ")")
    )
    place = 'np.interp(test["a"], np.sort(train["a"].to_numpy()), np.arange(len(train)))'
    captured = capture(text.replace('told["answer"] = answers', f'told["answer"] = answers + {place}'))
    assert captured.error["code"] == "training-data"
    assert captured.error["cell"] == 3


LABELS = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
rng = np.random.default_rng(0)
words = np.array(["good", "bad", "dull", "fine", "rude"])
train = pd.DataFrame({"text": [" ".join(rng.choice(words, 4)) for _ in range(120)]})
for word in ["bad", "rude"]:
    train[word] = train.text.str.contains(word).astype(int)
test = pd.DataFrame({"id": range(70), "text": [" ".join(rng.choice(words, 4)) for _ in range(70)]})
# %%
labels = ["bad", "rude"]
vectorizer = TfidfVectorizer()
vectorizer.fit(pd.concat([train["text"], test["text"]]))
X = vectorizer.transform(train["text"])
X_test = vectorizer.transform(test["text"])
# %% nbforge:predict
"""
OF_A_FRAME = """scores = []
answers = pd.DataFrame.from_dict({"id": test["id"]})
for label in labels:
    y = train[label]
    model = LogisticRegression()
    score = np.mean(cross_val_score(model, X, y, cv=3))
    scores.append(score)
    model.fit(X, y)
    answers[label] = model.predict_proba(X_test)[:, 1]
print(np.mean(scores))
"""
OF_AN_ARRAY = """def fitted(y):
    return LogisticRegression().fit(X, y.values), y.mean()
answers = np.zeros((len(test), len(labels)))
for at, label in enumerate(labels):
    print("fit", label)
    model, mean = fitted(train[label])
    answers[:, at] = model.predict_proba(X_test)[:, 1] - mean
"""


@pytest.mark.parametrize("loop", [OF_A_FRAME, OF_AN_ARRAY])
def test_a_model_for_each_of_several_targets(capture: Run, loop: str) -> None:
    captured = capture(LABELS + loop)
    assert captured.content["form"] == "plain"
    assert "text" in [field["name"] for field in captured.contract["inputs"] if field["required"]]
    written = "\n".join(piece["source"] for piece in captured.content["pieces"])
    assert "train[" not in written
    assert "cross_val_score" not in written
