"""What an image is made of, before any builder comes in: ordered layers, environment, user, command, labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nbforge.environments import proof, tracing
from nbforge.errors import ImageError
from nbforge.images import base as bases
from nbforge.images import dockerfile, layers
from nbforge.images.base import Base
from nbforge.values import ImagePlan, Json, Layer, VerifiedBundle

_CREATED: Final = "1970-01-01T00:00:00Z"
"""Of no build in particular, so that the same bundle gets the same labels."""


def plan(verified: VerifiedBundle, base: Base, base_layer: Path | None = None) -> ImagePlan:
    """The image of a proven bundle on a base.

    Args:
        verified: the bundle.
        base: what :func:`nbforge.images.docker.preflight` found out about the base.
        base_layer: a directory that is laid over the base's root, if it needs one.

    Raises:
        ImageError: the base's Python is another one, a shared library is missing, or the base is too old for a wheel.
        EnvironmentFailure: the lock's wheels cannot be fetched.
    """
    bundle = verified.bundle
    root = bundle.directory
    lock = root / "requirements.lock"
    bases.check_python(base, proof.python_of(lock))
    environment = proof.proof_environment(lock)
    used = frozenset(file for each in tracing.trace(root, environment).used for file in each.files)
    made = layers.make(lock, base, environment, used)
    ours = {
        "layers/packages": made.packages,
        "layers/libraries": made.libraries,
        "layers/base": base_layer or layers.empty(),
    }
    recipe = dockerfile.read((root / "Dockerfile").read_text("utf-8"))
    return ImagePlan(
        base=base.id,
        layers=tuple(
            Layer(source, _existing(ours.get(source, root / source)), target)
            for source, target in recipe.copies
            if source != "layers/base" or base_layer
        ),
        environment=recipe.environment,
        labels=labels(verified, base, made.brought),
        user=recipe.user,
        command=recipe.command,
        healthcheck=recipe.healthcheck,
        port=recipe.port,
        workdir=recipe.workdir,
    )


def labels(verified: VerifiedBundle, base: Base, brought: tuple[Mapping[str, str], ...] = ()) -> dict[str, str]:
    """OCI annotations and nbforge's own: what is in the image, and where it came from."""
    bundle = verified.bundle
    said = {
        "org.opencontainers.image.title": bundle.name,
        "org.opencontainers.image.version": bundle.version,
        "org.opencontainers.image.created": _CREATED,
        "org.opencontainers.image.base.name": base.ref,
        "nbforge.bundle.name": bundle.name,
        bases.VERSION_LABEL: bundle.version,
        "nbforge.bundle.protocol": str(bundle.manifest["protocol"]),
        "nbforge.base.id": base.id,
    }
    if base.digest:
        said["org.opencontainers.image.base.digest"] = base.digest
    commit = _commit(bundle.directory / "evidence" / "lineage.json")
    if commit:
        said["org.opencontainers.image.revision"] = commit
    if brought:
        said["nbforge.libraries"] = json.dumps(list(brought), sort_keys=True)
    return said


def _commit(lineage: Path) -> str | None:
    """The commit that the notebooks were at, where the run recorded one."""
    try:
        recorded: Json = json.loads(lineage.read_bytes())
    except (OSError, ValueError):
        return None
    git = recorded.get("git") if isinstance(recorded, dict) else None
    commit = git.get("commit") if isinstance(git, dict) else None
    return commit if isinstance(commit, str) else None


def _existing(source: Path) -> Path:
    if not source.exists():
        raise ImageError(
            f"the bundle lacks `{source.name}`",
            remedy="Build the bundle again.",
            code="bundle-incomplete",
            name=source.name,
        )
    return source
