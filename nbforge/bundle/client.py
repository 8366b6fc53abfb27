"""The few HTTP requests that a proof and a scoring run make, over one connection that is kept open."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from nbforge.values import Json

TIMEOUT_SECONDS = 300.0


class UnreachableError(Exception):
    """Nobody answers, or what answers is no HTTP server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to the end."""

    status: int
    body: bytes

    def json(self) -> Json:
        """The body as JSON.

        Raises:
            ValueError: it is something else.
        """
        return json.loads(self.body)


class Client:
    """One connection to one service; reconnects once where the server has closed an idle connection."""

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path.rstrip("/")
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str) -> Answer:
        """``GET``."""
        return self._request("GET", path, None, {})

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        """``POST``."""
        return self._request("POST", path, body, {"Content-Type": content_type})

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        fresh = self._connection.sock is None
        try:
            return self._once(method, path, body, headers)
        except (http.client.HTTPException, ConnectionError) as error:
            self._connection.close()
            if fresh:
                raise UnreachableError(str(error)) from error
        except OSError as error:
            self._connection.close()
            raise UnreachableError(str(error)) from error
        return self._request(method, path, body, headers)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        self._connection.request(method, self._prefix + path, body=body, headers=dict(headers))
        response = self._connection.getresponse()
        return Answer(response.status, response.read())
