"""What a client is told when a request cannot be served: RFC 9457 problem details, with none of the client's data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 1000
"""Most errors that one answer lists; ``errors_total`` counts all."""

OTHER_FIELD = "_other"
"""Stands for every name that is no field, where names are counted."""

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with an RFC 6901 pointer into the body as sent, and the contract's field (for
    metrics).
    """

    pointer: str
    code: str
    detail: str
    field: str = ""


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request that is not served: an HTTP status, a sentence, and all problems found; ``total`` is how many there
    are where that is more than are told.
    """

    status: int
    detail: str
    problems: list[Problem] = field(default_factory=list)
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    total: int = 0

    def body(self, instance: str = "") -> bytes:
        """The problem document."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if instance:
            document["instance"] = instance
        if self.problems:
            document["errors"] = [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in self.problems]
        if self.total > len(self.problems):
            document["errors_total"] = self.total
        return msgspec.json.encode(document)


def contract_refusal(problems: list[Problem], total: int = 0) -> Refusal:
    """422: the body could be read, and does not keep the contract; ``total``, where these are not all problems."""
    count = max(total, len(problems))
    detail = "The request does not keep the contract: " + ("1 problem." if count == 1 else f"{count} problems.")
    return Refusal(422, detail, problems[:MAX_ERRORS], total=count)


def media_refusal(detail: str, accepted: Iterable[str]) -> Refusal:
    """415, which names what is accepted."""
    return Refusal(415, detail, headers=(("accept-post", ", ".join(accepted)),), reason="media_type")


def syntax_refusal(detail: str, pointer: str = "") -> Refusal:
    """400: the body cannot be read."""
    return Refusal(400, detail, [Problem(pointer, "syntax", detail)])


def overload_refusal(seconds: float, detail: str, reason: str = "overload") -> Refusal:
    """503: not now; ``seconds``: when it is worth another try."""
    return Refusal(503, detail, headers=(("retry-after", str(max(1, math.ceil(seconds)))),), reason=reason)


def point(*parts: str | int) -> str:
    """An RFC 6901 pointer. A very long name is cut: an answer must not echo a body back."""
    return "".join(f"/{_escape(part)}" for part in parts)


def _escape(part: str | int) -> str:
    if isinstance(part, int):
        return str(part)
    if len(part) > _LONGEST_NAME:
        part = part[:_LONGEST_NAME] + "..."
    plain = part.encode("utf-8", "replace").decode("utf-8")
    return plain.replace("~", "~0").replace("/", "~1")
