"""Clients of the Open Inference Protocol, and of nachlass."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles

COLUMNS: dict[str, tuple[str, Any]] = {
    "bill_length": ("FP64", 39.1),
    "body_mass": ("INT64", 3750),
    "island": ("BYTES", "Torgersen"),
    "banded": ("BOOL", False),
}


def tensors(**changes: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"name": name, "datatype": kind, "shape": [1], "data": [value]} for name, (kind, value) in COLUMNS.items()
    ]
    return [{**each, **changes.get(str(each["name"]), {})} for each in made]


def infer(running: Running, inputs: Any, path: str = "", **more: Any) -> Any:
    name = running.app.service.model.name
    return running.http.post(f"/v2/models/{name}{path}/infer", json={"inputs": inputs, **more})


def test_protocol_documents(service: Callable[[str], Running]) -> None:
    penguins = service("penguins")
    get = penguins.http.get
    assert get("/v2").json()["name"] == "nbforge"
    assert get("/v2/health/live").json() == {"live": True}
    assert get("/v2/health/ready").json() == {"ready": True}
    document = get("/v2/models/penguins").json()
    assert [(each["name"], each["datatype"]) for each in document["inputs"]] == [
        (n, k) for n, (k, _) in COLUMNS.items()
    ]
    version = document["versions"][0]
    assert get(f"/v2/models/penguins/versions/{version}/ready").json()["ready"] is True
    for path in ("/v2/models/other", "/v2/models/penguins/versions/1", "/v2/nothing"):
        assert get(path).status_code == 404
        assert get(path).json().keys() == {"error"}


def test_infer_answers_what_predict_answers(service: Callable[[str], Running]) -> None:
    penguins = service("penguins")
    record = {name: value for name, (_, value) in COLUMNS.items()}
    expected = penguins.predict(record).json()
    version = expected["model"]["version"]
    column = {"shape": [1, 1], "data": [[39.1]]}
    for answer in (
        infer(penguins, tensors(), id="a1"),
        infer(penguins, tensors(bill_length=column), f"/versions/{version}", id="a1"),
    ):
        document = answer.json()
        assert document["id"] == "a1"
        label, probabilities = document["outputs"]
        assert label == {"name": "species", "datatype": "BYTES", "shape": [1], "data": expected["predictions"]}
        assert probabilities["shape"] == [1, 3]
        assert probabilities["data"] == list(expected["probabilities"][0].values())


def test_many_rows_in_lists_of_one(service: Callable[[str], Running]) -> None:
    penguins = service("penguins")
    n = 2_000
    nested = [{**each, "shape": [n, 1], "data": [each["data"]] * n} for each in tensors()]
    answer = infer(penguins, nested)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"][0]["shape"] == [n]
    assert (
        infer(penguins, [{**each, "shape": [n + 1], "data": each["data"] * (n + 1)} for each in tensors()]).status_code
        == 413
    )


def test_arrays_are_one_tensor(service: Callable[[str], Running]) -> None:
    digits = service("digits")
    pixels = list(digits.app.service.model.contract.examples[0].values())
    described = digits.http.get("/v2/models/digits").json()["inputs"]
    assert described == [{"name": "input", "datatype": "FP64", "shape": [-1, 64]}]
    tensor = {"name": "input", "datatype": "FP64", "shape": [2, 64], "data": pixels * 2}
    assert infer(digits, [tensor]).json()["outputs"][0]["data"] == [0, 0]
    assert infer(digits, [{**tensor, "data": [pixels, pixels]}]).json()["outputs"][0]["data"] == [0, 0]
    wrong = infer(digits, [{**tensor, "data": [*pixels, *pixels[:-1], None]}])
    assert wrong.status_code == 422
    assert "/inputs/0/data/127: null" in wrong.json()["error"]


@pytest.mark.parametrize(
    ("inputs", "status", "text"),
    [
        (None, 400, "/inputs"),
        ([], 422, "missing"),
        ([5], 400, "/inputs"),
        (tensors(body_mass={"data": ["x"]}), 422, "/inputs/1/data/0: type"),
        (tensors(body_mass={"name": "mass"}), 422, "missing"),
        (tensors(body_mass={"datatype": "INT128"}), 400, "/inputs/1/datatype"),
        (tensors(body_mass={"shape": [2]}), 400, "fill the shape"),
        (tensors(body_mass={"shape": [2], "data": [1, 2]}), 400, "different numbers of rows"),
        (tensors(body_mass={"shape": [1, 2], "data": [1, 2]}), 400, "/inputs/1/shape"),
        (tensors(body_mass={"shape": ["1"]}), 400, "/inputs/1/shape"),
        (tensors(body_mass={"shape": [10**30], "data": []}), 413, "2000 rows"),
        (tensors(body_mass={"data": None}), 400, "binary_data_size"),
        (tensors(body_mass={"name": "island"}), 400, "twice"),
        (tensors(island={"data": ["Mars"]}), 422, "/inputs/2/data/0: category"),
    ],
)
def test_wrong_tensors(service: Callable[[str], Running], inputs: Any, status: int, text: str) -> None:
    answer = infer(service("penguins"), inputs)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert text in answer.json()["error"]


FRAMES = [
    {"bill_length": {"0": 39.1, "1": 47.0}, "body_mass": {"0": 3750, "1": 5100}}
    | {"island": {"0": "Dream", "1": "Biscoe"}, "banded": {"0": True, "1": False}},
    {"bill_length": [39.1], "body_mass": [3750], "island": ["Dream"], "banded": [True]},
    [{"bill_length": 39.1, "body_mass": 3750, "island": "Dream", "banded": True}],
    [{"bill_length": "39.1", "body_mass": "3750", "island": "Dream", "banded": True}],
]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("way", ["urlencoded", "multipart"])
def test_frames_of_nachlass_clients(service: Callable[[str], Running], frame: Any, way: str) -> None:
    penguins = service("penguins")
    text = json.dumps(frame)
    form: dict[str, Any] = (
        {"data": {"json_args": text}} if way == "urlencoded" else {"files": {"json_args": (None, text)}}
    )
    answer = penguins.http.post("/predict", **form)
    rows = pd.read_json(io.StringIO(text)).to_dict("records")
    assert answer.json() == penguins.predict(rows).json()["predictions"]


@pytest.mark.parametrize(
    "texts",
    [
        ["win money", "team meeting"],
        {"0": {"0": "win money", "1": "team meeting"}},
        {"text": ["win money", "team meeting"]},
    ],
)
def test_texts_of_nachlass_clients(service: Callable[[str], Running], texts: Any) -> None:
    answer = service("words").http.post("/predict", data={"json_args": json.dumps(texts)})
    assert answer.json() == ["spam", "ham"]


def test_rows_of_values_of_nachlass_clients(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    answer = houses.http.post("/predict", data={"json_args": "[[1, 2, 3], [4, 5, 6]]"})
    assert answer.json() == pytest.approx([10.5, 30.0])
    for text, status in [
        ("[[1, 2]]", 422),
        ("5", 422),
        ('[{"area": 1}]', 422),
        ("[1, 2, 3]", 422),
        ("[[1, 2, NaN]]", 422),
    ]:
        answer = houses.http.post("/predict", data={"json_args": text})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    refused = houses.http.post("/predict", data={"args": "gASVBQ==", "json_args": "[[1, 2, 3]]"})
    assert refused.status_code == 415


@pytest.mark.parametrize("kind", ["penguins", "houses"])
def test_metrics_of_nachlass(tmp_path: Any, serve: Serve, kind: str) -> None:
    running = serve(bundles.build(kind, tmp_path / kind), metrics_prefix="pipeline")
    running.predict(dict(running.app.service.model.contract.examples[0]))
    assert running.metric("pipeline_processing_seconds_count") == 1
    if kind == "penguins":
        assert running.metric('pipeline_predictions_total{value="Adelie"}') == 1
    else:
        assert running.metric("pipeline_predictions_count") == 1
