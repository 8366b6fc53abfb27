"""The Open Inference Protocol with the client that Triton's makers wrote, and its binary extension byte by byte."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.runtime_service.conftest import Running

ROWS: dict[str, tuple[str, list[Any]]] = {
    "bill_length": ("FP64", [39.1, 47.5, float("nan")]),
    "body_mass": ("INT64", [3750, 5000, 4000]),
    "island": ("BYTES", ["Torgersen", "Biscoe", "Dream"]),
    "banded": ("BOOL", [False, True, True]),
}
NUMPY = {"FP64": np.float64, "INT64": np.int64, "BYTES": np.object_, "BOOL": np.bool_}
RECORDS = [
    {name: None if values[row] != values[row] else values[row] for name, (_, values) in ROWS.items()}
    for row in range(3)
]


@pytest.fixture
def penguins(service: Callable[[str], Running]) -> Running:
    return service("penguins")


@pytest.fixture
def client(penguins: Running) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(f"127.0.0.1:{penguins.port}") as client:
        yield client


def _inputs(binary: bool, rows: dict[str, tuple[str, list[Any]]] = ROWS) -> list[triton.InferInput]:
    made = []
    for name, (kind, values) in rows.items():
        tensor = triton.InferInput(name, [len(values)], kind)
        tensor.set_data_from_numpy(np.array(values, dtype=NUMPY[kind]), binary_data=binary)
        made.append(tensor)
    return made


def test_what_tritons_client_is_told(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("penguins")
    assert not client.is_model_ready("other")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    document = client.get_model_metadata("penguins")
    assert [each["datatype"] for each in document["inputs"]] == [kind for kind, _ in ROWS.values()]
    assert document["outputs"] == [
        {"name": "species", "datatype": "BYTES", "shape": [-1]},
        {"name": "probabilities", "datatype": "FP64", "shape": [-1, 3]},
    ]


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_tritons_client_gets_the_answers_of_predict(
    penguins: Running, client: triton.InferenceServerClient, compression: str | None
) -> None:
    expected = penguins.predict(RECORDS).json()
    answer = client.infer("penguins", _inputs(True), request_id="r-1", request_compression_algorithm=compression)
    assert answer.get_response()["id"] == "r-1"
    assert [text.decode() for text in answer.as_numpy("species")] == expected["predictions"]
    probabilities = answer.as_numpy("probabilities")
    assert probabilities.shape == (3, 3)
    assert probabilities.tolist() == [list(row.values()) for row in expected["probabilities"]]


def test_tritons_client_chooses_its_outputs(penguins: Running, client: triton.InferenceServerClient) -> None:
    rows = {name: (kind, values[:2]) for name, (kind, values) in ROWS.items()}
    expected = penguins.predict(RECORDS[:2]).json()["predictions"]
    for binary in (True, False):
        wanted = [triton.InferRequestedOutput("species", binary_data=binary)]
        answer = client.infer("penguins", _inputs(binary, rows), outputs=wanted)
        assert [each["name"] for each in answer.get_response()["outputs"]] == ["species"]
        assert [getattr(text, "decode", lambda text=text: text)() for text in answer.as_numpy("species")] == expected
    with pytest.raises(InferenceServerException, match="outputs are species, probabilities"):
        client.infer("penguins", _inputs(True), outputs=[triton.InferRequestedOutput("genus")])
    with pytest.raises(InferenceServerException, match="No such model"):
        client.infer("other", _inputs(True))


@pytest.mark.parametrize("kind", ["FP32", "FP64", "FP16", "INT8", "UINT8", "INT32", "UINT64"])
def test_an_array_of_any_datatype(service: Callable[[str], Running], kind: str) -> None:
    digits = service("digits")
    pixels = list(digits.app.service.model.contract.examples[0].values())
    names = {"FP": "float", "INT": "int", "UINT": "uint"}
    dtype = np.dtype(names[kind.rstrip("0123456789")] + kind.lstrip("FPUINT"))
    tensor = triton.InferInput("input", [2, 64], kind)
    tensor.set_data_from_numpy(np.array([pixels, pixels], dtype=dtype))
    with triton.InferenceServerClient(f"127.0.0.1:{digits.port}") as client:
        answer = client.infer("digits", [tensor])
        output = client.get_model_metadata("digits")["outputs"][0]
        assert output["datatype"] == "INT64"
        assert answer.as_numpy(output["name"]).tolist() == [0, 0]


def _send(running: Running, document: Any, raw: bytes = b"", length: str | None = None) -> Any:
    head = json.dumps(document).encode()
    headers = {"inference-header-content-length": str(len(head)) if length is None else length}
    return running.http.post("/v2/models/houses/infer", content=head + raw, headers=headers)


def _tensor(name: str, size: Any, datatype: str = "FP64", **more: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [1], "parameters": {"binary_data_size": size}, **more}


ONE = struct.pack("<d", 1.0)
THREE = [_tensor("area", 8), _tensor("rooms", 8), _tensor("age", 8)]


def test_binary_bodies(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    good = _send(houses, {"inputs": THREE, "parameters": {"binary_data_output": True}}, ONE * 3)
    length = int(good.headers["inference-header-content-length"])
    assert good.headers["content-type"] == "application/octet-stream"
    assert json.loads(good.content[:length])["outputs"][0]["parameters"] == {"binary_data_size": 8}
    expected = houses.predict({"area": 1, "rooms": 1, "age": 1}).json()["predictions"][0]
    assert struct.unpack("<d", good.content[length:]) == (expected,)
    mixed = [*THREE[:2], {"name": "age", "datatype": "FP64", "shape": [1], "data": [1]}]
    assert _send(houses, {"inputs": mixed}, ONE * 2).json()["outputs"][0]["data"] == [expected]


def test_brain_floats_are_the_upper_half_of_floats(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    values = [50.5, -3.0, float("nan")]
    raw = b"".join(struct.pack("<f", value)[2:] for value in values)
    inputs = [_tensor(name, 2, "BF16") for name in ("area", "rooms", "age")]
    refused = _send(houses, {"inputs": inputs}, raw)
    assert (refused.status_code, "/inputs/2/data/0" in refused.text) == (422, True)
    answer = _send(houses, {"inputs": inputs}, raw[:4] + struct.pack("<f", 7.0)[2:])
    expected = houses.predict({"area": 50.5, "rooms": -3.0, "age": 7.0}).json()["predictions"]
    assert answer.json()["outputs"][0]["data"] == expected
    assert _send(houses, {"inputs": [_tensor("area", 4, "BF16"), *inputs[1:]]}, raw).status_code == 400


@pytest.mark.parametrize(
    ("inputs", "raw", "length", "status", "text"),
    [
        (THREE, ONE * 2, None, 400, "/inputs/2/parameters/binary_data_size"),
        (THREE, ONE * 4, None, 400, "more binary data"),
        (THREE, ONE * 3, "0", 400, "Inference-Header"),
        (THREE, ONE * 3, "-1", 400, "Inference-Header"),
        (THREE, ONE * 3, "9999", 400, "Inference-Header"),
        (THREE, ONE * 3, "20", 400, "cannot be read"),
        (THREE, ONE * 2 + struct.pack("<d", float("inf")), None, 422, "/inputs/2/data/0: not_finite"),
        (THREE, ONE * 2 + struct.pack("<d", float("nan")), None, 422, "/inputs/2/data/0: null"),
        ([*THREE[:2], _tensor("age", "8")], ONE * 3, None, 400, "number of bytes"),
        ([*THREE[:2], _tensor("age", True)], ONE * 3, None, 400, "number of bytes"),
        ([*THREE[:2], _tensor("age", 8, data=[1])], ONE * 3, None, 400, "twice"),
        ([*THREE[:2], _tensor("age", 8, "BYTES")], ONE * 3, None, 400, "fill its shape"),
        ([*THREE[:2], _tensor("age", 5, "BYTES")], ONE * 2 + b"\1\0\0\0x", None, 422, "/inputs/2/data/0: type"),
        ([*THREE[:2], _tensor("age", 5, "BYTES")], ONE * 2 + b"\1\0\0\0\xff", None, 400, "UTF-8"),
        ([*THREE[:2], _tensor("age", 5, "BYTES")], ONE * 2 + b"\xff\xff\xff\xffx", None, 400, "fill its shape"),
        ([*THREE[:2], _tensor("age", 1, "BOOL")], ONE * 2 + b"\1", None, 422, "/inputs/2/data/0: type"),
        ([*THREE[:2], _tensor("age", 8, parameters=[])], ONE * 3, None, 400, "/inputs/2/parameters"),
        ([*THREE[:2], _tensor("age", 0, shape=[3000])], ONE * 2, None, 413, "2000 rows"),
        ([*THREE[:2], _tensor("age", 8, shape=[1, 1, 1])], ONE * 3, None, 400, "/inputs/2/shape"),
    ],
)
def test_wrong_binary_bodies(
    service: Callable[[str], Running], inputs: Any, raw: bytes, length: str | None, status: int, text: str
) -> None:
    answer = _send(service("houses"), {"inputs": inputs}, raw, length)
    assert (answer.status_code, answer.json().keys()) == (status, {"error"}), answer.text
    assert text in answer.json()["error"]


@pytest.mark.parametrize(
    "more",
    [
        {"id": 5},
        {"id": "x" * 2_000},
        {"parameters": 5},
        {"parameters": {"binary_data_output": 1}},
        {"outputs": 5},
        {"outputs": [5]},
        {"outputs": [{"name": "other"}]},
        {"outputs": [{"name": ["price"]}]},
        {"outputs": [{"name": "price", "parameters": {"binary_data": "yes"}}]},
    ],
    ids=str,
)
def test_wrong_wishes(service: Callable[[str], Running], more: dict[str, Any]) -> None:
    answer = _send(service("houses"), {"inputs": THREE, **more}, ONE * 3)
    assert answer.status_code == 400, answer.text
    assert len(answer.content) < 1_000
