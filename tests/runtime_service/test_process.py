"""The start script: what an operator and an orchestrator see."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from nbforge.runtime import settings
from nbforge.runtime.logwriter import MOST_LINES
from scripts import settings_reference
from tests.support import bundles
from tests.support.serving import free_port, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]

SLOW = """import time


def predict(x: float):
    time.sleep(x)
    return x
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundles.of_a_number(tmp_path_factory.mktemp("process") / "slow", SLOW)


def start(
    root: Path, *arguments: str, python: Sequence[str] = (sys.executable,), **variables: str
) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NBFORGE_", "PYTHON"))}
    command = [*python, "-B", "-s", str(root / "service" / "app.py"), *arguments]
    return subprocess.Popen(
        command, env={**kept, **variables}, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        _, errors = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, errors


@contextlib.contextmanager
def running(root: Path, *python: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, its address, and its log so far. ``python``: the command that runs a script, if another."""
    process = start(root, python=python or (sys.executable,), NBFORGE_PORT="0", **variables)
    assert process.stderr is not None
    log: list[str] = []
    try:
        for line in process.stderr:
            log.append(line)
            if json.loads(line).get("event") == "listening":
                break
        else:
            raise AssertionError("".join(log))
        reader = threading.Thread(target=lambda: log.extend(process.stderr or ()))
        reader.start()
        yield process, f"http://127.0.0.1:{json.loads(line)['port']}", log
        process.wait(30)
        reader.join()
    finally:
        process.kill()


def test_terminating_lets_requests_finish_and_new_ones_in_until_the_drain_is_over(bundle: Path) -> None:
    with running(bundle, NBFORGE_DRAIN_SECONDS="1.5") as (process, url, log):
        port = url.rsplit(":", 1)[1]
        health = start(bundle, "--health", NBFORGE_PORT=port)
        assert finish(health)[0] == 0
        answers: list[httpx.Response] = []
        slow = threading.Thread(target=lambda: answers.append(httpx.post(f"{url}/predict", json={"x": 2.2})))
        slow.start()
        time.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert httpx.get(f"{url}/health/ready").status_code == 503
        late = httpx.get(f"{url}/health/live")
        assert (late.status_code, late.headers["connection"]) == (200, "close")
        slow.join()
        assert answers[0].json()["predictions"] == [2.2]
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in log] == ["ready", "listening", "drain"]
    assert finish(start(bundle, "--health", NBFORGE_PORT=port))[0] == 1


def test_a_stop_while_the_model_is_loaded_is_heard(tmp_path: Path) -> None:
    code = "import time\n\ntime.sleep(100)\n\n\ndef predict(x: float):\n    return x\n"
    process = start(bundles.of_a_number(tmp_path / "late", code))
    try:
        end = time.monotonic() + 30
        while not _handles(process.pid, signal.SIGTERM) and time.monotonic() < end:
            time.sleep(0.02)
        process.terminate()
        code_of_exit, said = finish(process)
    finally:
        process.kill()
    assert (code_of_exit, said) == (0, "")


def _handles(process: int, number: signal.Signals) -> bool:
    caught = re.findall(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{process}/status").read_text("ascii"), re.MULTILINE)[0]
    return bool(int(caught, 16) >> (number - 1) & 1)


def test_a_changed_byte_stops_the_start_naming_the_file(bundle: Path, tmp_path: Path) -> None:
    root = tmp_path / "changed"
    shutil.copytree(bundle, root)
    with (root / "contract.json").open("a") as file:
        file.write(" ")
    code, errors = finish(start(root))
    assert code == 1
    assert re.fullmatch(r"nbforge: contract\.json has changed .*\n", errors)


def test_wrong_settings_are_all_named_in_one_message(bundle: Path) -> None:
    code, errors = finish(start(bundle, NBFORGE_PORT="x", NBFORGE_MAX_ROWS="0", NBFORGE_LOG_LEVL="debug"))
    assert code == 2
    assert errors.count("\n") == 1
    for part in ("NBFORGE_PORT", "NBFORGE_MAX_ROWS", "did you mean NBFORGE_LOG_LEVEL?"):
        assert part in errors


def test_a_library_whose_threads_do_not_survive_a_fork_gets_one_worker(tmp_path: Path) -> None:
    root = bundles.of_a_number(
        tmp_path / "jax", "import jax.numpy as jnp\n\n\ndef predict(x: float):\n    return float(jnp.sin(x))\n"
    )
    code, errors = finish(start(root, NBFORGE_PORT=str(free_port()), NBFORGE_WORKERS="2"))
    assert code == 2
    assert "jax serves with one worker only" in errors


def test_a_runtime_from_elsewhere_is_refused(bundle: Path, tmp_path: Path) -> None:
    root = tmp_path / "bare"
    shutil.copytree(bundle, root)
    shutil.rmtree(root / "service" / "nbforge")
    code, errors = finish(start(root))
    assert code == 1
    assert "not from this bundle" in errors or "No module named 'nbforge'" in errors


def test_a_port_that_is_taken_is_said_and_ends_the_process(bundle: Path) -> None:
    with running(bundle, NBFORGE_DRAIN_SECONDS="0") as (process, url, _):
        code, errors = finish(start(bundle, NBFORGE_PORT=url.rsplit(":", 1)[1]))
        assert code != 0
        assert "address already in use" in errors
        process.terminate()


def test_the_reference_lists_every_setting() -> None:
    assert (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8") == settings_reference.render()
    assert settings.read({}) == settings.Settings()
    assert settings.read({"NBFORGE_MAX_ROWS": "50000"}).max_queue_rows == 100_000
    with pytest.raises(settings.SettingsError, match="at least NBFORGE_MAX_ROWS"):
        settings.read({"NBFORGE_MAX_ROWS": "500", "NBFORGE_MAX_QUEUE_ROWS": "400"})


def test_a_log_that_nobody_reads_holds_nobody_up(bundle: Path) -> None:
    process = start(bundle, NBFORGE_PORT="0", NBFORGE_ACCESS_LOG="on")
    assert process.stderr is not None
    try:
        port = next(line["port"] for line in map(json.loads, process.stderr) if line.get("event") == "listening")
        ask = b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n" * 100
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            for _ in range(MOST_LINES // 100 + 10):
                client.sendall(ask)
                seen = 0
                while seen < 100:
                    seen += client.recv(1 << 16).count(b"HTTP/1.1 200")
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        assert float(re.findall(r"^nbforge_log_lines_dropped_total (.+)$", metrics, re.MULTILINE)[0]) > 0
        process.terminate()
        code, rest = finish(process)
    finally:
        process.kill()
    assert code == 0
    lines = [json.loads(line) for line in rest.splitlines()]
    assert len(lines) >= MOST_LINES, "what had found room is written"


def test_without_standard_error_it_serves_all_the_same(bundle: Path) -> None:
    port = free_port()
    python = ["sh", "-c", 'exec "$0" "$@" 2>&-', sys.executable]
    process = start(bundle, python=python, NBFORGE_PORT=str(port), NBFORGE_DRAIN_SECONDS="0", NBFORGE_ACCESS_LOG="on")
    try:
        wait_until_ready(f"http://127.0.0.1:{port}")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            for _ in range(3):
                assert http.get("/health/live").json() == {"status": "live"}
        process.terminate()
        assert finish(process)[0] == 0
    finally:
        process.kill()


def test_few_open_files_are_fewer_connections(bundle: Path) -> None:
    limited = ["sh", "-c", 'ulimit -n 250; exec "$0" "$@"', sys.executable]
    with running(bundle, *limited, NBFORGE_DRAIN_SECONDS="0") as (process, url, log), contextlib.ExitStack() as stack:
        port = int(url.rsplit(":", 1)[1])
        assert "At most 58 connections" in "".join(log)
        for _ in range(58):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        assert httpx.get(f"{url}/health/live", timeout=30).status_code == 200
        assert httpx.get(f"{url}/metrics", timeout=30).status_code == 503
        stack.close()
        process.terminate()
    assert process.returncode == 0


def test_what_others_log_of_requests_is_kept_out(bundle: Path) -> None:
    fields = {"content-type": "multipart/form-data; boundary=x"}
    with running(bundle, NBFORGE_DRAIN_SECONDS="0") as (process, url, log):
        assert httpx.post(f"{url}/predict", content=b"no boundary here", headers=fields).status_code == 400
        process.terminate()
    assert {json.loads(line)["logger"] for line in log} == {"nbforge.service"}
