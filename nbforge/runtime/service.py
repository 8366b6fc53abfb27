"""The service: a bundle's model behind HTTP."""

from __future__ import annotations

import gc
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from nbforge.runtime import decoding, metrics, nachlass, oip, operations
from nbforge.runtime.answers import Answers
from nbforge.runtime.ledger import Ledger
from nbforge.runtime.logs import LOGGER
from nbforge.runtime.model import Model
from nbforge.runtime.problems import Refusal
from nbforge.runtime.routes import Front, Handler, LeanRoute, Reply, Teller, header, json_reply, problem
from nbforge.runtime.scorer import Scorer
from nbforge.runtime.settings import Settings
from nbforge.runtime.validation import Checked

OTHER_ROUTE = "other"


class ScoringApp(FastAPI):
    """FastAPI with its router and its OpenAPI, and without middleware: :class:`~nbforge.runtime.routes.Front` answers
    every failure.
    """

    service: Service

    def build_middleware_stack(self) -> ASGIApp:
        """The router itself."""
        return self.router

    def openapi(self) -> dict[str, Any]:
        """FastAPI's document, with the schemas that the contract gives."""
        if not self.openapi_schema:
            document = super().openapi()
            document.setdefault("components", {})["schemas"] = operations.components(self.service.model.contract)
            # FastAPI drops every null, and an example without its null would be another record.
            for route in self.router.routes:
                if isinstance(route, LeanRoute) and "requestBody" in (route.openapi_extra or {}):
                    for method in route.methods or ():
                        operation = document["paths"][route.path][method.lower()]
                        operation["requestBody"] = (route.openapi_extra or {})["requestBody"]
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
    """What is loaded stays for good: full collections need not walk it again (they paused requests for 84 ms)."""
    gc.collect()
    gc.freeze()


