"""``POST /feedback``: the truth, once it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from nbforge.runtime import operations
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.bodies.json_text import read_json
from nbforge.runtime.bodies.reading import header
from nbforge.runtime.decoding import parse_content_type
from nbforge.runtime.following.feedback import Told
from nbforge.runtime.problems import Problem, Refusal, contract_refusal, media_refusal
from nbforge.runtime.routes import Reply, json_reply

_KEYS = frozenset(("request_id", "row", "truth", "prediction"))


class Truth:
    """Comparing what was predicted with what turned out."""

    def __init__(self, shared: Shared) -> None:
        self._front, self._feedback, self._most = shared.front, shared.counts.feedback, shared.model.limits.max_rows

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        yield Endpoint("/feedback", self.feedback, operations.feedback(), method="POST")

    async def feedback(self, request: Request) -> Reply:
        """Count the truth of rows."""
        kind, charset = parse_content_type(header(request.scope, b"content-type"))
        if kind not in ("", operations.JSON) or charset not in ("", "utf-8"):
            raise media_refusal(f"Send {operations.JSON}, in UTF-8.", (operations.JSON,))
        if not self._feedback.possible:
            raise Refusal(404, "This model's answers are neither a class nor a number: there is nothing to compare.")
        document = read_json(await self._front.bodies.read(request))
        items = document if isinstance(document, list) else [document]
        if len(items) > self._most:
            raise Refusal(413, f"At most {self._most} truths in one request.", reason="rows")
        told, problems = [], []
        for at, item in enumerate(items):
            try:
                told.append(self._told(item))
            except _WrongError as wrong:
                place = f"/{at}" if isinstance(document, list) else ""
                problems.append(Problem(place + wrong.pointer, wrong.code, wrong.detail))
        if problems:
            raise contract_refusal(problems)
        counts = self._feedback.tell(told)
        if counts["unknown"] and not counts["accepted"] and not counts["repeated"]:
            raise Refusal(
                404, "No prediction of this request is remembered: send it beside the truth, as `prediction`."
            )
        return json_reply(counts)

    def _told(self, item: Any) -> Told:
        if not isinstance(item, dict):
            raise _WrongError("", "type", "Expected an object.")
        if not _KEYS.issuperset(item):
            raise _WrongError("", "unknown_field", f"An object has {', '.join(sorted(_KEYS))}, and nothing else.")
        if "truth" not in item:
            raise _WrongError("/truth", "missing", "Required, and not sent.")
        truths = item["truth"] if isinstance(item["truth"], list) else [item["truth"]]
        if not truths or not all(map(self._feedback.good, truths)):
            raise _WrongError("/truth", "type", "Not what this model can answer.")
        if item.get("prediction") is None:
            return self._of_request(item, truths)
        if len(truths) > 1 or not self._feedback.good(item["prediction"]):
            raise _WrongError("/prediction", "type", "One prediction, with one truth.")
        return Told(truths, prediction=item["prediction"])

    def _of_request(self, item: dict[str, Any], truths: list[Any]) -> Told:
        request, row = item.get("request_id"), item.get("row", 0)
        if not isinstance(request, str) or not request:
            raise _WrongError("/request_id", "missing", "Text: the answer's `X-Request-Id`.")
        if type(row) is not int or row < 0:
            raise _WrongError("/row", "type", "A row's number, from 0 on.")
        found = self._feedback.find(request)
        if found is not None and found.n > 1 and "row" not in item and len(truths) == 1:
            raise _WrongError("/row", "missing", f"The request had {found.n} rows: say which, or send a list.")
        if found is not None and row + len(truths) > found.n:
            raise _WrongError("/row", "range", f"The request had {found.n} rows.")
        return Told(truths, request, row)


@dataclass(slots=True)
class _WrongError(Exception):
    """Something is wrong with an item."""

    pointer: str
    code: str
    detail: str
