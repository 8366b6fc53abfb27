"""A load generator of one process: requests at fixed or random times whatever the answers (open loop), or as many at a
time as there are connections (closed loop).

    python -m benchmarks.serving.generator URL BODIES --seconds S (--rate R | --closed) [--connections N] [--fixed]

``BODIES`` is a JSON list of texts, sent in turn. An open loop measures from the moment a request was due, so that
waiting for a connection counts. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

_TICK = 0.001
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back; times in seconds. ``broken`` connections ended before their answer, ``late`` ones had none."""

    offered: int
    statuses: dict[int, int]
    broken: int
    late: int
    seconds: float
    p50: float
    p99: float
    refused_p99: float

    @property
    def accepted(self) -> float:
        """Answers of 200 in a second."""
        return self.statuses.get(200, 0) / self.seconds


class Load:
    """The requests of one run."""

    def __init__(self, bodies: list[bytes], host: str, path: str) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: "
        self._requests = [head.encode() + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]
        self.idle: deque[Connection] = deque()
        self.due: deque[float] = deque()
        self.times: dict[int, list[float]] = {}
        self.statuses: Counter[int] = Counter()
        self.offered = self.broken = self.open = 0
        self.closed_loop = False
        self.running = True

    def send(self, due: float) -> None:
        """Send on the connection that has been free longest, as from clients who each ask now and then; if none is, on
        the first that becomes so.
        """
        if self.idle:
            self.idle.popleft().send(self._requests[self.offered % len(self._requests)], due)
            self.offered += 1
        else:
            self.due.append(due)

    def free(self, connection: Connection) -> None:
        """A connection has its answer."""
        self.idle.append(connection)
        if self.closed_loop and self.running:
            self.send(time.perf_counter())
        elif self.due:
            self.send(self.due.popleft())

    def answered(self, status: int, due: float) -> None:
        """Note an answer."""
        self.statuses[status] += 1
        self.times.setdefault(status, []).append(time.perf_counter() - due)


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load, self._due, self._buffer = load, 0.0, b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        self._load.open += 1
        self._load.free(self)

    def send(self, request: bytes, due: float) -> None:
        """Send one request."""
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self._buffer = data = self._buffer + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(data, 0, end + 2)
        if length is None or len(data) < end + 4 + int(length[1]):
            return
        self._buffer = b""
        due, self._due = self._due, 0.0
        self._load.answered(int(data[9:12]), due)
        self._load.free(self)

    def connection_lost(self, _: Exception | None) -> None:
        """See asyncio."""
        self._load.open -= 1
        if self._due:
            self._load.broken += 1
        elif self in self._load.idle:
            self._load.idle.remove(self)


async def run(url: str, bodies: list[bytes], options: argparse.Namespace) -> Seen:
    """Load the service."""
    parts = urlsplit(url)
    load = Load(bodies, parts.netloc, parts.path)
    loop = asyncio.get_running_loop()
    for _ in range(options.connections):
        await loop.create_connection(lambda: Connection(load), str(parts.hostname), int(parts.port or 80))
    started = time.perf_counter()
    end = started + options.seconds
    if options.closed:
        load.closed_loop = True
        for _ in range(options.connections):
            load.send(time.perf_counter())
        await asyncio.sleep(options.seconds)
    else:
        await _arrivals(load, options, started, end)
    load.running = False
    seconds = time.perf_counter() - started
    waited = time.perf_counter()
    while len(load.idle) < load.open and time.perf_counter() - waited < _PATIENCE:  # noqa: ASYNC110 - no hot path
        await asyncio.sleep(0.01)
    good = sorted(load.times.get(200, ()))
    refused = sorted(each for status, times in load.times.items() if status != 200 for each in times)
    late = load.open - len(load.idle)
    return Seen(
        load.offered,
        dict(load.statuses),
        load.broken,
        late,
        seconds,
        _at(good, 0.5),
        _at(good, 0.99),
        _at(refused, 0.99),
    )


async def _arrivals(load: Load, options: argparse.Namespace, started: float, end: float) -> None:
    draw = random.Random(1)
    due = started
    while due < end:
        now = time.perf_counter()
        while due <= now and due < end:
            load.send(due)
            due += 1 / options.rate if options.fixed else draw.expovariate(options.rate)
        await asyncio.sleep(_TICK)


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> int:
    """Load and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--closed", action="store_true")
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    bodies = [each.encode() for each in json.loads(options.bodies.read_text("utf-8"))]
    print(json.dumps(asdict(uvloop.run(run(options.url, bodies, options)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
