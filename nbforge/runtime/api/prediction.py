"""``POST /predict``: bodies of any accepted type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request

from nbforge.runtime import nachlass, operations
from nbforge.runtime.answers import Answers
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.bodies.reading import header
from nbforge.runtime.decoding import Decoder, parse_content_type
from nbforge.runtime.routes import Reply, json_reply
from nbforge.runtime.validation import Checked


class Prediction:
    """Scoring of records."""

    def __init__(self, shared: Shared) -> None:
        self._front, self._model = shared.front, shared.model
        self._stages = shared.counts.stages
        self._decoder = Decoder(self._model.contract, self._model.limits)
        self._identity = msgspec.Raw(msgspec.json.encode(shared.identity()))

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        yield Endpoint("/predict", self.predict, operations.predict(self._model.contract), method="POST", scores=True)

    async def predict(self, request: Request) -> Reply:
        """Score a body of any accepted type."""
        content_type = header(request.scope, b"content-type")
        kind, _ = parse_content_type(content_type)
        body = await self._front.bodies.read(request)
        form = nachlass.is_form(kind)
        with self._stages.parse:
            rows = self._decoder.form(body, content_type) if form else self._decoder.decode(body, content_type)
        checked, answers = await self._model.answer_rows(rows, positional=form)
        with self._stages.encode:
            return json_reply(answers.predictions if form else self._predictions(checked, answers))

    def _predictions(self, checked: Checked, answers: Answers) -> dict[str, Any]:
        document: dict[str, Any] = {"predictions": answers.predictions}
        if answers.probabilities is not None:
            document["probabilities"] = answers.probabilities
        if checked.warnings:
            document["warnings"] = [{"pointer": each.pointer, "code": each.code} for each in checked.warnings]
        document["model"] = self._identity
        return document
