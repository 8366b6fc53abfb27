"""The environment that a bundle is proven, served and scored in: the lock and nothing else."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

from nbforge.environments import bytecode, cache, installer, interpreter, tracing
from nbforge.errors import EnvironmentFailure
from nbforge.values import Environment

_HEADER: Final = re.compile(r"^# Python (\d+\.\d+)$", re.MULTILINE)
_TESTS: Final = frozenset({"tests", "test"})


def proof_environment(lock: Path, python: Path | str | None = None) -> Environment:
    """A cached virtual environment that holds exactly what a lock names.

    Args:
        lock: a bundle's ``requirements.lock``.
        python: an interpreter, or a version such as ``3.11`` that is looked for on this machine; else the version
            that the lock says.

    Raises:
        EnvironmentFailure: there is no such Python, or the index is out of reach.
    """
    text = lock.read_text("utf-8")
    base = python if isinstance(python, Path) else _interpreter(python or _version(text))
    identity = interpreter.ask(base).version if isinstance(base, Path) else base
    key = cache.key(text, str(base), identity)

    def fill(folder: Path) -> None:
        try:
            made = installer.venv(folder, base)
        except EnvironmentFailure as failure:
            raise failure if isinstance(base, Path) else installer.missing_python(base, failure) from failure
        installer.install_lock(lock, made)
        for site in folder.glob("lib/python*/site-packages"):
            bytecode.compile_modules(made, site, needed_modules(site, tracing.remembered(text)))

    return interpreter.environment(cache.directory("proofs", key, fill) / "bin" / "python", "proof")


def python_of(lock: Path) -> str:
    """The Python version, such as ``3.11``, that a lock was made for."""
    return _version(lock.read_text("utf-8"))


def header(python: str) -> str:
    """The lock's first line."""
    return f"# Python {python}\n"


def _interpreter(version: str) -> Path | str:
    """The interpreter that runs nbforge where it is of that version; else the version, for uv to find one."""
    return Path(sys.executable) if version == f"{sys.version_info[0]}.{sys.version_info[1]}" else version


def _version(text: str) -> str:
    found = _HEADER.search(text)
    if not found:
        raise EnvironmentFailure(
            "the lock does not say which Python it is for", remedy="Build the bundle again.", code="lock-unreadable"
        )
    return found.group(1)


def needed_modules(site: Path, used: Collection[str]) -> list[str]:
    """Which modules of a site directory are worth compiling ahead, as relative paths.

    Of packages that scoring was seen to use, the modules that it used; of all others (the service's own), every one
    that is no test.

    Args:
        site: the directory.
        used: relative paths of the files that scoring used; empty where that is not known.
    """
    tops = {file.partition("/")[0] for file in used}
    names = (file.relative_to(site).as_posix() for file in site.rglob("*.py"))
    return sorted(name for name in names if name in used or (name.partition("/")[0] not in tops and not _is_test(name)))


def _is_test(name: str) -> bool:
    return not _TESTS.isdisjoint(name.split("/"))
