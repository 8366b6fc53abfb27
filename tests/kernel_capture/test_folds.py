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
