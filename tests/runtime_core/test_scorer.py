# ruff: noqa: E501 - tables of cases
"""Bundles by hand: what the scorer checks, builds and answers; and the contract's own round trip."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbforge.runtime.contract import Contract, Frame, Input, Output
from nbforge.runtime.errors import AnswerError, ArtifactError, ContractError, ValidateError
from nbforge.runtime.scorer import Path as Way
from nbforge.runtime.scorer import Scorer
from tests.support import bundles

FRAME = {"form": "function", "name": "predict", "passes": "frame", "features": None, "columns": None}


@pytest.fixture(autouse=True)
def _no_scoring_module_stays() -> Iterator[None]:
    path, module = list(sys.path), sys.modules.pop("scoring", None)
    yield
    sys.path[:] = path
    sys.modules.pop("scoring", None)
    if module is not None:
        sys.modules["scoring"] = module


def _bundle(root: Path, scoring: str, entry: Mapping[str, Any] = FRAME, **manifest: Any) -> Path:
    inputs = (
        Input("a", "float64", label="a", frame_dtype="float64"),
        Input("b", "int64", label="b", frame_dtype="int64"),
    )
    contract = Contract("regression", inputs, outputs=(Output("prediction", "number"),))
    return bundles.write(root / "bundle", "small", contract.to_json(), scoring, {}, {"entry": dict(entry), **manifest})


def test_a_function_of_a_frame(tmp_path: Path) -> None:
    scorer = Scorer.load(_bundle(tmp_path, "def predict(frame):\n    return frame.a + frame.b\n"))
    assert scorer.score({"a": [1.5, 2.5], "b": [1, 2]}, 2).predictions == (2.5, 4.5)
    assert sys.modules["scoring"].predict is scorer.path._subject


def test_features_come_first_and_scalars_row_by_row(tmp_path: Path) -> None:
    scoring = (
        "def features(frame):\n    return frame.assign(a=frame.a * 10)\n\ndef predict(frame):\n    return frame.a\n"
    )
    scorer = Scorer.load(_bundle(tmp_path, scoring, {**FRAME, "features": "features"}))
    assert scorer.score({"a": [1.5], "b": [1]}, 1).predictions == (15.0,)
    way = Way({**FRAME, "passes": "scalars"}, {"predict": lambda a, b: {"sum": a + b, "kind": type(a).__name__}})
    assert way.answers({"a": [1, 2], "b": [3, 4]}, 2).predictions == (
        {"sum": 4, "kind": "int"},
        {"sum": 6, "kind": "int"},
    )


def test_a_validate_function_refuses_by_value_error(tmp_path: Path) -> None:
    scoring = (
        "def predict(frame):\n    return frame.a\n\n"
        "def check(frame):\n    if (frame.a < 0).any():\n        raise ValueError('a is negative')\n    frame['a'] = 0.0\n"
    )
    scorer = Scorer.load(_bundle(tmp_path, scoring, validate="check"))
    assert scorer.score({"a": [1.0], "b": [1]}, 1).predictions == (1.0,)
    with pytest.raises(ValidateError, match="a is negative"):
        scorer.score({"a": [-1.0], "b": [1]}, 1)


def test_an_estimator_gives_probabilities_by_class(tmp_path: Path) -> None:
    scorer = Scorer.load(bundles.build("penguins", tmp_path / "bundle"))
    columns: dict[str, Any] = {
        "bill_length": [39.0, None],
        "body_mass": [3700, 5000],
        "island": ["Dream", "Biscoe"],
        "banded": [True, False],
    }
    found = scorer.score(columns, 2)
    assert found.probabilities is not None
    assert list(found.probabilities[0]) == ["Adelie", "Chinstrap", "Gentoo"]
    best = [max(row, key=lambda name: row[name]) for row in found.probabilities]
    assert list(found.predictions) == best


@pytest.mark.parametrize("file", ["contract.json", "service/scoring.py", "artifacts/model.skops"])
def test_a_changed_file_is_named_before_anything_runs(file: str, tmp_path: Path) -> None:
    root = bundles.build("houses", tmp_path / "bundle")
    path = root / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtifactError, match=file.replace(".", r"\.")):
        Scorer.load(root)
    assert "scoring" not in sys.modules


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    root = bundles.build("houses", tmp_path / "bundle")
    (root / "contract.json").unlink()
    with pytest.raises(ArtifactError, match=r"contract\.json"):
        Scorer.load(root)


def test_rows_lost_on_the_way_are_an_error() -> None:
    way = Way(FRAME, {"predict": lambda frame: frame.dropna().a})
    with pytest.raises(AnswerError, match="1 answers for 2 rows"):
        way.answers(pd.DataFrame({"a": [1.0, np.nan]}), 2)


def test_the_contract_survives_json() -> None:
    inputs = (
        Input("a.1", "float64", label=("a", 1), frame_dtype="float64", minimum=0.5, maximum=2.0),
        Input("7", "int8", label=7, frame_dtype="int8", required=False, fill=3),
        Input(
            "k",
            "category",
            label="k",
            frame_dtype={"dtype": "category", "ordered": False, "values": "int64"},
            categories=(1, 2),
        ),
    )
    output = Output("y", "label", "string", ("no", "yes"))
    frame = Frame("dataframe", columns={"multi": True, "names": ["k", None], "dtype": "object"})
    contract = Contract(
        "classification", inputs, ("id",), (output,), frame, ({"a.1": 1.0},), {"a.1": {"kind": "numeric"}}
    )
    assert Contract.from_json(json.loads(json.dumps(contract.to_json()))) == contract


def test_a_contract_of_a_later_protocol_is_refused() -> None:
    with pytest.raises(ContractError, match="protocol 99"):
        Contract.from_json({"protocol": 99, "task": "other", "inputs": []})


def test_arrays_need_no_pandas(tmp_path: Path) -> None:
    import subprocess

    root = bundles.build("digits", tmp_path / "bundle")
    code = (
        "import sys; from pathlib import Path; from nbforge.runtime import frames; from nbforge.runtime.contract import Contract; import json;"
        f"c = Contract.from_json(json.loads(Path({str(root / 'contract.json')!r}).read_text()));"
        "x = frames.build(c, {i.name: [1.0] for i in c.inputs}, 1); assert x.shape == (1, 64);"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
