"""Objects to save, made from fixed seeds, so that two processes make the same ones.

``python values.py DIRECTORY`` saves each and prints ``{name: [format, sha256]}``.
"""

from __future__ import annotations

import collections
import datetime as dt
import json
import os
import re
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SCORING = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

class Clip(TransformerMixin, BaseEstimator):
    def __init__(self, q=0.1):
        self.q = q
    def fit(self, X, y=None):
        self.low_ = np.quantile(X, self.q, axis=0)
        self.words_ = {"b", "a", "c", "delta", "echo"}
        return self
    def transform(self, X):
        return np.maximum(X, self.low_)

def double(x):
    return x * 2
"""


def scoring_module() -> Any:
    """The module that classes and functions of a notebook live in when they are saved."""
    module = types.ModuleType("scoring")
    sys.modules["scoring"] = module
    exec(SCORING, vars(module))
    return module


def table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(120, 4)), columns=list("abcd"))
    frame["k"] = np.where(frame.b > 0, "u", "v")
    return frame, np.where(frame.a > 0, "yes", "no")


def plain() -> dict[str, Any]:
    frame, _ = table()
    return {
        "literals": {"a": (1, 2.5, None, True), 2: [np.float32(0.1), float("nan"), {3, 1}], "$x": b"\x00"},
        "containers": [collections.Counter("aab"), collections.defaultdict(list, {"x": [1]}), frozenset({"q", "w"})],
        "dates": [dt.date(2024, 1, 2), pd.Timestamp("2024-01-01", tz="UTC"), dt.timedelta(1, 2)],
        "pattern": re.compile("a+", re.IGNORECASE),
        "array": np.asfortranarray(frame[list("abcd")].to_numpy()),
        "texts": np.array(["a", None, "c"], dtype=object),
        "column names": frame.columns.values,
        "gaps in texts": pd.array(["a", None, "c"], dtype="string"),
        "structured": np.zeros(3, dtype=np.dtype({"names": ["a", "b"], "formats": ["u1", "f8"]}, align=True)),
        "frame": frame,
        "medians": frame.drop(columns="k").median(),
        "groups": frame.assign(z=frame.a > 0).groupby(["k", "z"]).mean(),
        "dtypes": pd.DataFrame(
            {
                "i": pd.array([1, None], dtype="Int64"),
                "s": pd.array(["x", None], dtype="string"),
                "o": pd.Series(["x", None], dtype=object),
                "c": pd.Categorical(["b", "a"], ordered=True),
                "t": pd.DatetimeIndex(["2024-01-01", "NaT"]),
                "z": pd.DatetimeIndex(["2024-01-01", "NaT"]).tz_localize("UTC"),
                "p": pd.period_range("2024-01", periods=2, freq="M"),
                "sparse": pd.arrays.SparseArray([0.0, 1.0]),
                "v": pd.cut([1, 2], 2),
                "b": pd.array([True, None], dtype="boolean"),
            }
        ),
        "zoned index": pd.date_range("2024", periods=4, tz="UTC", freq="D"),
        "frames in a dict": {"a": frame.head(2), "b": frame.a.head(1)},
    }


def network(numbers: np.ndarray, binary: np.ndarray) -> Any:
    """Compiled with a function of its own, which no file can hold, and with a layer that adapts itself to the rows."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    keras.utils.set_random_seed(0)
    scaled, dense = keras.layers.Normalization(), keras.layers.Dense
    scaled.adapt(numbers)
    model = keras.Sequential([keras.layers.Input((4,)), scaled, dense(3, "relu"), keras.layers.Dropout(0.1), dense(1)])
    model.compile("adam", loss=lambda true, told: keras.ops.mean((true - told) ** 2))
    model.fit(numbers, binary, verbose=0)
    return model


def fitted() -> dict[str, Any]:
    import lightgbm
    import scipy.sparse
    import xgboost
    from sklearn import compose, ensemble, linear_model, model_selection, neighbors, pipeline, preprocessing
    from sklearn.feature_extraction.text import TfidfVectorizer

    scoring = scoring_module()
    frame, label = table()
    numbers = frame[list("abcd")].to_numpy()
    binary = (label == "yes").astype(int)
    categorical = frame.assign(k=frame.k.astype("category"))
    columns = compose.make_column_transformer(
        (preprocessing.OneHotEncoder(handle_unknown="ignore"), ["k"]), (preprocessing.StandardScaler(), list("abcd"))
    )
    chain = pipeline.make_pipeline
    boost = ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=0)
    ridge = linear_model.Ridge
    return {
        "columns": chain(columns, boost).fit(frame, label),
        "forest": ensemble.RandomForestClassifier(n_estimators=5, random_state=0).fit(numbers, label),
        "neighbours": neighbors.KNeighborsClassifier(algorithm="kd_tree").fit(numbers, label),
        "words": chain(TfidfVectorizer(stop_words="english"), linear_model.LogisticRegression()).fit(
            ["a bird", "the dog", "dog cat"] * 3, [0, 1, 0] * 3
        ),
        "own class": chain(scoring.Clip(), ridge()).fit(numbers, binary),
        "own function": chain(preprocessing.FunctionTransformer(scoring.double), ridge()).fit(numbers, binary),
        "lambda": chain(preprocessing.FunctionTransformer(lambda x: x * 2), ridge()).fit(numbers, binary),
        "xgboost in a pipeline": chain(
            preprocessing.StandardScaler(), xgboost.XGBClassifier(n_estimators=3, random_state=0)
        ).fit(numbers, binary),
        "lightgbm with categories": lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(categorical, label),
        "xgboost": xgboost.train({}, xgboost.DMatrix(categorical, binary, enable_categorical=True), 3),
        "lightgbm": lightgbm.train({"verbose": -1}, lightgbm.Dataset(categorical, binary), 3),
        "keras": network(numbers, binary),
        "encoders": {"k": preprocessing.LabelEncoder().fit(label), "n": preprocessing.StandardScaler().fit(numbers)},
        "sparse": scipy.sparse.random(5, 6, 0.5, format="csr", random_state=0),
        "search": model_selection.GridSearchCV(ridge(), {"alpha": [1, 2]}).fit(numbers, binary).best_estimator_,
    }


if __name__ == "__main__":
    from nbforge.runtime import formats

    warnings.simplefilter("ignore")
    found = {}
    for name, value in {**plain(), **fitted()}.items():
        record = formats.save(value, Path(sys.argv[1]), name.replace(" ", "_"))
        found[name] = [record["format"], record["sha256"]]
    sys.stdout.write(json.dumps(found))
