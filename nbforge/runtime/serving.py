"""Running a bundle's service: start, health check, graceful end."""

from __future__ import annotations

import dataclasses
import os
import resource
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from nbforge.runtime import connections, listening, logs, settings, temporary
from nbforge.runtime.board import Board
from nbforge.runtime.errors import BundleError
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.sentinel import Companion, Sentinel
from nbforge.runtime.server import Place, Server
from nbforge.runtime.service import ScoringApp, create_app, settle
from nbforge.runtime.supervisor import Supervisor

_HEALTH_SECONDS = 5
_SWITCH_SECONDS = 0.001
"""How long a thread may keep Python's lock while another waits: a model in pure Python must not hold up the event loop.
"""
_SPARE_FILES = 128 + connections.SPARE
"""Files that are open beside connections."""
_ONE_PROCESS = ("tensorflow", "jax")
"""Libraries that start threads when they load a model, which a forked worker would wait for without end."""
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound


def main(root: Path, arguments: Sequence[str], companion: Companion | None = None) -> int:
    """Serve the bundle at ``root``, or with ``--health`` ask the service that runs beside this process.

    ``companion``: answers for a single worker that cannot; without one, there is one from now on.

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
    log = logs.configure(configured.log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    configured = _within_files(configured)
    temporary.ensure(os.environ)
    try:
        app = create_app(root, configured, Ledger(configured.workers))
    except BundleError as error:
        _say(str(error))
        return 1
    if configured.workers > 1 and (library := next((name for name in _ONE_PROCESS if name in sys.modules), None)):
        _say(f"{library} serves with one worker only: its threads do not survive a fork. Unset NBFORGE_WORKERS.")
        return 2
    log.lost = app.service.counts.log_lines_dropped.inc
    try:
        if configured.workers > 1:
            return _supervise(app, configured)
        return _run(app, configured, companion or Companion())
    except SystemExit as error:
        # uvicorn exits by itself when the application does not start; its log has said why.
        return error.code if isinstance(error.code, int) else 1
    except OSError as error:
        ports = " and ".join(map(str, _ports(configured)))
        _say(f"cannot listen on {configured.host}, port {ports}: {str(error.strerror).lower()}.")
        return 1


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


def _within_files(configured: settings.Settings) -> settings.Settings:
    """The settings, with no more connections than this process may have files open, as many as it may allow itself."""
    wanted = configured.max_connections + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return configured
    most = max(1, soft - _SPARE_FILES)
    logs.LOGGER.warning("At most %d connections: this process may have %d files open.", most, soft)
    return dataclasses.replace(configured, max_connections=most)


def _run(app: ScoringApp, configured: settings.Settings, companion: Companion) -> int:
    listeners = _bind(configured)
    companion.guard(listeners[0])
    server = Server(app, configured, Place(companion.board, handed=companion.channel))
    server.run(sockets=listeners)
    return 0 if server.started else 1


def _bind(configured: settings.Settings) -> list[socket.socket]:
    """The port of the service, and the port for what is not for clients."""
    return [listening.bind(configured.host, port) for port in _ports(configured)]


def _ports(configured: settings.Settings) -> list[int]:
    return [configured.port, *([configured.admin_port] if configured.admin_port else [])]


def _supervise(app: ScoringApp, configured: settings.Settings) -> int:
    """Bind, and let workers serve what is loaded here."""
    listeners = _bind(configured)
    board = Board(configured.workers)
    to_workers, handed = socket.socketpair()
    handed.setblocking(False)
    counts = app.service.counts
    settle()

    def work(worker: int, life: int) -> int:
        counts.ledger.take(worker)
        to_workers.close()
        server = Server(app, configured, Place(board, worker, life, shared=True, handed=handed))
        server.run(sockets=listeners)
        return 0 if server.started else 1

    def buried(worker: int) -> None:
        counts.ledger.clear(worker, [counts.in_progress.name])
        counts.restarts.inc()

    return Supervisor(configured.workers, work, buried, board, Sentinel(board, listeners[0], to_workers)).run()
