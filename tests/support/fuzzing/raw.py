"""Mutated requests to a running service, and what is wrong with its answers."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.fuzzing.mutation import CANARY, mutated
from tests.support.fuzzing.seeds import Sent, good

LONGEST_SECONDS = 60.0
LONGEST_ANSWER = 2_000_000
_FAULT = 500


@dataclass(slots=True)
class Found:
    """What a run saw: answers by status, what was wrong, and resident memory (MiB) by requests sent."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory: dict[int, float] = field(default_factory=dict)
    slowest: float = 0.0


def run(host: str, port: int, cases: int, seed: int, process: int | None = None) -> Found:
    """Send ``cases`` mutated requests, the same ones for the same ``seed``.

    ``process``: the service's, whose memory is looked at.
    """
    fuzzer = _Fuzzer(host, port)
    source = random.Random(seed)
    found = Found()
    marks = {0, *(digit * 10**zeros for digit in (1, 2, 5) for zeros in range(3, 8))}
    for number in range(cases):
        if process is not None and number in marks:
            found.memory[number] = resident(process)
        sent = mutated(source, fuzzer.good)
        wrong = fuzzer.send(sent, found)
        if wrong:
            found.wrong.append(
                f"seed {seed}, case {number}: {wrong}\n{sent.method} {sent.path} {sent.headers}\n{sent.body[:2000]!r}"
            )
    if process is not None:
        found.memory[cases] = resident(process)
    return found


def resident(process: int) -> float:
    """A process's resident memory in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


def _quotes(body: bytes) -> bool:
    """Whether an answer holds a value that was sent. Pointers are made of names that were sent, ``id`` comes back."""
    if CANARY.encode() not in body:
        return False
    try:
        document = json.loads(body)
    except ValueError:
        return True
    if isinstance(document, dict):
        document.pop("id", None)
        for problem in (*document.get("errors", ()), *document.get("warnings", ())):
            problem.pop("pointer", None)
    return CANARY in json.dumps(document)


class _Fuzzer:
    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=LONGEST_SECONDS)
        self.good = good(self._json("/model"))
        self._document = self._json("/openapi.json")

    def _json(self, path: str) -> Any:
        self._connection.request("GET", path)
        return json.loads(self._connection.getresponse().read())

    def send(self, sent: Sent, found: Found) -> str:
        """Send a request; what is wrong with the answer, or nothing."""
        started = time.monotonic()
        try:
            self._connection.request(sent.method, sent.path, sent.body, dict(sent.headers))
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return f"no answer: {error!r}"
        seconds = time.monotonic() - started
        found.slowest = max(found.slowest, seconds)
        found.statuses[answer.status] += 1
        kind = (answer.getheader("content-type") or "").partition(";")[0]
        return self._judge(sent, answer.status, kind, body)

    def _judge(self, sent: Sent, status: int, kind: str, body: bytes) -> str:
        if status >= _FAULT:
            return f"{status}: {body[:500]!r}"
        if _quotes(body):
            return f"{status}: quotes what was sent: {body[:500]!r}"
        if len(body) > LONGEST_ANSWER:
            return f"{status}: an answer of {len(body)} bytes"
        declared = self._declared(sent)
        if status in (204, 405) and sent.method != "POST":
            return ""
        if str(status) not in declared:
            return f"{status} is not declared"
        if sent.method != "HEAD" and kind not in declared[str(status)]["content"]:
            return f"{status}: the content type {kind} is not declared"
        return ""

    def _declared(self, sent: Sent) -> Mapping[str, Any]:
        path = "/v2/models/{name}/infer" if sent.path.startswith("/v2") else sent.path
        return self._document["paths"][path]["post"]["responses"]  # type: ignore[no-any-return]
