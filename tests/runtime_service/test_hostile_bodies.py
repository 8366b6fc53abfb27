"""Whatever a client sends is answered with a 4xx, quickly, and never echoed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtime_service.conftest import Running

GOOD = b'{"area": 1.0, "rooms": 2, "age": 3}'
KINDS = ["application/json", "text/csv", "application/x-ndjson", "application/x-www-form-urlencoded"]


@pytest.fixture(scope="module")
def houses(service: Callable[[str], Running]) -> Running:
    return service("houses")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"   ", 400),
        (b"{", 400),
        (GOOD[:-1], 400),
        (GOOD + b"x", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b"[" * 5000 + b"]" * 5000, 400),
        (b'"\xff"', 400),
        (b'{"area": "\\ud800", "rooms": 2, "age": 3}', 400),
        (b'{"area": 1, "area": 2, "rooms": 2, "age": 3}', 400),
        (b'{"area": 1, "rooms": 2, "age": 3, "age\\u003a": 3, "age": 4}', 400),
        (json.dumps({"area": 1, "rooms": 2, "age": 3}).encode("utf-16"), 400),
        (b"5", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"{}", 422),
        (b'{"records": 5}', 422),
        (b'{"records": [], "more": 1}', 422),
        (b"[[1, 2, 3]]", 422),
        (b"[null]", 422),
        (b'{"area": -0, "rooms": -0.0, "age": 3}', 200),
        (b'{"area": 1E2, "rooms": 2, "age": 3}', 200),
    ],
)
def test_bodies(houses: Running, body: bytes, status: int) -> None:
    answer = houses.send(body)
    assert answer.status_code == status, answer.text
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (GOOD, "text/plain", 415),
        (GOOD, "application/json; charset=latin-1", 415),
        (GOOD, "application/x-www-form-urlencoded", 415),
        (b"\x80\x04.", "application/octet-stream", 415),
        (b"", "text/csv", 400),
        (b'area,rooms,age\n"1,2,3\n', "text/csv", 400),
        (b"area,area,age\n1,2,3\n", "text/csv", 400),
        (b"area,rooms,age\n1,2\n", "text/csv", 400),
        (b"area,rooms,age\n1,2,\n", "text/csv", 422),
        (b"area,rooms,age\n1,2,inf\n", "text/csv", 422),
        (b"area,rooms,age\n1,2,1e400\n", "text/csv", 422),
        (b"area,rooms,age\n" + b"9" * 140_000 + b",2,3\n", "text/csv", 422),
        (b"area,rooms,age\n", "text/csv", 200),
        (b"", "application/x-ndjson", 200),
        (GOOD + b"\n{", "application/x-ndjson", 400),
        (b"args=gASVBQ", "application/x-www-form-urlencoded", 415),
        (b"json_args=%ff", "application/x-www-form-urlencoded", 400),
        (b"json_args=[", "application/x-www-form-urlencoded", 400),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 415),
        (b"junk", "multipart/form-data; boundary=x", 400),
        (b"", "multipart/form-data", 400),
    ],
)
def test_content_types(houses: Running, body: bytes, content_type: str, status: int) -> None:
    answer = houses.send(body, content_type)
    assert answer.status_code == status, answer.text
    if status == 415:
        assert "text/csv" in answer.headers["accept-post"] or "json_args" in answer.text


def test_routes_and_methods(houses: Running) -> None:
    client = houses.http
    assert client.get("/predict").status_code == 405
    assert client.get("/predict").headers["allow"] == "OPTIONS, POST"
    assert client.delete("/metrics").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/predict").status_code == 204
    assert client.head("/model").status_code == 200
    assert client.head("/model").content == b""
    assert client.get("/predict/").status_code == 404
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e%2fapp.py").status_code == 404
    assert client.get("/nowhere").headers["content-type"] == "application/problem+json"
    before = houses.metric('nbforge_requests_total{code="404",route="other"}')
    client.get("/one-more")
    assert houses.metric('nbforge_requests_total{code="404",route="other"}') == before + 1


def test_limits_of_bytes_and_rows(houses: Running) -> None:
    def rejected(reason: str) -> float:
        return houses.metric(f'nbforge_rejected_total{{reason="{reason}"}}')

    before = rejected("body_size"), rejected("rows")
    assert houses.send(b" " * 1_000_001).status_code == 413
    assert houses.send(b" " * 9_000_000).status_code == 413
    chunks = houses.http.post("/predict", content=(b" " * 100_000 for _ in range(15)))
    assert chunks.status_code == 413
    assert houses.predict([json.loads(GOOD)] * 2_000).status_code == 200
    assert houses.predict([json.loads(GOOD)] * 2_001).status_code == 413
    assert (rejected("body_size"), rejected("rows")) == (before[0] + 3, before[1] + 1)


def test_a_long_field_name_is_not_echoed_whole(houses: Running) -> None:
    answer = houses.predict({"area": 1, "rooms": 2, "age": 3, "x" * 500_000: 1})
    assert answer.status_code == 422
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n" + GOOD,
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n" + GOOD,
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n" + GOOD,
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
    ],
    ids=["longer than sent", "shorter than sent", "negative", "chunks", "TLS", "version"],
)
def test_lies_on_the_wire_leave_the_service_well(houses: Running, request_bytes: bytes) -> None:
    with socket.create_connection(("127.0.0.1", houses.port), timeout=5) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert not answer or b" 4" in answer.split(b"\r\n")[0]
    assert houses.send(GOOD).status_code == 200


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["area", "1e5"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["records", "area", "rooms", "age", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)
bodies = (
    st.binary(max_size=60)
    | values.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda at, junk: GOOD[:at] + junk + GOOD[at:], st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=3)
    )
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies, kind=st.sampled_from(KINDS))
def test_no_body_is_answered_with_a_server_error(houses: Running, body: bytes, kind: str) -> None:
    answer = houses.send(body, kind)
    assert answer.status_code in (200, 400, 413, 415, 422), (body, answer.text)
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"
