"""Every shape and encoding of a body: what it means, where its problems are, and where it ends."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.runtime_service.conftest import Running

RECORDS = [{"area": 1.0, "rooms": 2, "age": 3}, {"area": 4, "rooms": 5.0, "age": 6}]
COLUMNS = ["age", "area", "rooms"]
DATA = [[3, 1.0, 2], [6, 4, 5.0]]
GOOD = json.dumps(RECORDS).encode()


@pytest.fixture(scope="module")
def houses(service: Callable[[str], Running]) -> Running:
    return service("houses")


def errors(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def test_every_shape_of_the_same_rows_has_the_same_answer(houses: Running) -> None:
    expected = houses.predict({"records": RECORDS}).json()
    split = {"columns": COLUMNS, "data": DATA}
    for body in (RECORDS, split, {**split, "index": [7, 8]}):
        assert houses.predict(body).json() == expected
    csv = b'\xef\xbb\xbfarea,"rooms",age\r\n\r\n1.0,2,3\r\n4,"5.0",6'
    assert houses.send(csv, "text/csv; charset=utf-8").json() == expected
    lines = b"\n" + b"\r\n".join(json.dumps(each).encode() for each in RECORDS) + b"\n \n"
    assert houses.send(lines, "application/x-ndjson").json() == expected
    assert houses.send(GOOD, "application/vnd.api+json").json() == expected
    assert houses.predict({"columns": COLUMNS, "data": []}).json()["predictions"] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"data": [[3, "x", 2], [6, 4, None]]}, [("/data/0/1", "type"), ("/data/1/2", "null")]),
        ({"columns": ["age", "area", "room"]}, [("/columns/2", "unknown_field"), ("/columns", "missing")]),
        ({"columns": COLUMNS[:2], "data": [[3, 1.0]]}, [("/columns", "missing")]),
        (
            {"data": [[3, 1.0], 5, [6, 4, 5.0, 7]]},
            [("/data/0", "missing"), ("/data/1", "type"), ("/data/2/3", "unknown_field")],
        ),
        ({"columns": "age"}, [("/columns", "type")]),
        ({"columns": [1, 2, 3]}, [("/columns", "type")]),
        ({"data": {}}, [("/data", "type")]),
    ],
)
def test_problems_of_split_columns(houses: Running, change: Any, expected: list[tuple[str, str]]) -> None:
    assert errors(houses.predict({"columns": COLUMNS, "data": DATA, **change})) == expected


def test_half_of_the_split_columns(houses: Running) -> None:
    assert errors(houses.predict({"columns": COLUMNS})) == [("/data", "missing")]
    assert houses.predict({"columns": ["age", "age"], "data": []}).status_code == 400
    assert ("/more", "unknown_field") in errors(houses.predict({"columns": COLUMNS, "data": DATA, "more": 1}))


def test_problems_of_a_csv_and_of_lines(houses: Running) -> None:
    csv = houses.send(b"area,rooms,aged\n1,2,3\nx,2,inf\n", "text/csv")
    assert errors(csv) == [("/aged", "unknown_field"), ("/age", "missing"), ("/1/area", "type")]
    assert "did you mean `age`" in csv.text
    lines = houses.send(b'{"area": 1, "rooms": 2}\n{"area": 1, "rooms": 2, "age": true}', "application/x-ndjson")
    assert errors(lines) == [("/0/age", "missing"), ("/1/age", "type")]


def test_all_problems_are_counted_and_the_first_thousand_told(houses: Running) -> None:
    answer = houses.predict([{"area": "x", "rooms": None}] * 1_000)
    document = answer.json()
    assert (len(document["errors"]), document["errors_total"]) == (1_000, 3_000)
    assert "3000 problems" in document["detail"]
    names = {f"unknown{i}": 1 for i in range(5_000)}
    document = houses.predict({**RECORDS[0], **names}).json()
    assert (len(document["errors"]), document["errors_total"]) == (1_000, 5_000)


def _raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", _raw),
        ("identity", bytes),
    ],
)
def test_compressed_bodies(houses: Running, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    def send(body: bytes) -> Any:
        return houses.http.post("/predict", content=body, headers={"content-encoding": encoding})

    assert send(pack(GOOD)).json() == houses.send(GOOD).json()
    assert send(pack(b" " * 1_000_001)).status_code == 413
    if pack is not bytes:
        assert send(pack(b" " * 20_000_000)).status_code == 413
        for broken in (b"", pack(GOOD)[:-1], pack(GOOD) + b"x", pack(GOOD) * 2, GOOD):
            assert send(broken).status_code == 400, broken[:20]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
def test_other_encodings_are_refused(houses: Running, encoding: str) -> None:
    answer = houses.http.post("/predict", content=GOOD, headers={"content-encoding": encoding})
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "gzip, deflate, identity"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"[" + b"{}," * 200_000 + b"{}]", "application/json", 413),
        (b"[" + b"0," * 400_000 + b"0]", "application/json", 413),
        (b'{"area": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 413),
        (b'{"area": 1, "rooms": 2, "age": 3, "note": "' + b"{[,]}\\\\" * 60_000 + b'"}', "application/json", 422),
        (b"[" * 400_000, "application/json", 400),
        (b"{}\n" * 200_000, "application/x-ndjson", 413),
        (b"\n" * 900_000, "application/x-ndjson", 200),
        (b"area,rooms,age\n" + b"1,2,3\n" * 100_000, "text/csv", 413),
        (b"area,rooms,age\n" + b"\n" * 900_000, "text/csv", 413),
        (b"," * 900_000, "text/csv", 400),
        (b"json_args=[" + b"[]," * 200_000 + b"[]]", "application/x-www-form-urlencoded", 413),
    ],
    ids=str,
)
def test_bodies_that_would_grow_are_refused_before(houses: Running, body: bytes, kind: str, status: int) -> None:
    assert houses.send(body, kind).status_code == status


def test_a_long_text_in_a_csv(service: Callable[[str], Running]) -> None:
    words = service("words")
    answer = words.send(b'text\n"' + b"win money " * 30_000 + b'"\n', "text/csv")
    assert answer.json()["predictions"] == ["spam"]
