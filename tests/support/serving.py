"""A running service, asked over HTTP."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from tests.support.cli import Nbforge

START_SECONDS = 60.0


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, alive: subprocess.Popen[str] | None = None, seconds: float = START_SECONDS) -> None:
    """Return once ``/health/ready`` answers 200; fail when the process ends or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if alive is not None and alive.poll() is not None:
            raise AssertionError(f"the service ended with {alive.returncode}: {alive.communicate()[1]}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} was not ready within {seconds:.0f} s")


@contextlib.contextmanager
def serve(bundle: Path, env: Mapping[str, str] | None = None) -> Iterator[httpx.Client]:
    """``nbforge serve`` of a bundle on a free port, until the end of the block; a clean exit is part of the check.
    ``env`` is added to the test's own environment.
    """
    with serving_process(bundle, env) as (_, url), httpx.Client(base_url=url, timeout=30) as client:
        yield client


@contextlib.contextmanager
def serving_process(bundle: Path, env: Mapping[str, str] | None = None) -> Iterator[tuple[int, str]]:
    """The same: the id of the process that serves, and its address."""
    port = free_port()
    process = Nbforge(bundle.parent, env).start("serve", bundle, "--port", str(port))
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process)
        yield _serving(process.pid), url
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode in {0, 130}, errors
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _serving(parent: int) -> int:
    """The child of ``nbforge serve`` that serves, where the system can tell."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
        return int(children[0]) if children else parent
    return parent
