"""uvicorn's server, which drains before it ends, looks after its connections, and shows that it is alive."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import cast

import uvicorn

from nbforge.runtime import connections, listening
from nbforge.runtime.board import Board
from nbforge.runtime.connections import Connection
from nbforge.runtime.logs import LOGGER
from nbforge.runtime.service import ScoringApp
from nbforge.runtime.settings import Settings

_SWEEP_SECONDS = 0.5
_ENDED_AT_ONCE = 16
"""Connections that one sweep ends; the next one comes soon. Many at once would hold up those whose requests come."""
_BEAT_SECONDS = 0.05
_ARRIVE_SECONDS = 0.1
"""How long who has connected has to be accepted, once nobody else can."""
_TICK = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker stands among the processes of its service.

    ``life``: a file that ends when the supervisor is gone. ``shared``: whether other workers have the listener too.
    ``handed``: brings connections that another process accepted while this one could not.
    """

    board: Board
    worker: int = 0
    life: int | None = None
    shared: bool = False
    handed: socket.socket | None = None


def configure(app: ScoringApp, configured: Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    limits = connections.Limits(configured.head_seconds, configured.body_seconds, configured.max_connections)
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=connections.of(app.service.front, limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=configured.idle_seconds,  # type: ignore[arg-type]  # a float does as well
    )


class Server(uvicorn.Server):
    """SIGTERM turns readiness off, and ``drain_seconds`` later nobody is let in any more; SIGINT does not wait. Then
    whoever has connected is served, and the exit code is 0.
    """

    def __init__(self, app: ScoringApp, settings: Settings, place: Place) -> None:
        super().__init__(configure(app, settings))
        self._front, self._drain_seconds, self._place = app.service.front, settings.drain_seconds, place
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn; remembers the loop for the signal handler, and says where the service listens."""
        self._loop = asyncio.get_running_loop()
        if self._place.life is not None:
            self._loop.add_reader(self._place.life, self._orphaned, self._place.life)
        await super().startup(sockets=sockets)
        self._sweep()
        self._beat()
        if self._place.handed is not None:
            self._loop.add_reader(self._place.handed, self._adopt, self._place.handed)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            LOGGER.info("Listening.", extra={"event": "listening", "host": host, "port": port})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Begin to stop; a second signal skips the drain, a third one what is under way."""
        if self.should_exit:
            self.force_exit = True
        elif sig != signal.SIGTERM or self._front.draining or self._loop is None or not self._drain_seconds:
            self._front.draining = self.should_exit = True
        else:
            self._front.draining = True
            self._loop.call_soon_threadsafe(self._drain, self._loop)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn; whoever has connected is accepted first, and may still ask what it came for."""
        alone = not self._place.shared or self._place.board.stopping
        if alone:
            for listener in sockets or []:
                listening.let_nobody_in(listener)
            await asyncio.sleep(_ARRIVE_SECONDS)
            self._place.board.close()
        for server in self.servers:
            server.close()
        while self.server_state.connections and not self.force_exit:
            now = time.monotonic()
            for connection in self._connections():
                connection.finish(now)
            await asyncio.sleep(_TICK)
        await super().shutdown(sockets)

    def _connections(self) -> Iterable[Connection]:
        return cast(list[Connection], list(self.server_state.connections))

    def _sweep(self) -> None:
        """Look for connections whose time is over, and tell who was turned away."""
        now = time.monotonic()
        ended = sum(islice(filter(None, (each.overdue(now) for each in self._connections())), _ENDED_AT_ONCE))
        self._front.rejections.tell(now)
        pause = _SWEEP_SECONDS if ended < _ENDED_AT_ONCE else _TICK
        asyncio.get_running_loop().call_later(pause, self._sweep)

    def _beat(self) -> None:
        """Show that the loop turns."""
        self._place.board.beat(self._place.worker)
        asyncio.get_running_loop().call_later(_BEAT_SECONDS, self._beat)

    def _adopt(self, handed: socket.socket) -> None:
        """Serve a connection that was accepted elsewhere."""
        with contextlib.suppress(BlockingIOError):
            _, files, _, _ = socket.recv_fds(handed, 1, 1)
            loop = asyncio.get_running_loop()
            if not files:  # the other side has ended
                loop.remove_reader(handed)
            for file in files:
                client = socket.socket(fileno=file)
                client.setblocking(False)
                self.server_state.tasks.add(task := loop.create_task(self._take_over(client)))
                task.add_done_callback(self.server_state.tasks.discard)

    async def _take_over(self, client: socket.socket) -> None:
        def protocol() -> Connection:
            return cast(
                Connection,
                self.config.http_protocol_class(  # type: ignore[call-arg]
                    config=self.config, server_state=self.server_state, app_state=self.lifespan.state
                ),
            )

        await asyncio.get_running_loop().connect_accepted_socket(protocol, client)

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        LOGGER.info("Draining.", extra={"event": "drain"})
        loop.call_later(self._drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    def _orphaned(self, life: int) -> None:
        """The supervisor is gone, however it ended."""
        asyncio.get_running_loop().remove_reader(life)
        self._front.draining = True
        self._stop()
