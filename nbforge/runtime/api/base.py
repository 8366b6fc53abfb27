"""What a group of routes is made of, and what all groups share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from starlette.responses import HTMLResponse, PlainTextResponse

from nbforge.runtime.metrics import Metrics
from nbforge.runtime.model import Model
from nbforge.runtime.operations import JSON, Operation
from nbforge.runtime.problems import Refusal
from nbforge.runtime.routes import Front, Handler, LeanRoute, Port, Teller, problem
from nbforge.runtime.scorer import Scorer

_CLASSES: dict[str, Any] = {"text/html": HTMLResponse, "text/plain": PlainTextResponse}


@dataclass(frozen=True, slots=True)
class Shared:
    """What every group of routes may use."""

    scorer: Scorer
    model: Model
    front: Front
    counts: Metrics

    @property
    def root(self) -> Path:
        """The bundle's directory."""
        return self.scorer.root

    def identity(self) -> dict[str, str]:
        """What every answer says of the model that gave it."""
        return {"name": self.model.name, "version": self.model.version, "contract": self.model.contract_digest}

    def refuse_unless_ready(self) -> None:
        """503 where no traffic should be sent."""
        if self.front.draining:
            raise Refusal(503, "The service is about to stop.")
        if not self.model.ready:
            raise Refusal(503, "The model is not ready yet.")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of a group.

    ``operation``: what ``/openapi.json`` says of it. ``tell``: how it words a refusal. ``scores``: whether it needs the
    model, and so is turned away when too many do. ``port``: where it answers. ``opens``: whether it needs no key.
    """

    path: str
    handler: Handler
    operation: Operation
    method: str = "GET"
    tell: Teller = problem
    documented: bool = True
    scores: bool = False
    port: Port = Port.MAIN
    opens: bool = False

    def route(self, front: Front) -> LeanRoute:
        """The entry of the application's router."""
        answer = self.operation["responses"][str(int(HTTPStatus.OK))]
        more: dict[str, Any] = {"responses": {200: {"description": answer["description"]}}}
        kind = next(iter(answer["content"]))
        if kind != JSON:
            more["response_class"] = _CLASSES.get(kind) or type("Text", (PlainTextResponse,), {"media_type": kind})
        return LeanRoute(
            self.path,
            self.handler,
            front=front,
            tell=self.tell,
            scores=self.scores,
            port=self.port,
            opens=self.opens,
            methods=[self.method],
            openapi_extra=self.operation,
            include_in_schema=self.documented,
            **more,
        )


class Group(Protocol):
    """Routes that belong together."""

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
