"""Real bundles, written by hand: a small scikit-learn model each, in the layout that ``nbforge build`` leaves behind.

They hold all that the service reads, and no evidence, lock or Dockerfile. One a form of input: a frame of mixed
columns, a frame of numbers, an array, text, and scalars.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbforge.runtime import baseline, formats

_ROOT = Path(__file__).resolve().parents[2]
_ESTIMATOR = '"""Scoring."""\n\nfrom nbforge.runtime.artifacts import artifact\n\nmodel = artifact("model")\n'
_ENTRY = {"form": "estimator", "name": "model", "passes": "frame", "features": None, "columns": None}

_FUNCTION = {"form": "function", "name": "predict", "passes": "scalars", "features": None, "columns": None}

Json = dict[str, Any]


def build(kind: str, root: Path, **manifest: Any) -> Path:
    """Write the bundle ``kind`` (a key of :data:`KINDS`) to ``root``; ``manifest`` adds to or replaces keys of
    ``bundle.json``.
    """
    contract, scoring, artifacts, entry = KINDS[kind]()
    return write(root, kind, contract, scoring, artifacts, {"entry": entry, "form": entry["form"], **manifest})


def write(
    root: Path, name: str, contract: Json, scoring: str, artifacts: Mapping[str, Any], manifest: Mapping[str, Any]
) -> Path:
    """Write any bundle.

    Args:
        root: a directory that is not there yet.
        name: the service's.
        contract: ``contract.json``.
        scoring: source of ``service/scoring.py``.
        artifacts: fitted objects by name.
        manifest: what ``bundle.json`` says beyond name, version, files and artifacts; ``entry`` at the least.
    """
    service = root / "service"
    (root / "artifacts").mkdir(parents=True)
    service.mkdir()
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_ROOT / "nbforge" / "runtime", service / "nbforge" / "runtime", ignore=skip)
    shutil.copyfile(_ROOT / "nbforge" / "__init__.py", service / "nbforge" / "__init__.py")
    shutil.copyfile(_ROOT / "service_templates" / "app.py", service / "app.py")
    shutil.copytree(_ROOT / "service_templates" / "static", service / "static", ignore=skip)
    (service / "scoring.py").write_text(scoring, "utf-8")
    (root / "contract.json").write_text(json.dumps(contract, indent=1), "utf-8")
    (root / "README.md").write_text(f"# {name}\n\nA model for **tests**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "utf-8")
    records = [formats.save(value, root / "artifacts", each) for each, value in artifacts.items()]
    covered = sorted(path for path in root.rglob("*") if path.is_file() and path.name != "README.md")
    files = {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in covered}
    version = "sha256:" + hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    document = {"protocol": 1, "name": name, "version": version, "rowwise": True, "validate": None, "metrics": {}}
    document |= {"notebooks": [], "artifacts": records, "files": files, **manifest}
    (root / "bundle.json").write_text(json.dumps(document, indent=1), "utf-8")
    return root


def of_a_number(root: Path, code: str, **manifest: Any) -> Path:
    """Write a bundle whose ``code`` defines ``predict(x: float)``, which answers a number.

    ``manifest``: as in :func:`build`.
    """
    contract = {
        "protocol": 1,
        "task": "regression",
        "inputs": [_input("x", "float64")],
        "outputs": [{"name": "y", "kind": "number", "dtype": "float64", "classes": None}],
        "frame": {"kind": "scalars"},
        "examples": [{"x": 0.0}],
    }
    return write(root, root.name, contract, code, {}, {"entry": _FUNCTION, "form": "function", **manifest})


def _contract(
    task: str, inputs: list[Json], frame: Json, output: Json, training: Mapping[str, Any], **more: Any
) -> Json:
    dtypes = {each["name"]: each["dtype"] for each in inputs} | {"prediction": output["kind"]}
    bins = {name: baseline.compute(list(values), dtypes[name]) for name, values in training.items()}
    return {
        "protocol": 1,
        "task": task,
        "inputs": inputs,
        "outputs": [output],
        "frame": frame,
        "baseline": bins,
        **more,
    }


def _input(name: str, dtype: str, **more: Any) -> Json:
    return {"name": name, "dtype": dtype, "required": True, "nullable": False, **more}


def _penguins() -> tuple[Json, str, dict[str, Any], Json]:
    import numpy as np
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rng = np.random.default_rng(0)
    n = 150
    species = np.repeat(["Adelie", "Chinstrap", "Gentoo"], n // 3)
    bill = np.repeat([38.8, 48.8, 47.5], n // 3) + rng.normal(0, 2, n).round(1)
    mass = (np.repeat([3700, 3730, 5070], n // 3) + rng.normal(0, 300, n)).astype("int64")
    frame = pd.DataFrame(
        {
            "bill_length": np.where(rng.random(n) < 0.05, np.nan, bill),
            "body_mass": mass,
            "island": np.repeat(["Torgersen", "Dream", "Biscoe"], n // 3).astype(object),
            "banded": rng.random(n) < 0.5,
        }
    )
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = make_column_transformer(
        (numbers, ["bill_length", "body_mass", "banded"]), (OneHotEncoder(handle_unknown="ignore"), ["island"])
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(frame, species.astype(object))
    inputs = [
        _input("bill_length", "float64", nullable=True, minimum=30.0, maximum=60.0),
        _input("body_mass", "int64", minimum=2500, maximum=6500),
        _input("island", "string", categories=["Biscoe", "Dream", "Torgersen"], category="refuse"),
        _input("banded", "bool"),
        _input("sex", "string", required=False, nullable=True, fill=None),
    ]
    output = {"name": "species", "kind": "label", "dtype": "string", "classes": ["Adelie", "Chinstrap", "Gentoo"]}
    training = {str(name): [None if pd.isna(v) else v for v in frame[name].tolist()] for name in frame}
    training["prediction"] = model.predict(frame).tolist()
    examples = [
        {"bill_length": 39.1, "body_mass": 3750, "island": "Torgersen", "banded": False},
        {"bill_length": None, "body_mass": 5000, "island": "Biscoe", "banded": True},
    ]
    contract = _contract(
        "classification", inputs, {"kind": "dataframe"}, output, training, ignored=["year"], examples=examples
    )
    return (
        contract,
        _ESTIMATOR,
        {"model": model},
        {**_ENTRY, "columns": ["bill_length", "body_mass", "island", "banded"]},
    )


def _houses() -> tuple[Json, str, dict[str, Any], Json]:
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.uniform(0, 100, (200, 3)).round(3), columns=["area", "rooms", "age"])
    price = frame @ np.array([2.0, 5.0, -0.5])
    model = LinearRegression().fit(frame, price)
    inputs = [_input(str(name), "float64", minimum=0.0, maximum=100.0) for name in frame]
    output = {"name": "price", "kind": "number", "dtype": "float64", "classes": None}
    training = {**{str(name): frame[name].tolist() for name in frame}, "prediction": np.asarray(price).tolist()}
    examples = [{"area": 50.0, "rooms": 3.0, "age": 20.0}]
    contract = _contract("regression", inputs, {"kind": "dataframe"}, output, training, examples=examples)
    return contract, _ESTIMATOR, {"model": model}, _ENTRY


def _digits() -> tuple[Json, str, dict[str, Any], Json]:
    from sklearn.datasets import load_digits
    from sklearn.naive_bayes import GaussianNB

    pixels, digit = load_digits(return_X_y=True)
    model = GaussianNB(var_smoothing=1e-3).fit(pixels, digit)
    names = [str(position) for position in range(pixels.shape[1])]
    inputs = [_input(name, "float64", minimum=0.0, maximum=16.0, label=int(name)) for name in names]
    output = {"name": "digit", "kind": "label", "dtype": "int64", "classes": list(range(10))}
    training = {**dict(zip(names, pixels.T.tolist(), strict=True)), "prediction": digit.tolist()}
    examples = [dict(zip(names, pixels[0].tolist(), strict=True))]
    frame = {"kind": "array", "dtype": "float64"}
    contract = _contract("classification", inputs, frame, output, training, examples=examples)
    return contract, _ESTIMATOR, {"model": model}, _ENTRY


def _words() -> tuple[Json, str, dict[str, Any], Json]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    texts = [
        "win money now",
        "cheap money",
        "win a prize",
        "meeting at noon",
        "lunch with the team",
        "notes of the meeting",
    ]
    labels = ["spam", "spam", "spam", "ham", "ham", "ham"]
    model = make_pipeline(CountVectorizer(), MultinomialNB()).fit(texts, labels)
    inputs = [_input("text", "string")]
    output = {"name": "label", "kind": "label", "dtype": "string", "classes": ["ham", "spam"]}
    training = {"text": texts, "prediction": labels}
    frame = {"kind": "series", "name": "text"}
    examples = [{"text": "win a meeting"}]
    contract = _contract("classification", inputs, frame, output, training, examples=examples)
    return contract, _ESTIMATOR, {"model": model}, _ENTRY


_LOAN = '''"""Scoring."""

from datetime import datetime


def predict(amount: float, months: int, start: datetime):
    if amount == 13:
        raise KeyError("unlucky 13, alice@example.org")
    rate = amount / months
    return {"rate": rate, "total": rate * months if amount < 1e30 else float("inf"), "month": start.strftime("%Y-%m")}


def validate(frame):
    if any(amount < 0 for amount in frame["amount"]):
        raise ValueError("an amount must not be negative")
'''


def _loan() -> tuple[Json, str, dict[str, Any], Json]:
    when = {"dtype": "object", "of": "datetime", "zoned": False}
    inputs = [
        _input("amount", "float64"),
        _input("months", "int64", minimum=1, maximum=360, range="refuse"),
        _input("start", "datetime", minimum="2020-01-01T00:00:00", maximum="2026-01-01T00:00:00", frame_dtype=when),
    ]
    output = {"name": "plan", "kind": "record", "dtype": None, "classes": None}
    training = {"amount": [1000.0, 2000.0, 50000.0], "months": [12, 24, 360], "start": ["2020-01-01T00:00:00"] * 3}
    examples = [{"amount": 1200.0, "months": 12, "start": "2025-06-01T00:00:00"}]
    contract = _contract("other", inputs, {"kind": "scalars"}, output, training, examples=examples)
    return contract, _LOAN, {}, _FUNCTION


KINDS: dict[str, Callable[[], tuple[Json, str, dict[str, Any], Json]]] = {
    "penguins": _penguins,
    "houses": _houses,
    "digits": _digits,
    "words": _words,
    "loan": _loan,
}
