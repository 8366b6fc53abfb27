# ruff: noqa: E501, SIM115 - tables of cases; open files are what must be refused
"""Every format brings its values back, and the same object is the same bytes in any process."""

from __future__ import annotations

import functools
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbforge.runtime import artifacts, formats
from nbforge.runtime.errors import ArtifactError, FormatError
from tests.runtime_core import values

EXPECTED = {
    "literals": "json", "containers": "json", "dates": "json", "pattern": "json", "texts": "json", "frames in a dict": "json",
    "array": "npy", "structured": "npy", "frame": "frame", "medians": "frame", "groups": "frame", "dtypes": "frame",
    "zoned index": "frame", "column names": "frame", "gaps in texts": "frame", "sparse": "sparse", "xgboost": "xgboost", "lightgbm": "lightgbm", "lambda": "cloudpickle",
    "keras": "keras",
}  # fmt: skip


@pytest.fixture(scope="module")
def objects() -> Iterator[dict[str, Any]]:
    before = sys.modules.get("scoring")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield {**values.plain(), **values.fitted()}
    sys.modules.pop("scoring", None)
    if before is not None:
        sys.modules["scoring"] = before


@pytest.mark.filterwarnings("ignore")
def test_values_come_back_from_the_safest_format(
    objects: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame, _ = values.table()
    numbers = frame[list("abcd")].to_numpy()
    for name, value in objects.items():
        record = formats.save(value, tmp_path, name.replace(" ", "_"))
        assert record["format"] == EXPECTED.get(name, "skops"), name
        assert record["unsafe"] == (name == "lambda"), name
        assert json.loads(json.dumps(record)) == record
        back = formats.load(record, tmp_path)
        assert type(back) is type(value), name
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(back, value)
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(back, value)
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(back, value)
            assert back.flags.fnc == value.flags.fnc
        elif isinstance(value, dict | list) and name not in ("encoders", "frames in a dict"):
            assert repr(back) == repr(value), name
        elif name == "keras":
            assert value.predict(numbers, verbose=0).tobytes() == back.predict(numbers, None, 1).tobytes()
            assert capsys.readouterr().out == "", "a service's log has no progress bars"
        elif hasattr(value, "predict_proba"):
            given: Any = frame if name == "columns" else numbers
            given = ["the dog", "bird"] if name == "words" else given
            given = frame.assign(k=frame.k.astype("category")) if name == "lightgbm with categories" else given
            assert value.predict_proba(given).tobytes() == back.predict_proba(given).tobytes(), name


def test_arrows_arrays_within_an_object_are_read_back(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    chosen = functools.partial(sorted, key=pd.array(["b", "a"], dtype="string[pyarrow]"))
    record = formats.save(chosen, tmp_path, "chosen")
    assert list(formats.load(record, tmp_path).keywords["key"]) == ["b", "a"]


@pytest.mark.filterwarnings("ignore")
def test_a_layer_with_a_lambda_is_in_a_file_that_counts_as_unsafe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    import keras

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(1)])
    record = formats.save(model, tmp_path, "model")
    assert (record["format"], record["unsafe"]) == ("cloudpickle", True)


def test_trusted_types_are_recorded_and_no_others_load(objects: dict[str, Any], tmp_path: Path) -> None:
    record = formats.save(objects["own class"], tmp_path, "model")
    assert record["trusted"] == ["scoring.Clip"]
    with pytest.raises(FormatError, match="Clip"):
        formats.load({**record, "trusted": []}, tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_the_same_object_is_the_same_bytes_in_any_process() -> None:
    found = []
    for seed in ("1", "2"):
        with tempfile.TemporaryDirectory() as directory:
            result = subprocess.run(
                [sys.executable, values.__file__, directory],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
                capture_output=True, text=True, check=True, timeout=120,
            )  # fmt: skip
            found.append(json.loads(result.stdout))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: sqlite3.connect(":memory:"), "sqlite3.Connection"),
        (lambda: {"x": [sqlite3.connect(":memory:")]}, "sqlite3.Connection"),
        (lambda: Path(__file__).open(), "open file"),
        (lambda: [Path(__file__).open("rb")], "open file"),
        (lambda: (each for each in [1]), "generator"),
        (threading.Lock, "lock"),
        (lambda: types, "module"),
    ],
    ids=["connection", "connection inside", "file", "file inside", "generator", "lock", "module"],
)
@pytest.mark.filterwarnings("ignore")
def test_handles_are_refused_with_the_reason(make: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=reason):
        formats.save(make(), tmp_path, "value")
    assert list(tmp_path.iterdir()) == []


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])) | st.binary()
    | st.dates() | st.datetimes() | st.timedeltas() | st.decimals(allow_nan=False) | st.fractions() | st.complex_numbers(allow_nan=False),
    lambda each: st.lists(each) | st.tuples(each, each) | st.dictionaries(st.text("ab$", max_size=3) | st.integers(), each)
    | st.frozensets(st.integers() | st.text("ab")) | st.sets(st.tuples(st.integers())),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(LITERALS)
def test_literals_are_json_without_loss(value: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        record = formats.save(value, Path(directory), "value")
        assert record["format"] == "json"
        back = formats.load(record, Path(directory))
        assert back == value
        assert type(back) is type(value)
        assert json.loads((Path(directory) / record["file"]).read_text()) is not Ellipsis


def test_every_format_is_found_in_its_folder() -> None:
    folder = Path(formats.__file__).parent
    assert set(formats.names()) == {path.stem for path in folder.glob("[a-z]*.py")}
    assert formats.names()[-1] == "cloudpickle"


def test_nothing_is_loaded_before_its_digest_matches(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    record = formats.save(lambda: 1, tmp_path / "artifacts", "model")
    (tmp_path / "bundle.json").write_text(json.dumps({"artifacts": [record]}))
    marker = tmp_path / "ran"
    payload = f"cbuiltins\nopen\n(V{marker}\nVw\ntR.".encode()
    (tmp_path / "artifacts" / record["file"]).write_bytes(payload)
    with pytest.raises(ArtifactError, match=r"artifacts/model\.pkl has changed"):
        artifacts.load(tmp_path, "model")
    assert not marker.exists()
    with pytest.raises(ArtifactError, match="no artifact 'other'"):
        artifacts.load(tmp_path, "other")
