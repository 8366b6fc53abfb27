"""``/v2...``: the Open Inference Protocol, version 2."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from nbforge.runtime import decoding, oip, operations
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.problems import Refusal
from nbforge.runtime.routes import Handler, Reply, header, json_reply

PREFIX = "/v2"
_MODEL = "/v2/models/{name}"
_MODELS = (_MODEL, _MODEL + "/versions/{version}")


class Inference:
    """Metadata, health and scoring of tensors."""

    def __init__(self, shared: Shared) -> None:
        self._shared, self._model = shared, shared.model

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        yield self._get("/v2", self.server, "The server")
        yield self._get("/v2/health/live", self.live, "Whether the process answers")
        yield self._get("/v2/health/ready", self.ready, "Whether to send traffic", 503)
        for base in _MODELS:
            yield self._get(base, self.model, "The model's tensors", 404)
            yield self._get(f"{base}/ready", self.model_ready, "Whether the model is ready", 404, 503)
            operation = operations.with_path(operations.infer(self._model.contract), *_parameters(base))
            yield Endpoint(f"{base}/infer", self.infer, operation, method="POST", tell=refused)

    def _get(self, path: str, handler: Handler, summary: str, *codes: int) -> Endpoint:
        operation = operations.with_path(operations.protocol(summary, *codes), *_parameters(path))
        return Endpoint(path, handler, operation, tell=refused)

    async def server(self, _: Request) -> Reply:
        """Metadata of the server."""
        return json_reply({"name": "nbforge", "version": self._model.version, "extensions": []})

    async def live(self, _: Request) -> Reply:
        """The process answers."""
        return json_reply({"live": True})

    async def ready(self, _: Request) -> Reply:
        """Whether to send traffic here."""
        self._shared.refuse_unless_ready()
        return json_reply({"ready": True})

    async def model(self, request: Request) -> Reply:
        """Metadata of the model."""
        self._named(request)
        contract = self._model.contract
        reply = {"name": self._model.name, "versions": [self._model.version], "platform": "nbforge"}
        return json_reply({**reply, "inputs": oip.inputs(contract), "outputs": oip.outputs(contract)})

    async def model_ready(self, request: Request) -> Reply:
        """Whether the model is ready."""
        self._named(request)
        self._shared.refuse_unless_ready()
        return json_reply({"name": self._model.name, "ready": True})

    async def infer(self, request: Request) -> Reply:
        """Score tensors."""
        self._named(request)
        content_type, charset = decoding.parse_content_type(header(request.scope, b"content-type"))
        if content_type not in ("", operations.JSON) or charset not in ("", "utf-8"):
            raise Refusal(415, "Send application/json; the binary extension is not supported.")
        document = decoding.read_json(await self._shared.front.body(request))
        tensors = oip.Tensors(self._model.contract, document)
        self._model.limit(tensors.n)
        checked = self._model.validator.check_columns(tensors.columns, tensors.n, tensors.pointer, [])
        answers = await self._model.answer(checked, tensors.pointer, "/inputs")
        reply: dict[str, Any] = {"model_name": self._model.name, "model_version": self._model.version}
        if isinstance(document.get("id"), str):
            reply["id"] = document["id"]
        return json_reply({**reply, "outputs": oip.tensors(self._model.contract, answers)})

    def _named(self, request: Request) -> None:
        parameters, model = request.path_params, self._model
        if parameters["name"] != model.name or parameters.get("version", model.version) != model.version:
            raise Refusal(404, "No such model or version here.")


def refused(refusal: Refusal) -> Reply:
    """A refusal as the protocol words it."""
    return Reply(oip.error_text(refusal), refusal.status, headers=refusal.headers)


def _parameters(path: str) -> list[str]:
    return [each for each in ("name", "version") if f"{{{each}}}" in path]
