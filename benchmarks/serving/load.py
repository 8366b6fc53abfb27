"""Load by wrk, pinned to a core of its own; and a service, pinned to another."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.serving import free_port

SERVER_CORE, LOAD_CORE = 0, 1
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw; times in seconds. ``failed`` counts answers other than 2xx and broken connections."""

    rate: float
    p50: float
    p99: float
    failed: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running service: where, seconds until its first answer, MiB of memory of all its processes (PSS)."""

    url: str
    pid: int
    start: float

    @property
    def memory(self) -> float:
        """Proportional set size of the process and its children, MiB.

        Raises:
            ServingError: it has ended.
        """
        return sum(_pss(pid) for pid in _family(self.pid)) / 1024


class ServingError(Exception):
    """A service ended, refused the request, did not answer or answered wrongly."""


@contextmanager
def serving(command: Sequence[str | Path], environment: Mapping[str, str], body: bytes, path: str) -> Iterator[Server]:
    """Start a service and wait for its first answer to ``body``; ``{port}`` in the command is its port. What it prints
    is shown where it does not answer.

    Raises:
        ServingError: see there.
    """
    port = free_port()
    ports = {name: str(port) for name in ("PORT", "NBFORGE_PORT", "MLSERVER_HTTP_PORT")}
    ports |= {name: str(free_port()) for name in ("MLSERVER_GRPC_PORT", "MLSERVER_METRICS_PORT")}
    with tempfile.TemporaryFile() as printed:
        started = time.perf_counter()
        process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *(str(each).replace("{port}", str(port)) for each in command)],
            env={**os.environ, **ports, "NBFORGE_LOG_LEVEL": "error", "NBFORGE_DRAIN_SECONDS": "0", **environment},
            stdout=printed,
            stderr=printed,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}{path}"
            first = _first_answer(process, url, body)
            yield Server(url, process.pid, first - started)
        except ServingError as error:
            printed.seek(0)
            raise ServingError(f"{error}\n{_last_line(printed.read().decode(errors='replace'))}".strip()) from error
        finally:
            _end(process)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and those that it started, which are a group of their own."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def load(server: Server, bodies: Sequence[bytes], connections: int, seconds: int) -> Load:
    """POST ``bodies`` in turn over ``connections`` that stay open.

    Raises:
        ServingError: nothing was answered.
    """
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "post.lua"
        quoted = ",\n".join(_lua(body) for body in bodies)
        script.write_text(
            f"local bodies = {{{quoted}}}\nlocal at = 0\n"
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            "request = function()\n  at = at % #bodies + 1\n  return wrk.format(nil, nil, nil, bodies[at])\nend\n"
        )
        done = subprocess.run(
            ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
             "--timeout", "30s", "-s", script, server.url],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise ServingError(f"wrk ended with {done.returncode}: {done.stderr.strip()}")
    return _read(done.stdout)


def ask(server: Server, body: bytes) -> Any:
    """The answer to one body.

    Raises:
        ServingError: there is none, or it is no JSON.
    """
    try:
        with urllib.request.urlopen(_request(server.url, body), timeout=60) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise ServingError(f"{server.url}: {error}") from error


def _request(url: str, body: bytes) -> urllib.request.Request:
    return urllib.request.Request(url, body, {"Content-Type": "application/json"})


def _first_answer(process: subprocess.Popen[bytes], url: str, body: bytes) -> float:
    """When it came."""
    request = _request(url, body)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServingError(f"the service ended with {process.returncode}")
        try:
            with urllib.request.urlopen(request, timeout=10):
                return time.perf_counter()
        except urllib.error.HTTPError as error:
            if error.code not in (404, 503):
                raise ServingError(f"{error.code} {error.read()[:500]!r}") from error
        except OSError:
            pass
        time.sleep(0.005)
    raise ServingError(f"{url} did not answer within {_PATIENCE} s")


def _lua(body: bytes) -> str:
    return "[==[" + body.decode() + "]==]"


def _read(text: str) -> Load:
    def seconds(pattern: str) -> float:
        found = re.search(pattern + r"\s+([\d.]+)(us|ms|s|m)\b", text)
        if not found:
            raise ServingError(f"nothing was answered; wrk said: {' '.join(text.split())}")
        return float(found[1]) * _UNITS[found[2]]

    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = (int(bad[1]) if bad else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Load(float(rate[1]) if rate else 0.0, seconds("50%"), seconds("99%"), failed)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError as error:
        raise ServingError("the service ended under load") from error
    return [pid, *(each for child in children for each in _family(int(child)))]


def _pss(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0
