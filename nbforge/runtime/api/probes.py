"""What a platform asks: health and metrics."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request

from nbforge.runtime import metrics, operations
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.routes import Port, Reply, json_reply


class Probes:
    """``/health/live``, ``/health/ready`` and ``/metrics``."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        live = operations.plain("Whether the process answers", operations.JSON, 503)
        yield Endpoint("/health/live", self.live, live, port=Port.BOTH, opens=True)
        ready = operations.plain("Whether to send traffic", operations.JSON, 503)
        yield Endpoint("/health/ready", self.ready, ready, port=Port.BOTH, opens=True)
        yield Endpoint("/metrics", self.metrics, operations.plain("Prometheus metrics", "text/plain"), port=Port.ADMIN)

    async def live(self, _: Request) -> Reply:
        """The process answers."""
        return json_reply({"status": "live"})

    async def ready(self, _: Request) -> Reply:
        """Whether to send traffic here."""
        self._shared.refuse_unless_ready()
        return json_reply({"status": "ready"})

    async def metrics(self, _: Request) -> Reply:
        """All metrics."""
        return Reply(self._shared.counts.text(), content_type=metrics.CONTENT_TYPE)
