"""Whether an image is already what a build would make."""

from __future__ import annotations

from nbforge.images.docker.builder import split_ref
from nbforge.images.docker.engine import connected
from nbforge.values import Image


def find(ref: str, version: str, base: str) -> Image | None:
    """The image under ``ref``, if it was made from the bundle of this version, on the base as it is in the engine now.

    Raises:
        ImageError: there is no engine.
    """
    import docker

    repository, tag = split_ref(ref)
    with connected(f"look for `{ref}`") as engine:
        try:
            image = engine.images.get(f"{repository}:{tag}")
            current = engine.images.get(base).id
        except docker.errors.ImageNotFound:
            return None
        if (image.labels.get("nbforge.bundle.version"), image.labels.get("nbforge.base.id")) != (version, current):
            return None
        return Image(f"{repository}:{tag}", str(image.id))
