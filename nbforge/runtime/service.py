"""The service: a bundle's model behind HTTP."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from nbforge.runtime import operations, tracing
from nbforge.runtime.admission import Gate
from nbforge.runtime.api import inference
from nbforge.runtime.api.base import Endpoint, Group, Shared
from nbforge.runtime.api.description import Description
from nbforge.runtime.api.feedback import Truth
from nbforge.runtime.api.inference import Inference
from nbforge.runtime.api.pages import Pages
from nbforge.runtime.api.prediction import Prediction
from nbforge.runtime.api.probes import Probes
from nbforge.runtime.bodies.reading import Reader
from nbforge.runtime.following.answered import Answered
from nbforge.runtime.following.predictionlog import Place, PredictionLog
from nbforge.runtime.keys import Keys
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.logs import LOGGER
from nbforge.runtime.metrics import Metrics
from nbforge.runtime.model import Model
from nbforge.runtime.rejections import Rejections
from nbforge.runtime.routes import OTHER_ROUTE, Front, LeanRoute, Port, Reply, json_reply, nothing_here, problem
from nbforge.runtime.scorer import Scorer
from nbforge.runtime.settings import Settings

_YOUNG_OBJECTS = 5000
"""New objects that start a collection: a hundred requests under way hold more than Python's 700, and each walk over
them finds all of them in use.
"""


class ScoringApp(FastAPI):
    """FastAPI with its router and its OpenAPI, and without middleware: :class:`~nbforge.runtime.routes.Front` answers
    every failure.
    """

    service: Service
    fixed: dict[str, LeanRoute]
    """Routes whose path has no parameters, by path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The route itself, where the path alone says which; else the router. FastAPI's own would try one route after
        the other, and look into the environment for telemetry, with every request.
        """
        route = self.fixed.get(scope["path"]) if scope["type"] == "http" else None
        await (route.handle if route is not None else self.router)(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """FastAPI's document, with the schemas that the contract gives."""
        if not self.openapi_schema:
            document = super().openapi()
            document.setdefault("components", {})["schemas"] = operations.components(self.service.model.contract)
            # FastAPI drops every null, and an example without its null would be another record.
            for route in self.router.routes:
                if isinstance(route, LeanRoute) and route.include_in_schema:
                    for method in route.methods or ():
                        operation = document["paths"][route.path][method.lower()]
                        if "requestBody" in (route.openapi_extra or {}):
                            operation["requestBody"] = (route.openapi_extra or {})["requestBody"]
                        if self.service.front.keys and not route.opens:
                            operations.protect(operation, oip=route.path.startswith(inference.PREFIX))
            if self.service.front.keys:
                document["components"]["securitySchemes"] = operations.security()
            self.openapi_schema = document
        return self.openapi_schema


def create_app(root: Path, settings: Settings, ledger: Ledger | None = None) -> ScoringApp:
    """The application for the bundle at ``root``; it predicts once its lifespan has begun.

    ``ledger``: where it counts, where several workers count together.

    Raises:
        BundleError: a file is missing or changed, or an artifact cannot be loaded.
    """
    return Service(Scorer.load(root), settings, ledger).app


def settle() -> None:
    """What is loaded stays for good: full collections need not walk it again (they paused requests for 84 ms), nor once
    to find the little garbage in it.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
    gc.enable()


class Service:
    """The groups of routes; ``front`` is what all of them share."""

    def __init__(self, scorer: Scorer, settings: Settings, ledger: Ledger | None = None) -> None:
        name, version = str(scorer.manifest["name"]), str(scorer.manifest["version"])
        ledger = ledger or Ledger()
        self._manifest = scorer.manifest
        self.counts = Metrics(
            scorer.contract,
            name,
            version,
            settings.metrics_prefix,
            ledger,
            settings.drift_window,
            settings.feedback_rows,
        )
        self.model = Model(scorer, settings, self.counts, self._answered(scorer, settings, ledger))
        gate = Gate(self.model.batcher)
        keys = Keys(settings.api_keys, settings.api_keys_file)
        bodies = Reader(settings.max_body_bytes, settings.max_held_bytes)
        rejections = Rejections(self.counts.rejected)
        self.front = Front(self.counts, rejections, gate, keys, bodies, settings.admin_port, settings.access_log)
        self.app = ScoringApp(
            title=name, version=version, lifespan=self._lifespan, openapi_url=None, docs_url=None, redoc_url=None
        )
        self.app.service, self.app.fixed = self, {}
        self.app.router.redirect_slashes = False
        self.app.router.default = self._not_found
        for group in self._groups(Shared(scorer, self.model, self.front, self.counts)):
            self._add(group.endpoints())
        document = operations.plain("This document")
        self._add([Endpoint("/openapi.json", self.openapi, document, port=Port.ADMIN)])
        self._openapi = json_reply(self.app.openapi())

    def _answered(self, scorer: Scorer, settings: Settings, ledger: Ledger) -> Answered:
        if not settings.prediction_log:
            return Answered(self.counts.feedback)
        place = Place(Path(settings.prediction_log), settings.prediction_log_bytes, settings.prediction_log_files)
        private = scorer.manifest.get("private", ())
        return Answered(self.counts.feedback, PredictionLog(place, private, self.counts.log_dropped, ledger.number))

    def _groups(self, shared: Shared) -> Iterable[Group]:
        yield Prediction(shared)
        yield Inference(shared)
        yield Truth(shared)
        yield Probes(shared)
        yield Description(shared)
        yield Pages(shared)

    def _add(self, endpoints: Iterable[Endpoint]) -> None:
        routes = [each.route(self.front) for each in endpoints]
        self.app.router.routes.extend(routes)
        self.app.fixed |= {route.path: route for route in routes if not route.param_convertors}

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        self.front.tracing = tracing.begin(self._manifest)
        await self.model.start()
        settle()
        LOGGER.info("Ready.", extra={"event": "ready", "model": self.model.name, "version": self.model.version})
        yield
        await self.model.stop()
        if self.front.tracing:
            await asyncio.to_thread(self.front.tracing.stop)

    async def openapi(self, _: Request) -> Reply:
        """The API's description."""
        return self._openapi

    async def _not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def refuse(_: Request) -> Reply:
            raise nothing_here()

        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        tell = inference.refused if scope["path"].startswith(inference.PREFIX) else problem
        await self.front.serve(OTHER_ROUTE, refuse, tell, scope, receive, send)
