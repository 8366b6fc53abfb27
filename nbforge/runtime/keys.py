"""API keys: several at a time, so that they can be rotated; from the environment, or from a file that is read again
when it changes.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable
from pathlib import Path

from nbforge.runtime.logs import LOGGER
from nbforge.runtime.problems import Refusal
from nbforge.runtime.variables import key_list

_LOOK_SECONDS = 5.0


class Keys:
    """The keys that open a service. ``path``: a file of more of them."""

    def __init__(self, fixed: Iterable[str], path: str = "") -> None:
        self._fixed = [_digest(key.encode()) for key in fixed]
        self._path = path
        self._looked = -_LOOK_SECONDS
        self._stamp: tuple[int, int, int] | None = None
        self._known = self._fixed
        self._look()

    def __bool__(self) -> bool:
        return bool(self._known)

    def check(self, key: str, authorization: str) -> None:
        """Let in who sent a key.

        Args:
            key: the header ``X-API-Key``.
            authorization: the header ``Authorization``; ``Bearer`` counts.

        Raises:
            Refusal: 401.
        """
        if not key:
            scheme, _, token = authorization.partition(" ")
            key = token.strip() if scheme.lower() == "bearer" else ""
        self._look()
        sent = _digest(key.encode("latin-1"))
        # Every key is compared, and in constant time: how long this takes says nothing.
        if not sum(hmac.compare_digest(sent, known) for known in self._known):
            detail = "Send a key of this service, as X-API-Key or as Authorization: Bearer."
            raise Refusal(401, detail, headers=(("www-authenticate", "Bearer"),), reason="unauthorized")

    def _look(self) -> None:
        """Read the file again where it has changed; what cannot be read leaves the keys as they are."""
        now = time.monotonic()
        if not self._path or now < self._looked + _LOOK_SECONDS:
            return
        self._looked = now
        try:
            status = Path(self._path).stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp == self._stamp:
                return
            found = key_list(Path(self._path).read_text("utf-8"))
        except (OSError, ValueError) as error:
            LOGGER.error("The file of keys cannot be read; the keys stay.", extra={"error": type(error).__name__})
            return
        self._stamp = stamp
        self._known = [*self._fixed, *(_digest(key.encode()) for key in found)]


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