class Service:
    """Routes and their handlers; ``front`` is what all of them share."""

    def __init__(self, scorer: Scorer, settings: Settings, ledger: Ledger | None = None) -> None:
        name, version = str(scorer.manifest["name"]), str(scorer.manifest["version"])
        self.counts = metrics.Metrics(scorer.contract, name, version, settings.metrics_prefix, ledger)
        self.front = Front(self.counts, settings.max_body_bytes)
        self.model = Model(scorer, settings, self.counts)
        self._card = _read(scorer.root / "README.md")
        self._assets = _assets(scorer.root / "service" / "static")
        identity = {"name": name, "version": version, "contract": self.model.contract_digest}
        self._identity = msgspec.Raw(msgspec.json.encode(identity))
        self._description = json_reply({**identity, **_description(scorer)})
        self.app = ScoringApp(
            title=name, version=version, lifespan=self._lifespan, openapi_url=None, docs_url=None, redoc_url=None
        )
        self.app.service = self
        self.app.router.redirect_slashes = False
        self.app.router.default = self._not_found
        self._register()
        self._openapi = json_reply(self.app.openapi())

    def drain(self) -> None:
        """Turn readiness off and ask clients to connect anew; requests are still served."""
        self.front.draining = True
        LOGGER.info("Draining.", extra={"event": "drain"})

    def _register(self) -> None:
        contract = self.model.contract
        self._add("/predict", self.predict, operations.predict(contract), method="POST")
        model = operations.with_path(operations.infer(contract), "name")
        self._add("/v2/models/{name}/infer", self.infer, model, method="POST", tell=_oip_problem)
        model = operations.with_path(operations.infer(contract), "name", "version")
        self._add("/v2/models/{name}/versions/{version}/infer", self.infer, model, method="POST", tell=_oip_problem)
        self._add("/health/live", self.live, operations.plain("Whether the process answers"))
        self._add("/health/ready", self.ready, operations.plain("Whether to send traffic", operations.JSON, 503))
        self._add("/metrics", self.metrics, operations.plain("Prometheus metrics", "text/plain"))
        self._add("/model", self.describe, operations.plain("The model and its contract"))
        self._add("/model/card", self.card, operations.plain("The model card", "text/markdown", 404))
        self._add("/openapi.json", self.openapi, operations.plain("This document"))
        self._add("/", self.page, operations.plain("The page for people", "text/html", 404))
        self._add("/docs", self.docs, operations.plain("The documentation of the API", "text/html", 404))
        asset = operations.with_path(operations.plain("A file of the pages", "text/css", 404), "file")
        self._add("/static/{file}", self.static, asset, documented=False)
        self._register_oip()

    def _register_oip(self) -> None:
        def add(path: str, handler: Handler, summary: str, *codes: int) -> None:
            names = [each for each in ("name", "version") if f"{{{each}}}" in path]
            operation = operations.with_path(operations.protocol(summary, *codes), *names)
            self._add(path, handler, operation, tell=_oip_problem)

        add("/v2", self.oip_server, "The server")
        add("/v2/health/live", self.oip_live, "Whether the process answers")
        add("/v2/health/ready", self.oip_ready, "Whether to send traffic", 503)
        for base in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
            add(base, self.oip_model, "The model's tensors", 404)
            add(f"{base}/ready", self.oip_model_ready, "Whether the model is ready", 404, 503)

    def _add(
        self,
        path: str,
        handler: Handler,
        operation: dict[str, Any],
        *,
        method: str = "GET",
        tell: Teller = problem,
        documented: bool = True,
    ) -> None:
        content = operation["responses"]["200"]["content"]
        kinds: dict[str, Any] = {"text/html": HTMLResponse, "text/plain": PlainTextResponse}
        documentation = {"openapi_extra": operation, "include_in_schema": documented, "methods": [method]}
        documentation["responses"] = {200: {"description": operation["responses"]["200"]["description"]}}
        kind = next(iter(content))
        if kind != operations.JSON:
            documentation["response_class"] = kinds.get(kind) or type(
                "Text", (PlainTextResponse,), {"media_type": kind}
            )
        route = LeanRoute(path, handler, front=self.front, tell=tell, **documentation)
        self.app.router.routes.append(route)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self.model.start()
        settle()
        LOGGER.info("Ready.", extra={"event": "ready", "model": self.model.name, "version": self.model.version})
        yield
        await self.model.stop()

    async def predict(self, request: Request) -> Reply:
        """Score a body of any accepted type."""
        content_type = header(request.scope, b"content-type")
        kind, _ = decoding.parse_content_type(content_type)
        body = await self.front.body(request)
        if nachlass.is_form(kind):
            rows = nachlass.decode(body, content_type, self.model.contract)
            _, answers = await self.model.answer_rows(rows, positional=True)
            return json_reply(answers.predictions)
        checked, answers = await self.model.answer_rows(decoding.decode(body, content_type, self.model.contract))
        return json_reply(self._predictions(checked, answers))

    def _predictions(self, checked: Checked, answers: Answers) -> dict[str, Any]:
        document: dict[str, Any] = {"predictions": answers.predictions}
        if answers.probabilities is not None:
            document["probabilities"] = answers.probabilities
        if checked.warnings:
            document["warnings"] = [{"pointer": each.pointer, "code": each.code} for each in checked.warnings]
        document["model"] = self._identity
        return document

    async def infer(self, request: Request) -> Reply:
        """Score tensors."""
        self._named(request)
        content_type, charset = decoding.parse_content_type(header(request.scope, b"content-type"))
        if content_type not in ("", operations.JSON) or charset not in ("", "utf-8"):
            raise Refusal(415, "Send application/json; the binary extension is not supported.")
        document = decoding.read_json(await self.front.body(request))
        tensors = oip.Tensors(self.model.contract, document)
        self.model.limit(tensors.n)
        checked = self.model.validator.check_columns(tensors.columns, tensors.n, tensors.pointer, [])
        answers = await self.model.answer(checked, tensors.pointer, "/inputs")
        reply: dict[str, Any] = {"model_name": self.model.name, "model_version": self.model.version}
        if isinstance(document.get("id"), str):
            reply["id"] = document["id"]
        return json_reply({**reply, "outputs": oip.tensors(self.model.contract, answers)})

    def _named(self, request: Request) -> None:
        parameters = request.path_params
        if parameters["name"] != self.model.name or parameters.get("version", self.model.version) != self.model.version:
            raise Refusal(404, "No such model or version here.")

    async def live(self, _: Request) -> Reply:
        """The process answers."""
        return json_reply({"status": "live"})

    async def ready(self, _: Request) -> Reply:
        """Whether to send traffic here."""
        self._ready()
        return json_reply({"status": "ready"})

    def _ready(self) -> None:
        if self.front.draining:
            raise Refusal(503, "The service is about to stop.")
        if not self.model.ready:
            raise Refusal(503, "The model is not ready yet.")

    async def metrics(self, _: Request) -> Reply:
        """All metrics."""
        return Reply(self.counts.text(), content_type=metrics.CONTENT_TYPE)

    async def describe(self, _: Request) -> Reply:
        """The model and its contract, without the baseline."""
        return self._description

    async def openapi(self, _: Request) -> Reply:
        """The API's description."""
        return self._openapi

    async def card(self, _: Request) -> Reply:
        """The model card, where the bundle was shipped with one."""
        if self._card is None:
            raise Refusal(404, "This service was shipped without its model card.")
        return Reply(self._card, content_type="text/markdown; charset=utf-8")

    async def page(self, _: Request) -> Reply:
        """The page for people."""
        return self._asset("index.html")

    async def docs(self, _: Request) -> Reply:
        """The documentation of the API."""
        return self._asset("docs.html")

    async def static(self, request: Request) -> Reply:
        """A file of the pages."""
        return self._asset(request.path_params["file"])

    def _asset(self, name: str) -> Reply:
        if name not in self._assets:
            raise Refusal(404, "Nothing is here.")
        return self._assets[name]

    async def oip_server(self, _: Request) -> Reply:
        """Metadata of the server."""
        return json_reply({"name": "nbforge", "version": self.app.version, "extensions": []})

    async def oip_live(self, _: Request) -> Reply:
        """The process answers."""
        return json_reply({"live": True})

    async def oip_ready(self, _: Request) -> Reply:
        """Whether to send traffic here."""
        self._ready()
        return json_reply({"ready": True})

    async def oip_model(self, request: Request) -> Reply:
        """Metadata of the model."""
        self._named(request)
        contract = self.model.contract
        reply = {"name": self.model.name, "versions": [self.model.version], "platform": "nbforge"}
        return json_reply({**reply, "inputs": oip.inputs(contract), "outputs": oip.outputs(contract)})

    async def oip_model_ready(self, request: Request) -> Reply:
        """Whether the model is ready."""
        self._named(request)
        self._ready()
        return json_reply({"name": self.model.name, "ready": True})

    async def _not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def refuse(_: Request) -> Reply:
            raise Refusal(404, "Nothing is here; `/docs` lists what is.")

        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        tell = _oip_problem if scope["path"].startswith("/v2") else problem
        await self.front.serve(OTHER_ROUTE, refuse, tell, scope, receive, send)


def _oip_problem(refusal: Refusal) -> Reply:
    return Reply(oip.error_text(refusal), refusal.status, headers=refusal.headers)


def _description(scorer: Scorer) -> dict[str, Any]:
    contract = scorer.contract.to_json()
    del contract["baseline"]
    manifest = {key: scorer.manifest[key] for key in ("form", "rowwise", "metrics") if key in scorer.manifest}
    return {**manifest, **contract}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _assets(directory: Path) -> dict[str, Reply]:
    """The pages' files, held in memory: a request never touches the disk."""
    found = {}
    for path in sorted(directory.glob("*")):
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        policy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
        headers = (("content-security-policy", policy), ("cache-control", "no-cache"))
        if path.is_file():
            found[path.name] = Reply(path.read_bytes(), content_type=kind + charset, headers=headers)
    return found
