"""What the model is: its contract and its card."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.requests import Request

from nbforge.runtime import operations
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.problems import Refusal
from nbforge.runtime.routes import Port, Reply, json_reply
from nbforge.runtime.scorer import Scorer


class Description:
    """``/model``, ``/model/card`` and ``/model/drift``; held in memory: a request never touches the disk."""

    def __init__(self, shared: Shared) -> None:
        self._description = json_reply({**shared.identity(), **_contract(shared.scorer)})
        self._drift = shared.counts.drift
        self._card = _read(shared.root / "README.md")

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        yield Endpoint("/model", self.describe, operations.plain("The model and its contract"))
        drift = operations.plain("The last window of rows beside training")
        yield Endpoint("/model/drift", self.drift, drift, port=Port.ADMIN)
        yield Endpoint("/model/card", self.card, operations.plain("The model card", "text/markdown", 404))

    async def describe(self, _: Request) -> Reply:
        """The model and its contract, without the baseline."""
        return self._description

    async def drift(self, _: Request) -> Reply:
        """The last window of rows beside training, and counts of all windows."""
        return json_reply(self._drift.describe())

    async def card(self, _: Request) -> Reply:
        """The model card, where the bundle was shipped with one."""
        if self._card is None:
            raise Refusal(404, "This service was shipped without its model card.")
        return Reply(self._card, content_type="text/markdown; charset=utf-8")


def _contract(scorer: Scorer) -> dict[str, Any]:
    contract = scorer.contract.to_json()
    del contract["baseline"]
    manifest = {key: scorer.manifest[key] for key in ("form", "rowwise", "metrics") if key in scorer.manifest}
    return {**manifest, **contract}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
