"""The bundle's Dockerfile, which is the one truth about how its image is put together: written here, and read here.

It works as it stands for a person with a plain ``docker build``; a builder reads the same steps out of it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nbforge import resources
from nbforge.errors import ImageError
from nbforge.images.base import default_base
from nbforge.values import ImagePlan

_BASE: Final = re.compile(r"^ARG BASE=.*$", re.MULTILINE)
FILES: Final = ("Dockerfile", ".dockerignore")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A Dockerfile's steps. ``copies`` are ``(source in the bundle, target in the image)`` in order, one a source."""

    base: str
    copies: tuple[tuple[str, str], ...]
    environment: Mapping[str, str]
    user: str
    command: tuple[str, ...]
    healthcheck: tuple[str, ...]
    port: int
    workdir: str


def files(python: str, base: str | None = None) -> dict[str, str]:
    """Text by file name of what a bundle needs to become an image: ``Dockerfile`` and ``.dockerignore``.

    Args:
        python: the notebook's Python version.
        base: what ``--base`` named.
    """
    templates = resources.path("service_templates")
    texts = {name: (templates / name).read_text("utf-8") for name in FILES}
    return {**texts, "Dockerfile": _BASE.sub(f"ARG BASE={base or default_base(python)}", texts["Dockerfile"], count=1)}


def read(text: str) -> Recipe:
    """The steps of a bundle's Dockerfile.

    Raises:
        ImageError: it is not one that nbforge wrote.
    """
    steps = list(_steps(text))
    arguments: dict[str, list[str]] = {}
    for instruction, argument in steps:
        arguments.setdefault(instruction, []).append(argument)
    try:
        check, _, probe = arguments["HEALTHCHECK"][0].partition(" CMD ")
        return Recipe(
            base=arguments["ARG"][0].partition("=")[2],
            copies=tuple(copy for argument in arguments["COPY"] for copy in _copies(argument)),
            environment=dict(_pair(word) for argument in arguments["ENV"] for word in shlex.split(argument)),
            user=arguments["USER"][0],
            command=tuple(json.loads(arguments["CMD"][0])),
            healthcheck=(*check.split(), *json.loads(probe)),
            port=int(arguments["EXPOSE"][0]),
            workdir=arguments["WORKDIR"][0],
        )
    except (KeyError, ValueError) as error:
        raise ImageError(
            "the bundle's Dockerfile is not as nbforge writes it", remedy="Build the bundle again.", code="dockerfile"
        ) from error


def render(plan: ImagePlan) -> str:
    """The Dockerfile of a plan, with its base filled in; each layer lies in the build context under its name."""
    lines = [f"FROM {plan.base}"]
    lines += [f"COPY {shlex.join(sources)} {target}" for target, sources in _grouped(plan)]
    lines += [f"ENV {name}={json.dumps(text)}" for name, text in plan.environment.items()]
    lines += [f"LABEL {json.dumps(name)}={json.dumps(text)}" for name, text in sorted(plan.labels.items())]
    options = [word for word in plan.healthcheck if word.startswith("--") and "=" in word]
    probe = [word for word in plan.healthcheck if word not in options]
    lines += [
        f"WORKDIR {plan.workdir}",
        f"EXPOSE {plan.port}",
        f"USER {plan.user}",
        "STOPSIGNAL SIGTERM",
        f"HEALTHCHECK {' '.join(options)} CMD {json.dumps(probe)}",
        f"CMD {json.dumps(list(plan.command))}",
    ]
    return "\n".join(lines) + "\n"


def _steps(text: str) -> Iterator[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    for line in joined.splitlines():
        instruction, _, argument = line.strip().partition(" ")
        if instruction:
            yield instruction.upper(), argument.strip()


def _copies(argument: str) -> Iterator[tuple[str, str]]:
    *sources, target = shlex.split(argument)
    for source in sources:
        yield source.rstrip("/"), target


def _pair(word: str) -> tuple[str, str]:
    name, _, text = word.partition("=")
    return name, text


def _grouped(plan: ImagePlan) -> list[tuple[str, list[str]]]:
    """One COPY for neighbouring layers that go to the same place: each COPY is a layer in the engine."""
    grouped: list[tuple[str, list[str]]] = []
    for layer in plan.layers:
        source = layer.name + "/" if layer.source.is_dir() else layer.name
        if grouped and grouped[-1][0] == layer.target and not layer.source.is_dir():
            grouped[-1][1].append(source)
        else:
            grouped.append((layer.target, [source]))
    return grouped
