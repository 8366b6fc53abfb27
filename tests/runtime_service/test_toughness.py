"""A service as a process: it ends without losing a request, and says that it lives while its model holds the lock."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.runtime_service.test_process import running
from tests.support import bundles

CLIENTS = 8
BODY = {"area": 30.0, "rooms": 1.0, "age": 10.0}
HOLDER = """import re


def predict(x: float):
    re.match(r"(a|aa)+$", "a" * int(x) + "b")
    return x
"""


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundles.build("houses", tmp_path_factory.mktemp("houses") / "bundle")


class Clients:
    """Ask until nobody listens any more; a new connection for each request of every other client."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: Counter[str] = Counter()
        self.threads = [threading.Thread(target=self._ask, args=(number % 2 == 0,)) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _ask(self, keeps: bool) -> None:
        with httpx.Client(base_url=self.url, timeout=30) as http:
            while True:
                fields = {} if keeps else {"connection": "close"}
                try:
                    self.seen[str(http.post("/predict", json=BODY, headers=fields).status_code)] += 1
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    return
                except httpx.HTTPError as error:
                    self.seen[type(error).__name__] += 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_terminating_in_mid_load_fails_no_request(houses: Path, workers: str) -> None:
    with running(houses, NBFORGE_DRAIN_SECONDS="0.4", NBFORGE_WORKERS=workers) as (process, url, _):
        clients = Clients(url)
        time.sleep(0.8)
        # A connection that was made and has not asked yet when the listener closes.
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as late:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            late.sendall(b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n")
            assert late.recv(4096).startswith(b"HTTP/1.1 200")
        for thread in clients.threads:
            thread.join(30)
    assert process.returncode == 0
    assert set(clients.seen) == {"200"}


def test_a_killed_worker_fails_only_what_it_had_under_way(houses: Path) -> None:
    with running(houses, NBFORGE_DRAIN_SECONDS="0.4", NBFORGE_WORKERS="2") as (process, url, log):
        clients = Clients(url)
        time.sleep(0.8)
        victim = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        ready = _count(log, "ready")
        os.kill(victim, signal.SIGKILL)
        end = time.monotonic() + 30
        while _count(log, "ready") == ready and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.5)
        process.terminate()
        for thread in clients.threads:
            thread.join(30)
    assert _count(log, "ready") == ready + 1
    answered = clients.seen.pop("200")
    assert clients.seen.total() <= CLIENTS
    assert set(clients.seen) <= {"RemoteProtocolError", "ReadError", "WriteError"}
    assert answered > 10 * CLIENTS


def _count(log: list[str], event: str) -> int:
    return sum(json.loads(line).get("event") == event for line in list(log))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_is_alive_while_the_model_holds_the_lock(tmp_path: Path, workers: str) -> None:
    root = bundles.of_a_number(tmp_path / "holder", HOLDER)
    length = _length_that_takes(1.5)
    settings = {"NBFORGE_DRAIN_SECONDS": "0", "NBFORGE_MAX_WAIT_SECONDS": "100"}
    with running(root, NBFORGE_WORKERS=workers, **settings) as (process, url, _):
        answers: list[int] = []

        def ask(method: str, path: str, **more: Any) -> None:
            answers.append(httpx.request(method, url + path, timeout=60, **more).status_code)

        row = {"json": {"x": length}}
        busy = [threading.Thread(target=ask, args=("POST", "/predict"), kwargs=row) for _ in range(2 * int(workers))]
        for thread in busy:
            thread.start()
        time.sleep(0.7)
        ready = threading.Thread(target=ask, args=("GET", "/health/ready"))
        ready.start()
        assert httpx.get(f"{url}/health/live", timeout=30).json() == {"status": "live"}
        assert httpx.get(f"{url}/v2/health/live", timeout=30).json() == {"live": True}
        assert not answers, "the model was still at it"
        for thread in (*busy, ready):
            thread.join()
        assert set(answers) == {200}, "what was handed over is answered by the worker"
        process.terminate()
    assert process.returncode == 0


def _length_that_takes(seconds: float) -> int:
    """How long the text has to be on this machine."""
    scope: dict[str, object] = {}
    exec(HOLDER, scope)
    length = 20
    while True:
        started = time.process_time()
        scope["predict"](length)  # type: ignore[operator]
        if time.process_time() - started > seconds / 20:
            break
        length += 1
    spent = time.process_time() - started
    while spent < seconds:
        spent, length = spent * 1.6, length + 1
    return length


def test_the_companion_ends_with_its_service(houses: Path) -> None:
    with running(houses) as (process, _, _):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) == 1
        process.kill()
        process.wait()
        end = time.monotonic() + 10
        while time.monotonic() < end and _alive(int(children[0])):
            time.sleep(0.05)
        assert not _alive(int(children[0]))


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z" and os.getpid() != pid
    return False
