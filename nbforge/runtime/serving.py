"""Running a bundle's service: start, health check, graceful end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from nbforge.runtime import connections, logs, settings
from nbforge.runtime.errors import BundleError
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.service import ScoringApp, create_app, settle
from nbforge.runtime.supervisor import Supervisor

_HEALTH_SECONDS = 5
_SWEEP_SECONDS = 0.5
_SWITCH_SECONDS = 0.001
"""How long a thread may keep Python's lock while another waits: a model in pure Python must not hold up the event loop.
"""
_SPARE_FILES = 128
"""Files that are open beside connections."""
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound


class Server(uvicorn.Server):
    """uvicorn that drains: SIGTERM turns readiness off, and the listener closes ``drain_seconds`` later. SIGINT does
    not wait.
    """

    def __init__(self, config: uvicorn.Config, app: ScoringApp, drain_seconds: float, life: int | None = None) -> None:
        super().__init__(config)
        self._app, self._drain_seconds, self._life = app, drain_seconds, life
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """See uvicorn; remembers the loop for the signal handler, and says where the service listens."""
        self._loop = asyncio.get_running_loop()
        if self._life is not None:
            self._loop.add_reader(self._life, self._orphaned, self._life)
        await super().startup(sockets=sockets)  # type: ignore[arg-type]
        self._sweep()
        for listener in (each for server in self.servers for each in server.sockets):
            host, port = listener.getsockname()[:2]
            logs.LOGGER.info("Listening.", extra={"event": "listening", "host": host, "port": port})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Begin to stop; a second signal stops at once. Unlike uvicorn's own, the exit code stays 0."""
        if sig != signal.SIGTERM or self._app.service.front.draining or self._loop is None or not self._drain_seconds:
            self._app.service.front.draining = True
            self.should_exit = True
            return
        self._app.service.drain()
        self._loop.call_soon_threadsafe(self._loop.call_later, self._drain_seconds, self._stop)

    def _sweep(self) -> None:
        """Look for connections whose time is over."""
        now = time.monotonic()
        for connection in list(self.server_state.connections):
            connection.overdue(now)  # type: ignore[union-attr]  # of connections.of()
        if self._loop is not None:
            self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    def _stop(self) -> None:
        self.should_exit = True

    def _orphaned(self, life: int) -> None:
        """The supervisor is gone, however it ended."""
        asyncio.get_running_loop().remove_reader(life)
        self._app.service.front.draining = True
        self._stop()


def main(root: Path, arguments: Sequence[str]) -> int:
    """Serve the bundle at ``root``, or with ``--health`` ask the service that runs beside this process.

    Returns:
        The exit code: 0 after a graceful end or when healthy; 1 when not healthy, when the port is taken or
        the bundle is damaged; 2 for wrong settings.
    """
    try:
        configured = settings.read(os.environ)
    except settings.SettingsError as error:
        _say(str(error))
        return 2
    if list(arguments) == ["--health"]:
        return 0 if healthy(configured) else 1
    if arguments:
        _say("app.py takes no argument but --health; settings are environment variables.")
        return 2
    logs.configure(configured.log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    _allow_files(configured.max_connections + _SPARE_FILES)
    try:
        app = create_app(root, configured, Ledger(configured.workers))
    except BundleError as error:
        _say(str(error))
        return 1
    try:
        return _run(app, configured) if configured.workers == 1 else _supervise(app, configured)
    except SystemExit as error:
        # uvicorn exits by itself when it cannot bind; its log has said why.
        return error.code if isinstance(error.code, int) else 1


def healthy(configured: settings.Settings) -> bool:
    """Whether the service on this host is ready."""
    host = _WILDCARDS.get(configured.host, configured.host)
    address = f"[{host}]" if ":" in host else host
    # A proxy of the environment has no business between a container and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}:{configured.port}/health/ready", timeout=_HEALTH_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _say(message: str) -> None:
    """One line for the operator, before there is a log."""
    sys.stderr.write(f"nbforge: {message}\n")


def _allow_files(number: int) -> None:
    """Raise this process's limit of open files as far as it may itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > number:
        hard = number
    if soft != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def _run(app: ScoringApp, configured: settings.Settings) -> int:
    server = Server(configure(app, configured), app, configured.drain_seconds)
    server.run()
    return 0 if server.started else 1


def _supervise(app: ScoringApp, configured: settings.Settings) -> int:
    """Bind, and let workers serve what is loaded here."""
    config = configure(app, configured)
    listener = config.bind_socket()
    counts = app.service.counts
    settle()

    def work(worker: int, life: int) -> int:
        counts.ledger.take(worker)
        server = Server(config, app, configured.drain_seconds, life)
        server.run(sockets=[listener])
        return 0 if server.started else 1

    def buried(worker: int) -> None:
        counts.ledger.clear(worker, [counts.in_progress.name])
        counts.restarts.inc()

    return Supervisor(configured.workers, work, buried).run()


def configure(app: ScoringApp, configured: settings.Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    limits = connections.Limits(configured.head_seconds, configured.body_seconds, configured.max_connections)
    return uvicorn.Config(
        app,
        host=configured.host,
        port=configured.port,
        loop="uvloop",
        http=connections.of(app.service.front, limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
    )
