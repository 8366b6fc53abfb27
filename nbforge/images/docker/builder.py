"""From a plan to a tagged image, and from there to a registry."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbforge.errors import ImageError
from nbforge.images import context
from nbforge.images.base import VERSION_LABEL
from nbforge.images.docker.engine import connected, disk_full
from nbforge.values import Image, ImagePlan

if TYPE_CHECKING:
    import docker


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(:[0-9]+/[a-z0-9._-]+)?(/[a-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class DockerBuilder:
    """Builds plans with the engine that ``DOCKER_HOST`` names, else the local one."""

    def build(self, plan: ImagePlan, ref: str, prove: Callable[[str], None] | None = None) -> Image:
        """Build a plan, prove what came out, and only then give it its tag.

        A failure at any point leaves an earlier image under that tag as it was, and nothing of its own behind.

        Args:
            plan: the plan; its base is in the engine.
            ref: ``name:tag``.
            prove: gets the image's id, and raises if the image is not what it should be.

        Raises:
            ImageError: the engine refuses, or the disk is full.
            NbforgeError: whatever ``prove`` raises.
        """
        import docker

        repository, tag = split_ref(ref)
        with connected(f"build `{ref}`") as engine:
            try:
                built = _tagged(engine, plan, prove, repository, tag)
            except docker.errors.ImageNotFound:
                # Before it has its name, an image is what any clean-up on the same engine takes away: once more.
                built = _tagged(engine, plan, prove, repository, tag)
        return Image(f"{repository}:{tag}", built)

    def push(self, image: Image) -> Image:
        """Push a tagged image with the credentials of Docker's own configuration; the result has the registry's digest.

        Raises:
            ImageError: the registry refuses or is out of reach.
        """
        repository, tag = split_ref(image.ref)
        with connected(f"push `{image.ref}`") as engine:
            digest = None
            for event in engine.api.push(repository, tag=tag, stream=True, decode=True):
                if "error" in event:
                    raise _push_failed(image.ref, str(event["error"]))
                digest = (event.get("aux") or {}).get("Digest", digest)
        if digest is None:
            raise _push_failed(image.ref, "the registry gave no digest")
        return Image(image.ref, image.id, digest)


def split_ref(ref: str) -> tuple[str, str]:
    """``("registry:5000/team/name", "tag")`` of an image reference; the tag defaults to ``latest``.

    Raises:
        ImageError: it names a digest, or nothing.
    """
    name, _, tag = ref.rpartition(":")
    if not name or "/" in tag:
        name, tag = ref, "latest"
    if not _NAME.fullmatch(name):
        raise ImageError(
            f"`{ref}` is no name for an image",
            remedy="Write it like team/churn:1.0, in lower case.",
            code="image-name",
            name=ref,
        )
    return name, tag


def _tagged(
    engine: docker.DockerClient, plan: ImagePlan, prove: Callable[[str], None] | None, repository: str, tag: str
) -> str:
    """Build, prove, tag; the image's id. What does not pass is removed."""
    built = _build(engine, plan)
    try:
        if prove is not None:
            prove(built)
        engine.images.get(built).tag(repository, tag)
    except BaseException:
        _drop(engine, built)
        raise
    return built


def _build(engine: docker.DockerClient, plan: ImagePlan) -> str:
    """Send the context and follow the build; returns the image's id."""
    with tempfile.TemporaryFile(prefix="nbforge-context-") as stream:
        context.write(plan, stream)
        stream.seek(0)
        events = engine.api.build(
            fileobj=stream,
            custom_context=True,
            dockerfile="Dockerfile.nbforge",
            network_mode="none",
            rm=True,
            forcerm=True,
            decode=True,
        )
        return _built(events)


def _built(events: Iterable[Mapping[str, Any]]) -> str:
    log: list[str] = []
    image = None
    for event in events:
        log.append(str(event.get("stream") or event.get("error") or "").rstrip())
        if "error" in event:
            raise _refused(str(event["error"]), "\n".join(line for line in log if line))
        image = (event.get("aux") or {}).get("ID", image)
    if image is None:
        raise _refused("the engine named no image", "\n".join(log))
    return str(image)


def _drop(engine: docker.DockerClient, image: str) -> None:
    """Remove an image that did not pass, unless the same image passed before and has its name from then."""
    import docker

    with contextlib.suppress(docker.errors.APIError):
        if not engine.images.get(image).tags:
            engine.images.remove(image, noprune=True)  # layers may serve another build by now


def _refused(reason: str, log: str) -> ImageError:
    if "no space left" in reason:
        return disk_full("build the image", log)
    return ImageError(
        f"the engine could not build the image: {reason}",
        remedy="The details hold the build's log.",
        code="image-build",
        detail=log,
    )


def _push_failed(ref: str, reason: str) -> ImageError:
    return ImageError(
        f"could not push `{ref}`: {reason}",
        remedy="Log in with `docker login`, and check that the registry can be reached from the engine.",
        code="push",
        name=ref,
    )


def present(ref: str, version: str) -> Image | None:
    """The image under a tag, if it is in the engine and was made from the bundle of that version.

    Raises:
        ImageError: no engine answers.
    """
    import docker

    repository, tag = split_ref(ref)
    with connected(f"look for `{ref}`") as engine:
        try:
            found = engine.images.get(f"{repository}:{tag}")
        except docker.errors.ImageNotFound:
            return None
        if found.labels.get(VERSION_LABEL) != version:
            return None
        return Image(f"{repository}:{tag}", str(found.id))
