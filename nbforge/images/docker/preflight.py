"""What has to be true before an image can be built, found out before anything is trained."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbforge.environments import cache
from nbforge.errors import ImageError
from nbforge.images import base as bases
from nbforge.images.base import Base
from nbforge.images.docker.builder import split_ref
from nbforge.images.docker.engine import LABELS, SECONDS, connected, log
from nbforge.values import Json

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container


def preflight(ref: str, python: str | None = None) -> Base:
    """Check, before anything is trained, that there is an engine and a base that fits; a base that is not there is
    pulled.

    Args:
        ref: the base image.
        python: the notebook's Python version, which the base's must match in ``X.Y``.

    Raises:
        ImageError: no engine, no such image, or the wrong Python in it.
    """
    with connected(f"look into the base image `{ref}`") as engine:
        image = _present(engine, ref)
        facts = cache.value(
            "bases", cache.key(image.id, bases.inspecting()), lambda: _inspect(engine, ref, str(image.id))
        )
        digests = image.attrs.get("RepoDigests") or []
        found = bases.from_facts(ref, str(image.id), digests[0].partition("@")[2] if digests else None, facts)
    if python is not None:
        bases.check_python(found, python)
    return found


def base_layer(base: Base) -> Path | None:
    """What is laid over a base: the ``.pyc`` files of its standard library where it has none, compiled by itself;
    else nothing.
    """
    if base.compiled:
        return None

    def fill(folder: Path) -> None:
        with connected(f"compile the standard library of `{base.ref}`") as engine:
            try:
                with _ran(engine, base.id, [bases.compiling(), bases.BYTECODE_DIRECTORY]) as container:
                    chunks, _stat = container.get_archive(bases.BYTECODE_DIRECTORY)
                    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
                        tar.extractall(folder, filter="data")
            except _ScriptError as error:
                raise ImageError(
                    f"the standard library of `{base.ref}` could not be compiled",
                    remedy="See the details; another base may do.",
                    code="base-python",
                    detail=str(error),
                ) from error

    made = cache.directory("layers", cache.key("base", base.id, bases.compiling()), fill)
    return made / Path(bases.BYTECODE_DIRECTORY).name


def _present(engine: docker.DockerClient, ref: str) -> Any:
    """The base image, pulled if it is not there."""
    import docker

    try:
        return engine.images.get(ref)
    except docker.errors.ImageNotFound:
        try:
            repository, tag = split_ref(ref)
            return engine.images.pull(repository, tag=tag)
        except docker.errors.APIError as error:
            raise ImageError(
                f"the base image `{ref}` is neither in the engine nor can it be pulled",
                remedy="Check the name, log in to its registry with `docker login`, or name another one with --base.",
                code="no-base-image",
                name=ref,
                detail=str(error),
            ) from error


def _inspect(engine: docker.DockerClient, ref: str, image: str) -> Json:
    import docker

    try:
        with _ran(engine, image, [bases.inspecting()]) as container:
            return json.loads(container.logs(stdout=True, stderr=False))
    except (docker.errors.APIError, _ScriptError, ValueError) as error:
        raise ImageError(
            f"the base image `{ref}` does not run `python3`",
            remedy="Name a base that has Python with --base, such as python:3.11-slim.",
            code="base-python",
            name=ref,
            detail=str(error),
        ) from error


class _ScriptError(Exception):
    """A script ended with an error; the text is the end of its output."""


@contextmanager
def _ran(engine: docker.DockerClient, image: str, script: Sequence[str]) -> Iterator[Container]:
    """A container whose ``python3`` ran a script to its end, without a network; removed afterwards, whatever
    happened.
    """
    container = engine.containers.create(
        image, ["-c", *script], entrypoint=["python3"], network_mode="none", user="0:0", labels=LABELS
    )
    try:
        container.start()
        if container.wait(timeout=SECONDS)["StatusCode"]:
            raise _ScriptError(log(container))
        yield container
    finally:
        container.remove(force=True, v=True)
