"""Running an image the way a strict platform would."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from nbforge.errors import ImageError
from nbforge.images.docker.engine import LABELS, connected, host_of, log

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container

READY_SECONDS: Final = 120.0
ANY_USER: Final = "123456:0"
_OWN_LOOPBACK_SECONDS: Final = 3.0


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
    begun = time.monotonic()
    while time.monotonic() < begun + READY_SECONDS:
        container.reload()
        if container.status != "running":
            break
        published = _published(engine, container)
        answer = _probe(published)
        if answer == "ready":
            return published
        # The engine listens on the published port from the start. Where nobody does, this process sees another
        # loopback.
        if answer == "refused" and time.monotonic() > begun + _OWN_LOOPBACK_SECONDS:
            own = _own_address(container)
            if own and _probe(own) == "ready":
                return own
        time.sleep(0.05)
    said = log(container)
    last = said.splitlines()[-1] if said else "it said nothing"
    raise ImageError(
        f"the container does not get ready: {last}",
        remedy="The details hold the end of its log; the bundle itself was proven, so look at what the base lacks.",
        code="container-start",
        detail=said,
    )


def _published(engine: docker.DockerClient, container: Container) -> str:
    """The address of the published port."""
    ports = container.attrs["NetworkSettings"]["Ports"].get("8080/tcp") or [{"HostPort": "0"}]
    return f"http://{host_of(engine)}:{ports[0]['HostPort']}"


def _own_address(container: Container) -> str | None:
    """The container's address in its network, which a container beside it, such as a CI job's, can reach."""
    networks = (container.attrs["NetworkSettings"].get("Networks") or {}).values()
    return next((f"http://{each['IPAddress']}:8080" for each in networks if each.get("IPAddress")), None)


def _probe(url: str) -> Literal["ready", "waiting", "refused"]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health/ready", timeout=1) as answer:
            return "ready" if answer.status == 200 else "waiting"
    except urllib.error.URLError as error:
        return "refused" if isinstance(error.reason, ConnectionRefusedError) else "waiting"
    except (OSError, http.client.HTTPException):
        return "waiting"


def _published_on(engine: docker.DockerClient) -> str:
    """Loopback of this machine; of an engine elsewhere, every address it has."""
    host = host_of(engine)
    return "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"  # noqa: S104 - an engine in a sidecar has its own network
