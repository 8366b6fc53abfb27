"""Serving a bundle in the foreground, the way its image does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from nbforge.bundle import manifest, process, verify
from nbforge.errors import ProofError, UsageError


def serve(directory: Path, host: str, port: int, ready: Callable[[str], None], workers: int | None = None) -> None:
    """Run the service until it ends or the caller is interrupted; then it drains and stops.

    Args:
        directory: the bundle; its digests are checked first.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        ready: called once with the service's address, when it is ready.
        workers: processes that serve; else what ``NBFORGE_WORKERS`` says.

    Raises:
        UsageError: the port is taken.
        ProofError: a digest does not match, or the service ended by itself.
    """
    bundle = manifest.load(directory)
    manifest.check_digests(bundle)
    _check_free(host, port)
    port = port or process.free_port()
    # There is no load balancer to tell: whoever stops it here wants it to stop.
    settings = {"NBFORGE_DRAIN_SECONDS": os.environ.get("NBFORGE_DRAIN_SECONDS", "0")}
    if workers is not None:
        settings["NBFORGE_WORKERS"] = str(workers)
    variables = process.environment_of(host, port, settings, keep_settings=True)
    running = process.start(process.command(bundle, verify.environment_of(bundle)), variables)
    try:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
        url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        if process.wait_ready(running, url):
            ready(url)
        code = running.wait()
    finally:
        process.stop(running)
    raise ProofError(
        f"the service of `{bundle.name}` ended by itself with exit code {code}.",
        remedy="Its own message is above.",
        code="service-ended",
        name=bundle.name,
    )


def _check_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            remedy="Choose another port with --port.",
            code="port-taken",
            name=str(port),
        ) from error
