"""What an image is built on, as facts: its Python, its C library, its shared libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbforge.errors import ImageError
from nbforge.values import Json

VERSION_LABEL: Final = "nbforge.bundle.version"
"""The label that says which bundle an image was made from."""

BYTECODE_DIRECTORY: Final = "/tmp/nbforge-bytecode"  # noqa: S108 - inside a container that is thrown away
"""Where :func:`compiling`'s script puts its tree."""

_INSIDE: Final = Path(__file__).with_name("inside")


def inspecting() -> str:
    """The script that finds out about a base."""
    return (_INSIDE / "inspect_base.py").read_text("utf-8")


def compiling() -> str:
    """The script that compiles a base's standard library."""
    return (_INSIDE / "compile_stdlib.py").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Base:
    """A base image that is in the engine.

    ``ref`` is what the user called it, ``id`` the engine's, ``digest`` the registry's if it came from one.
    ``libraries`` are file names
    of its shared libraries, ``versions`` the symbol versions that they define or use, such as ``GLIBC_2.36``.
    ``compiled``: its
    standard library has ``.pyc`` files.
    """

    ref: str
    id: str
    digest: str | None
    python: str
    machine: str
    glibc: tuple[int, int]
    libraries: frozenset[str]
    versions: frozenset[str]
    compiled: bool

    @property
    def minor(self) -> str:
        """``3.11`` of ``3.11.2``."""
        return ".".join(self.python.split(".")[:2])


def default_base(python: str) -> str:
    """The base for a Python version: ``python:3.11-slim`` for ``3.11`` or ``3.11.7``."""
    return f"python:{'.'.join(python.split('.')[:2])}-slim"


def from_facts(ref: str, image_id: str, digest: str | None, facts: Mapping[str, Json]) -> Base:
    """A :class:`Base` of what :func:`inspecting`'s script printed.

    Raises:
        ImageError: it is no base for wheels (another C library than glibc).
    """
    libc, version = facts["libc"]
    if libc != "glibc":
        raise ImageError(
            f"the base image `{ref}` has no glibc, which wheels are built for",
            remedy="Take a base of Debian, Ubuntu or Fedora, not of Alpine.",
            code="base-libc",
            name=ref,
        )
    major, minor = (int(part) for part in version.split(".")[:2])
    return Base(
        ref=ref,
        id=image_id,
        digest=digest,
        python=facts["python"],
        machine=facts["machine"],
        glibc=(major, minor),
        libraries=frozenset(facts["libraries"]),
        versions=frozenset(facts["versions"]),
        compiled=facts["compiled"],
    )


def check_python(base: Base, wanted: str) -> None:
    """Refuse a base of another Python than the notebook's.

    Args:
        base: the base.
        wanted: a version such as ``3.11`` or ``3.11.7``.

    Raises:
        ImageError: the versions differ in ``X.Y``.
    """
    minor = ".".join(wanted.split(".")[:2])
    if base.minor != minor:
        raise ImageError(
            f"the base image `{base.ref}` has Python {base.python}, and the notebook runs in Python {minor}",
            remedy=f"Name a base with Python {minor}, such as --base {default_base(minor)}.",
            code="base-python",
            name=base.ref,
        )
