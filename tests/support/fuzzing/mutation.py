"""Mutations of requests: of bytes, of JSON values, of headers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support.fuzzing.seeds import Sent

_TOO_MANY = 20_000
"""More rows than a request may have."""

_BIGGEST = 4_000_000
"""Bytes of a body; lists within lists grow fast."""

CANARY = "canary5f1e"
"""Stands among the values that are sent; no answer may quote it."""

_TOKENS: tuple[bytes, ...] = (
    *b'{ } [ ] , : " \' \\ \r\n \x00 \xff \xef\xbb\xbf \x1f\x8b [[[[[[[[ {"a":{"a": %ff args= \xe9 \xc3\xa9'.split(
        b" "
    ),
    *b"null true NaN Infinity -0 1e400 -1e-400 0x10 1_000 \\ud800 \\u0000".split(b" "),
    *b'"records": "columns": "data": "index": "inputs": "shape": "binary_data_size":'.split(b" "),
    *(b"args=", b"9" * 500, b"1" + b"0" * 20, b"\n"),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -0.0, 1.5, -1, 2**31, 2**53, 2**63, 2**64, 10**30, 1e308, -1e308, 5e-324, 1e39),
    *("", " ", "nan", "5", "true", "\x00", "\U0001f600", "a" * 5_000, CANARY, "P1D", "P99999999999D"),
    *("2020-02-30", "0001-01-01", "2262-04-12", "9999-12-31T23:59:59Z"),
    *([], {}, [[]], [1, 2], {"name": CANARY}, [None], float("nan"), float("inf")),
)
_TYPES = (
    *("application/json", "text/csv", "application/x-ndjson", "text/plain", "", "application/octet-stream", ";;;"),
    *("application/x-www-form-urlencoded", "application/vnd.apache.arrow.stream", "application/a+json", "a/b+json"),
    *(f"application/json; charset={name}" for name in ("utf-8", "utf-16", "latin-1", "x")),
    *(
        f"multipart/form-data; {rest}"
        for rest in ("", "boundary=", 'boundary="', "boundary=x", "boundary=" + 200 * "y")
    ),
)
_HEADERS: tuple[tuple[str, str], ...] = (
    *(("Content-Type", kind) for kind in _TYPES),
    *(("Content-Encoding", name) for name in ("gzip", "deflate", "br", "identity", "gzip, gzip", "x")),
    *(("Inference-Header-Content-Length", size) for size in ("0", "1", "99999", "-1", "x", "1e3", "9" * 30)),
    *(("Accept", "text/html"), ("Expect", "100-continue"), ("X-Request-Timeout-Ms", "x"), ("traceparent", "00-x")),
    *(("X-Request-Id", "y" * 300), ("Accept-Encoding", "gzip"), ("Range", "bytes=0-1"), ("Authorization", "Bearer x")),
)


def mutated(source: random.Random, good: list[Sent]) -> Sent:
    """A request that is not quite one of the good ones."""
    sent = source.choice(good)
    if source.random() < 0.6:
        sent = replace(sent, body=_values(source, sent.body))
    for _ in range(source.choice((0, 0, 0, 0, 1, 1, 2, 6))):
        sent = replace(sent, body=source.choice(_BYTES)(source, sent.body, source.choice(good).body))
    if source.random() < 0.25:
        name, value = source.choice(_HEADERS)
        sent = replace(sent, headers={**sent.headers, name: value})
    if source.random() < 0.05:
        sent = replace(sent, headers={key: value for key, value in sent.headers.items() if source.random() < 0.5})
    if source.random() < 0.03:
        sent = replace(sent, method=source.choice(("PUT", "GET", "DELETE", "PATCH", "OPTIONS", "HEAD")))
    return sent


def _values(source: random.Random, body: bytes) -> bytes:
    """A JSON body with some of its values replaced, left out or named otherwise; another body as it is."""
    try:
        value = json.loads(body)
    except ValueError:
        return body
    for _ in range(source.choice((1, 1, 2, 5))):
        value = _changed(source, value)
    return json.dumps(value).encode()


def _changed(source: random.Random, value: Any) -> Any:
    if not isinstance(value, (dict, list)) or not value or source.random() < 0.1:
        return source.choice(_VALUES)
    if isinstance(value, list):
        at = source.randrange(len(value))
        kind = source.randrange(10)
        if kind == 0:
            times = source.choice((2, max(1, _TOO_MANY // len(value))))
            return value * times if len(json.dumps(value)) * times < _BIGGEST else value[:1]
        middle = [] if kind < 3 else [_changed(source, value[at])]
        return [*value[:at], *middle, *value[at + 1 :]]
    name = source.choice(list(value))
    rest = {key: each for key, each in value.items() if key != name}
    other = source.choice((name[:-1], name + "x", name.upper(), "", "x" * 300, "records", "columns", "data"))
    return source.choice(
        ({**value, name: _changed(source, value[name])}, rest, {**rest, other: value[name]}, rest | {"e": 1})
    )


def _flip(source: random.Random, body: bytes, _: bytes) -> bytes:
    changed = bytearray(body or b"x")
    changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
    return bytes(changed)


def _insert(source: random.Random, body: bytes, _: bytes) -> bytes:
    at = source.randint(0, len(body))
    return body[:at] + source.choice(_TOKENS) * source.choice((1, 1, 1, 40)) + body[at:]


def _cut(source: random.Random, body: bytes, _: bytes) -> bytes:
    first, last = sorted(source.randint(0, len(body)) for _ in range(2))
    return body[:first] + body[last:]


def _truncate(source: random.Random, body: bytes, _: bytes) -> bytes:
    return body[: source.randint(0, len(body))]


def _repeat(source: random.Random, body: bytes, _: bytes) -> bytes:
    first, last = sorted(source.randint(0, len(body)) for _ in range(2))
    times = source.choice((2, 3, 20)) if len(body) < 10_000 else 2
    return body[:first] + body[first:last] * times + body[last:]


def _splice(source: random.Random, body: bytes, other: bytes) -> bytes:
    return body[: source.randint(0, len(body))] + other[source.randint(0, len(other)) :]


_BYTES: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (_flip, _insert, _cut, _truncate, _repeat, _splice)
