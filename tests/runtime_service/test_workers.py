"""Several workers behind one socket: exact metrics, replacement of the dead, one end for all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support import bundles
from tests.support.serving import free_port

WORKERS = 2
BODY = {"records": [{"area": 30.0, "rooms": 1, "age": 10}]}


class Workers:
    """A service with workers, as a process of its own."""

    def __init__(self, root: Path) -> None:
        self.port = free_port()
        settings = {
            "NBFORGE_PORT": str(self.port), "NBFORGE_WORKERS": str(WORKERS), "NBFORGE_DRAIN_SECONDS": "0.2",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, root / "service" / "app.py"], env=os.environ | settings, stderr=subprocess.DEVNULL
        )
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=20)

    def post(self) -> int:
        return httpx.post(f"{self.url}/predict", json=BODY, timeout=20).status_code

    def pids(self) -> set[int]:
        own = self.process.pid
        return set(map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split()))

    def metric(self, series: str) -> float:
        found = re.search(rf"^{re.escape(series)} (\S+)$", self.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    @staticmethod
    def until(holds: object, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if holds():  # type: ignore[operator]
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError("did not happen in time")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    service = Workers(bundles.build("houses", tmp_path / "bundle"))
    try:
        service.until(lambda: service.get("/health/ready").status_code == 200)
        yield service
    finally:
        service.process.kill()
        service.process.wait()


def test_counts_are_exact_over_workers_and_their_deaths(workers: Workers) -> None:
    first = workers.pids()
    assert len(first) == WORKERS
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: workers.post(), range(60))) == {200}
    assert workers.metric('nbforge_requests_total{code="200",route="/predict"}') == 60
    workers.until(lambda: workers.metric("nbforge_rows_total") == 60)
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    workers.until(lambda: len(workers.pids() - {victim}) == WORKERS)
    workers.until(lambda: workers.metric("nbforge_worker_restarts_total") == 1)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: workers.post(), range(40))) == {200}
    assert workers.metric('nbforge_requests_total{code="200",route="/predict"}') == 100
    assert workers.metric("nbforge_requests_in_progress") == 1, "the question itself"
    assert workers.get("/metrics").text.count("nbforge_model_info{") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_them_and_the_exit_code_is_0(workers: Workers, number: signal.Signals) -> None:
    children = workers.pids()
    workers.process.send_signal(number)
    assert workers.process.wait(20) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_workers_end_with_their_supervisor(workers: Workers) -> None:
    children = workers.pids()
    workers.process.kill()
    workers.process.wait()
    workers.until(lambda: not [pid for pid in children if _alive(pid)])


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:1]
    except OSError:
        return False
