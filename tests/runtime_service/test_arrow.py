"""Arrow IPC, in a bundle that accepts it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.runtime_service.conftest import Running, Serve, running
from tests.support import bundles

STREAM, FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
RECORDS = [
    {"bill_length": 39.1, "body_mass": 3750, "island": "Torgersen", "banded": False},
    {"bill_length": None, "body_mass": 5000, "island": "Biscoe", "banded": True},
]


@pytest.fixture(scope="module")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from nbforge.runtime.settings import Settings

    contract, scoring, artifacts, entry = bundles.KINDS["penguins"]()
    root = tmp_path_factory.mktemp("arrow") / "penguins"
    manifest = {"entry": entry, "form": "estimator"}
    bundles.write(root, "penguins", contract | {"formats": ["arrow"]}, scoring, artifacts, manifest)
    with running(root, Settings(max_body_bytes=1_000_000, max_rows=2_000)) as started:
        yield started


def _stream(table: pa.Table, kind: str = STREAM, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    writer = pa.ipc.new_stream if kind == STREAM else pa.ipc.new_file
    with writer(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as open_writer:
        open_writer.write_table(table, max_chunksize=1)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _table(**columns: pa.Array) -> pa.Table:
    table = pa.Table.from_pylist(RECORDS)
    for name, column in columns.items():
        at = table.schema.get_field_index(name)
        table = table.append_column(name, column) if at < 0 else table.set_column(at, name, column)
    return table


def _codes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def test_streams_and_files_are_answered_as_records(penguins: Running) -> None:
    expected = penguins.predict(RECORDS).json()
    same = (
        _table(),
        pa.Table.from_pandas(pd.DataFrame(RECORDS)),
        _table(island=pa.array(["Torgersen", "Biscoe"]).dictionary_encode(), body_mass=pa.array([3750.0, 5000.0])),
        _table(island=pa.array(["Torgersen", "Biscoe"], pa.large_string()), year=pa.array([2007, 2008])),
        _table(bill_length=pa.array([39.1, None], pa.float64()), body_mass=pa.array([3750, 5000], pa.uint16())),
    )
    for table in same:
        for kind in (STREAM, FILE):
            assert penguins.send(_stream(table, kind), kind).json() == expected
    empty = penguins.send(_stream(_table().slice(0, 0)), STREAM)
    assert empty.json()["predictions"] == []


def test_problems_are_at_their_rows_and_columns(penguins: Running) -> None:
    wrong = _table(
        bill_length=pa.array([float("nan"), 1.0]), body_mass=pa.array(["x", None]), banned=pa.array([True, False])
    )
    assert _codes(penguins.send(_stream(wrong), STREAM)) == [
        ("/banned", "unknown_field"),
        ("/0/bill_length", "not_finite"),
        ("/0/body_mass", "type"),
        ("/1/body_mass", "null"),
    ]
    assert _codes(penguins.send(_stream(_table().drop(["island"])), STREAM)) == [("/island", "missing")]
    for odd in (
        pa.array([b"x", b"y"]),
        pa.array([{"a": 1}, None]),
        pa.array(["Torgersen", "Biscoe"], pa.string_view()),
        pa.array([1, 2], pa.decimal128(5)),
        pa.array([[None], []], pa.list_(pa.null())),
        pa.RunEndEncodedArray.from_arrays([2], ["Biscoe"]),
    ):
        assert _codes(penguins.send(_stream(_table(island=odd)), STREAM)) == [("/island", "type")]


def test_instants_and_durations(tmp_path: Path, serve: Serve) -> None:
    contract, scoring, artifacts, entry = bundles.KINDS["loan"]()
    manifest = {"entry": entry, "form": "function"}
    loan = serve(bundles.write(tmp_path / "l", "loan", contract | {"formats": ["arrow"]}, scoring, artifacts, manifest))
    day = dt.datetime(2025, 6, 1)  # noqa: DTZ001 - an instant without a zone is meant
    for column in (
        pa.array([day], pa.timestamp("s")),
        pa.array([day], pa.timestamp("ns")),
        pa.array([day.date()], pa.date32()),
        pa.array([day.date()], pa.date64()),
    ):
        table = pa.table({"amount": [1200.0], "months": np.array([12], "int8"), "start": column})
        assert loan.send(_stream(table), STREAM).json()["predictions"][0]["month"] == "2025-06"
    wrong = pa.table({"amount": [1200.0], "months": [12], "start": pa.array([5], pa.duration("s"))})
    assert _codes(loan.send(_stream(wrong), STREAM)) == [("/0/start", "type")]


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda: b"", 400),
        (lambda: b"ARROW1\0\0", 400),
        (lambda: _stream(_table())[:-200], 400),
        (lambda: _stream(_table(), compression="zstd"), 415),
        (lambda: _stream(_table(), FILE, compression="lz4"), 415),
        (lambda: _stream(_table(island=pa.array(["a" * 500] * 2).dictionary_encode()), compression="zstd"), 415),
        (lambda: _stream(pa.table({"x": pa.nulls(2_001)}), STREAM), 413),
        (lambda: _stream(pa.table([pa.array([1]), pa.array([1])], names=["x", "x"])), 400),
    ],
)
def test_what_is_no_arrow_or_too_much(penguins: Running, make: Callable[[], bytes], status: int) -> None:
    assert penguins.send(make(), STREAM).status_code == status


def test_damaged_streams_do_no_harm(penguins: Running) -> None:
    source = random.Random(0)
    good = [_stream(_table(), kind) for kind in (STREAM, FILE)]
    good.append(_stream(_table(island=pa.array(["Torgersen", "Biscoe"]).dictionary_encode())))
    for _ in range(400):
        body = bytearray(source.choice(good))
        for _ in range(source.choice((1, 1, 4, 16))):
            body[source.randrange(len(body))] = source.choice((0, 1, 127, 255, source.randrange(256)))
        assert penguins.send(bytes(body), STREAM).status_code in (200, 400, 413, 415, 422)
    assert penguins.send(good[0], STREAM).status_code == 200


def test_who_does_not_accept_it_says_what_is_accepted(service: Callable[[str], Running], penguins: Running) -> None:
    answer = service("penguins").send(_stream(_table()), STREAM)
    assert (answer.status_code, answer.headers["accept-post"]) == (
        415,
        "application/json, text/csv, application/x-ndjson",
    )
    assert penguins.send(b"", "text/plain").headers["accept-post"].endswith(f"{STREAM}, {FILE}")
    content = penguins.http.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert {STREAM, FILE} <= set(content)
