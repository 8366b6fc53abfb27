"""Running an image the way a strict platform would."""

from __future__ import annotations

import http.client
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nbforge.errors import ImageError
from nbforge.images.docker.engine import LABELS, connected, host_of, log

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container

READY_SECONDS: Final = 120.0
ANY_USER: Final = "123456:0"
_INSIDE: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that say that this process is in a container itself, whose loopback is not the engine's."""


@dataclass(frozen=True, slots=True)
class Running:
    """A container that is ready: where it answers, and its id."""

    url: str
    id: str


@contextmanager
def run_container(image: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """An image as a strict platform would run it: read-only, without capabilities, as any user; removed at the end.

    Args:
        image: reference or id.
        environment: settings of the service.

    Raises:
        ImageError: it does not get ready; the detail holds the end of its log.
    """
    with connected("run the image") as engine:
        container = engine.containers.create(
            image,
            environment=dict(environment or {}),
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            user=ANY_USER,
            ports={"8080/tcp": (_published_on(engine), 0)},
            labels=LABELS,
        )
        try:
            container.start()
            yield Running(_wait_ready(engine, container), str(container.id))
        finally:
            container.remove(force=True, v=True)


def _wait_ready(engine: docker.DockerClient, container: Container) -> str:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        container.reload()
        if container.status != "running":
            break
        for url in _addresses(engine, container):
            if _is_ready(url):
                return url
        time.sleep(0.05)
    said = log(container)
    last = said.splitlines()[-1] if said else "it said nothing"
    raise ImageError(
        f"the container does not get ready: {last}",
        remedy="The details hold the end of its log; the bundle itself was proven, so look at what the base lacks.",
        code="container-start",
        detail=said,
    )


def _addresses(engine: docker.DockerClient, container: Container) -> Iterator[str]:
    """Where the container may answer: its published port, and its own address where this process is a container beside it."""
    network = container.attrs["NetworkSettings"]
    host = host_of(engine)
    for published in (network.get("Ports") or {}).get("8080/tcp") or ():
        yield f"http://{host}:{published['HostPort']}"
    for each in (network.get("Networks") or {}).values():
        if each.get("IPAddress") and any(mark.exists() for mark in _INSIDE):
            yield f"http://{each['IPAddress']}:8080"


def _is_ready(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def _published_on(engine: docker.DockerClient) -> str:
    """Loopback of this machine; of an engine elsewhere, every address it has."""
    host = host_of(engine)
    return "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"  # noqa: S104 - an engine in a sidecar has its own network
