"""The container engine of this machine, and the base image that tests build on."""

from __future__ import annotations

import os
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import docker

DEFAULT_BASE = "nbforge-base:bookworm"
HOW = "(scripts/engine.sh setup)"


def base() -> str:
    """``NBFORGE_BASE``, else the image that ``scripts/engine.sh`` makes."""
    return os.environ.get("NBFORGE_BASE", DEFAULT_BASE)


def client() -> docker.DockerClient:
    """A client by ``DOCKER_HOST``, else the usual socket."""
    import docker

    return docker.from_env(timeout=120)


@lru_cache(maxsize=1)
def missing() -> tuple[str, ...]:
    """What a Docker test lacks here, in words; empty when nothing."""
    import docker
    import requests

    try:
        with closing(client()) as engine:
            engine.ping()
            engine.images.get(base())
    except docker.errors.ImageNotFound:
        return (f"the base image {base()} is not in the container engine {HOW}",)
    except (docker.errors.DockerException, requests.RequestException):
        return (f"no container engine answers {HOW}",)
    return ()
