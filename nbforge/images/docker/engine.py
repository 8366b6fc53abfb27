"""The connection to an engine, and what its failures mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from nbforge.errors import ImageError

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container

LABELS: Final = {"nbforge.proof": "1"}
"""On every container that nbforge starts, so that one left by a kill can be found."""

SECONDS: Final = 600
"""How long the engine may take for one answer."""

_LOG_LINES: Final = 60


@contextmanager
def connected(doing: str) -> Iterator[docker.DockerClient]:
    """A client of the engine; whatever the SDK raises, four unrelated kinds, leaves as one :class:`ImageError`."""
    import docker
    import requests
    import urllib3

    try:
        client = docker.from_env(timeout=SECONDS)
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise _no_engine(error) from error
    with closing(client):
        try:
            yield client
        except (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _failed(doing, error) from error
        except OSError as error:
            raise _failed(doing, error) from error


def host_of(engine: docker.DockerClient) -> str:
    """The host whose ports the engine publishes on."""
    parts = urlsplit(engine.api.base_url)
    local = not parts.hostname or "docker" in parts.scheme or parts.hostname.startswith("localhost")
    return "127.0.0.1" if local else str(parts.hostname)


def log(container: Container) -> str:
    """The end of a container's output."""
    return container.logs(tail=_LOG_LINES).decode("utf-8", "replace").strip()


def _no_engine(error: Exception) -> ImageError:
    return ImageError(
        "no container engine answers",
        remedy="Start Docker (or set DOCKER_HOST), or build without -t: the bundle needs no engine.",
        code="no-engine",
        detail=str(error),
    )


def _failed(doing: str, error: Exception) -> ImageError:
    text = str(error)
    if "No space left on device" in text or "no space left" in text:
        return disk_full(doing, text)
    if "Connection refused" in text or "FileNotFoundError" in text or "Connection aborted" in text:
        return _no_engine(error)
    return ImageError(
        f"could not {doing}: {text.splitlines()[0] if text else type(error).__name__}",
        remedy="See the details; the engine said no.",
        code="engine",
        detail=text,
    )


def disk_full(doing: str, detail: str) -> ImageError:
    """The failure for a disk without space, here or the engine's."""
    return ImageError(
        f"could not {doing}: the disk is full",
        remedy="Free some space (`docker system df` shows the engine's) and run it again; nothing is trained twice.",
        code="disk-full",
        detail=detail,
    )
