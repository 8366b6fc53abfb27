"""A bundle's service as a process of its own, in an environment that holds the lock and nothing else."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from nbforge.bundle.client import Client, UnreachableError
from nbforge.errors import ProofError
from nbforge.values import Bundle, Environment

READY_SECONDS: Final = 120.0
_STOP_SECONDS = 10.0
_LOG_CHARACTERS = 4000
_PR_SET_PDEATHSIG = 1
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it answers, and the process."""

    url: str
    process: subprocess.Popen[bytes]


def environment_of(host: str, port: int, settings: Mapping[str, str], keep_settings: bool = False) -> dict[str, str]:
    """The variables of a service's process.

    Nothing of the caller's Python gets in: no search paths, no user site. Its own ``NBFORGE_`` settings only where
    an operator may set them (``keep_settings``), so that a proof does not depend on who runs it.
    """
    ours = ("NBFORGE_", "S2I_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and (keep_settings or not name.startswith(ours))
    }
    return {**kept, "NBFORGE_HOST": host, "NBFORGE_PORT": str(port), **settings}


def command(bundle: Bundle, environment: Environment) -> list[str]:
    """The bundle's own start: ``service/`` comes first on the path because ``app.py`` lies in it."""
    return [str(environment.python), "-B", "-s", str(bundle.directory / "service" / "app.py")]


@contextmanager
def running(bundle: Bundle, environment: Environment, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """The service on a free loopback port, ready; stopped at the end, and with this process if that is killed.

    Raises:
        ProofError: it does not start; the detail holds the end of its log.
    """
    with tempfile.TemporaryFile() as log:
        for attempt in range(1, _TRIES + 1):
            port = free_port()
            process = start(
                command(bundle, environment),
                environment_of("127.0.0.1", port, {"NBFORGE_DRAIN_SECONDS": "0", **(settings or {})}),
                log.fileno(),
            )
            try:
                if wait_ready(process, f"http://127.0.0.1:{port}"):
                    yield Service(f"http://127.0.0.1:{port}", process)
                    return
            finally:
                stop(process)
            text = _tail(log.fileno())
            if attempt == _TRIES or "in use" not in text:
                raise _not_started(bundle, text)


def start(arguments: list[str], variables: Mapping[str, str], log: int | None = None) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, also when this one is killed; ``log`` is where its output goes."""
    return subprocess.Popen(
        arguments,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=_dies_with_parent(),  # noqa: PLW1509 - one system call, made before any thread of the child exists
        start_new_session=True,  # a terminal's Ctrl-C is for us; the service is then told to stop
    )


def stop(process: subprocess.Popen[bytes]) -> int:
    """End the process gracefully, then by force; returns its exit code."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_STOP_SECONDS)
        process.kill()
    return process.wait()


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_ready(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the service is ready; false when it ends before that, or takes longer than anything should."""
    end = time.monotonic() + READY_SECONDS
    with Client(url) as client:
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(UnreachableError):
                if client.get("/health/ready").status == 200:
                    return True
            time.sleep(0.02)
    return False


def _tail(log: int) -> str:
    size = os.fstat(log).st_size
    return os.pread(log, _LOG_CHARACTERS, max(0, size - _LOG_CHARACTERS)).decode("utf-8", "replace").strip()


def _not_started(bundle: Bundle, log: str) -> ProofError:
    last = log.splitlines()[-1] if log else "it said nothing"
    return ProofError(
        f"the service of `{bundle.name}` does not start with only the lock installed: {last}",
        remedy="Below is the service's log; what scoring imports late has to be imported in a cell that it takes.",
        code="service-start",
        name=bundle.name,
        detail=log,
    )


@functools.cache
def _dies_with_parent() -> Callable[[], None] | None:
    """What makes the kernel end a child whose parent is gone; only Linux has it."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
