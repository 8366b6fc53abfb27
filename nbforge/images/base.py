"""What an image is built on, as facts: its Python, its C library, its shared libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nbforge.errors import ImageError
from nbforge.values import Json

VERSION_LABEL: Final = "nbforge.bundle.version"
"""The label that says which bundle an image was made from."""

BYTECODE_DIRECTORY: Final = "/tmp/nbforge-bytecode"  # noqa: S108 - inside a container that is thrown away
"""Where :data:`COMPILE` puts its tree."""

INSPECT: Final = r"""
import importlib.util, json, os, platform, re, sys, sysconfig
stdlib = os.path.realpath(sysconfig.get_path("stdlib"))
libraries, versions = {}, set()
folders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"]
folders += [os.path.join(f, sys.implementation._multiarch) for f in folders[:2] if hasattr(sys.implementation, "_multiarch")]
for folder in folders:
    for name in (os.listdir(folder) if os.path.isdir(folder) else ()):
        path = os.path.join(folder, name)
        if ".so" in name and os.path.isfile(path) and name not in libraries:
            data = open(path, "rb").read()
            if data[:4] == b"\x7fELF":
                libraries[name] = path
                versions.update(v.decode() for v in re.findall(rb"(?:GLIBC|GLIBCXX|CXXABI|GCC|GOMP|OMP)_[0-9][0-9.]*", data))
cached = importlib.util.cache_from_source(os.path.join(stdlib, "asyncio", "base_events.py"))
print(json.dumps({
    "python": platform.python_version(), "executable": sys.executable, "machine": platform.machine(), "libc": platform.libc_ver(),
    "cache_tag": sys.implementation.cache_tag, "stdlib": stdlib, "compiled": os.path.exists(cached),
    "libraries": sorted(libraries), "versions": sorted(versions),
}))
"""
"""Run by the base's own ``python3``; prints the facts as JSON."""

COMPILE: Final = r"""
import os, py_compile, sys, sysconfig
stdlib, out = os.path.realpath(sysconfig.get_path("stdlib")), sys.argv[1]
skipped = {"test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "site-packages", "dist-packages", "pydoc_data"}
for folder, names, files in os.walk(stdlib):
    names[:] = sorted(n for n in names if n not in skipped and n != "__pycache__" and not n.startswith("config-"))
    for name in sorted(files):
        if name.endswith(".py"):
            source = os.path.join(folder, name)
            cached = os.path.join(folder, "__pycache__", name[:-2] + sys.implementation.cache_tag + ".pyc")
            py_compile.compile(source, out + cached, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
"""Run by a base's ``python3`` where its standard library has no ``.pyc``: a non-root user can never write them, and every start
would compile it all again."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base image that is in the engine.

    ``ref`` is what the user called it, ``id`` the engine's, ``digest`` the registry's if it came from one. ``libraries`` are file names
    of its shared libraries, ``versions`` the symbol versions that they define or use, such as ``GLIBC_2.36``. ``compiled``: its
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
    """A :class:`Base` of what :data:`INSPECT` printed.

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
