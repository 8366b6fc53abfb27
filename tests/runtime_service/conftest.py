"""Services of real bundles, on real sockets, in this process: one a kind, shared by the tests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from nbforge.runtime import listening
from nbforge.runtime.board import Board
from nbforge.runtime.server import Place, Server
from nbforge.runtime.service import ScoringApp, create_app
from nbforge.runtime.settings import Settings
from tests.support import bundles


@dataclass(frozen=True)
class Running:
    """A service that answers at ``url``."""

    app: ScoringApp
    http: httpx.Client
    port: int

    def predict(self, body: Any, **more: Any) -> httpx.Response:
        return self.http.post("/predict", json=body, **more)

    def send(self, body: bytes, content_type: str = "application/json") -> httpx.Response:
        return self.http.post("/predict", content=body, headers={"content-type": content_type})

    def metric(self, line: str) -> float:
        """The value of one series, 0 where it is not there yet."""
        for each in self.http.get("/metrics").text.splitlines():
            if each.startswith(line + " "):
                return float(each.rsplit(" ", 1)[1])
        return 0.0


@contextlib.contextmanager
def running(root: Path, settings: Settings) -> Iterator[Running]:
    app = create_app(root, settings)
    assert isinstance(app, ScoringApp)
    listener = listening.bind("127.0.0.1", 0)
    server = Server(app, settings, Place(Board(1)))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = listener.getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield Running(app, client, port)
    finally:
        server.should_exit = True
        thread.join()


Serve = Callable[..., Running]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """The shared service of a kind of bundle (see tests/support/bundles.py)."""
    with contextlib.ExitStack() as stack:
        started: dict[str, Running] = {}

        def get(kind: str) -> Running:
            if kind not in started:
                root = tmp_path_factory.mktemp("bundles") / kind
                validate = "validate" if kind == "loan" else None
                bundles.build(kind, root, validate=validate)
                started[kind] = stack.enter_context(running(root, Settings(max_body_bytes=1_000_000, max_rows=2_000)))
            return started[kind]

        yield get


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve a bundle of one's own."""
    with contextlib.ExitStack() as stack:

        def start(root: Path, **settings: Any) -> Running:
            return stack.enter_context(running(root, Settings(**settings)))

        yield start
