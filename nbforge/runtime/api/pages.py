"""Pages for people, from assets in the bundle."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request

from nbforge.runtime import operations
from nbforge.runtime.api.base import Endpoint, Shared
from nbforge.runtime.problems import Refusal
from nbforge.runtime.routes import Port, Reply

_HEADERS = (
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-cache"),
)


class Pages:
    """``/``, ``/docs`` and their files."""

    def __init__(self, shared: Shared) -> None:
        self._assets = _assets(shared.root / "service" / "static")

    def endpoints(self) -> Iterable[Endpoint]:
        """The group's routes."""
        yield Endpoint("/", self.page, operations.plain("The page for people", "text/html", 404), opens=True)
        docs = operations.plain("The documentation of the API", "text/html", 404)
        yield Endpoint("/docs", self.docs, docs, port=Port.ADMIN, opens=True)
        asset = operations.with_path(operations.plain("A file of the pages", "text/css", 404), "file")
        yield Endpoint("/static/{file}", self.static, asset, documented=False, port=Port.BOTH, opens=True)

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


def _assets(directory: Path) -> dict[str, Reply]:
    """The pages' files, held in memory: a request never touches the disk. They are the same in every service, and so
    need no key.
    """
    found = {}
    for path in sorted(directory.glob("*")):
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        if path.is_file():
            found[path.name] = Reply(path.read_bytes(), content_type=kind + charset, headers=_HEADERS)
    return found
