"""``/v2...``: the Open Inference Protocol, version 2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from starlette.requests import Request

from nbforge.runtime import oip_answer, oip_binary, oip_metadata, operations
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.bodies.json_text import read_json
from nbforge.runtime.bodies.reading import header
from nbforge.runtime.decoding import parse_content_type
from nbforge.runtime.oip import Tensors
from nbforge.runtime.problems import Refusal, media_refusal
from nbforge.runtime.routes import Handler, Port, Reply, json_reply

PREFIX = "/v2"
_MODEL = "/v2/models/{name}"
_TYPES = ("", operations.JSON, oip_binary.CONTENT_TYPE)
_MODELS = (_MODEL, _MODEL + "/versions/{version}")


class Inference:
    """Metadata, health and scoring of tensors."""

    def __init__(self, shared: Shared) -> None:
        self._shared, self._model = shared, shared.model
        contract = shared.model.contract
        self._inputs = oip_metadata.inputs(contract)
        self._outputs = oip_metadata.outputs(contract, shared.scorer.path.probable)
        self._limits = shared.model.limits

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        yield self._get("/v2", self.server, "The server")
        yield self._probe("/v2/health/live", self.live, "Whether the process answers", 503)
        yield self._probe("/v2/health/ready", self.ready, "Whether to send traffic", 503)
        for base in _MODELS:
            yield self._get(base, self.model, "The model's tensors", 404)
            yield self._probe(f"{base}/ready", self.model_ready, "Whether the model is ready", 404, 503)
            operation = operations.with_path(operations.infer(self._model.contract), *_parameters(base))
            yield Endpoint(f"{base}/infer", self.infer, operation, method="POST", tell=refused, scores=True)

    def _get(self, path: str, handler: Handler, summary: str, *codes: int) -> Endpoint:
        operation = operations.with_path(operations.protocol(summary, *codes), *_parameters(path))
        return Endpoint(path, handler, operation, tell=refused)

    def _probe(self, path: str, handler: Handler, summary: str, *codes: int) -> Endpoint:
        return replace(self._get(path, handler, summary, *codes), port=Port.BOTH, opens=True)

    async def server(self, _: Request) -> Reply:
        """Metadata of the server."""
        return json_reply({"name": "nbforge", "version": self._model.version, "extensions": ["binary_tensor_data"]})

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
        reply = {"name": self._model.name, "versions": [self._model.version], "platform": "nbforge"}
        return json_reply({**reply, "inputs": self._inputs, "outputs": self._outputs})

    async def model_ready(self, request: Request) -> Reply:
        """Whether the model is ready."""
        self._named(request)
        self._shared.refuse_unless_ready()
        return json_reply({"name": self._model.name, "ready": True})

    async def infer(self, request: Request) -> Reply:
        """Score tensors."""
        self._named(request)
        content_type, charset = parse_content_type(header(request.scope, b"content-type"))
        if content_type not in _TYPES or charset not in ("", "utf-8"):
            raise media_refusal(f"Send {' or '.join(_TYPES[1:])}, in UTF-8.", _TYPES[1:])
        body = await self._shared.front.bodies.read(request)
        head, raw = oip_binary.split(body, header(request.scope, oip_binary.HEADER.encode()))
        stages = self._shared.counts.stages
        with stages.parse:
            self._limits.check_json(head, nested=True)
            document = read_json(head)
            tensors = Tensors(self._model.contract, document, raw, self._limits.check_rows)
            wanted = oip_answer.Wanted.read(document, [each["name"] for each in self._outputs])
        with stages.validate:
            checked = tensors.check(self._model.validator)
        answers = await self._model.answer(checked, tensors.pointer, "/inputs")
        with stages.encode:
            return oip_answer.reply(wanted, self._model.contract, answers, self._model.name, self._model.version)

    def _named(self, request: Request) -> None:
        parameters, model = request.path_params, self._model
        if parameters["name"] != model.name or parameters.get("version", model.version) != model.version:
            raise Refusal(404, "No such model or version here.")


def refused(refusal: Refusal) -> Reply:
    """A refusal as the protocol words it."""
    return Reply(oip_answer.error_text(refusal), refusal.status, headers=refusal.headers)


def _parameters(path: str) -> list[str]:
    return [each for each in ("name", "version") if f"{{{each}}}" in path]
