"""What an interpreter is and what is installed in it, found without starting it more often than needed."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbforge.environments import cache
from nbforge.errors import UsageError
from nbforge.values import Environment

_ASK: Final = """
import json, platform, sys, sysconfig
print(json.dumps({
    "version": platform.python_version(), "implementation": sys.implementation.name,
    "path": [entry for entry in sys.path if entry], "machine": platform.machine(),
    "libc": list(platform.libc_ver()), "system": sys.platform,
}))
"""
_OLDEST: Final = (3, 11)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Facts about a Python.

    ``path`` is its ``sys.path`` without the working directory; ``glibc`` is ``(2, 36)`` or the like, ``None`` where
    the C library
    is another.
    """

    python: Path
    version: str
    path: tuple[Path, ...]
    machine: str
    system: str
    glibc: tuple[int, int] | None

    @property
    def minor(self) -> str:
        """``3.11`` of ``3.11.7``."""
        return ".".join(self.version.split(".")[:2])


def ask(python: Path) -> Interpreter:
    """The facts of the interpreter at ``python``; kept in the cache as long as its file and its ``pyvenv.cfg`` are
    the same.

    Raises:
        UsageError: it does not run, is no CPython, or is older than 3.11.
    """
    python = python.expanduser().absolute()
    marks = [_mark(python), _mark(Path(os.path.realpath(python))), _mark(python.parent.parent / "pyvenv.cfg")]
    settings = [os.environ.get(name) for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE")]
    facts = cache.value("interpreters", cache.key(str(python), marks, settings, _ASK), lambda: _start(python))
    major_minor = tuple(int(part) for part in facts["version"].split(".")[:2])
    if facts["implementation"] != "cpython" or major_minor < _OLDEST:
        raise UsageError(
            f"`{python}` is {facts['implementation']} {facts['version']}; notebooks run in CPython 3.11 or later",
            remedy="Name another interpreter with --python.",
            code="python-version",
            name=str(python),
        )
    libc, number = facts["libc"]
    return Interpreter(
        python=python,
        version=facts["version"],
        path=tuple(Path(entry) for entry in facts["path"]),
        machine=facts["machine"],
        system=facts["system"],
        glibc=_pair(number) if libc == "glibc" else None,
    )


def environment(python: Path, origin: str) -> Environment:
    """The :class:`Environment` of an interpreter as it is now.

    Args:
        python: its executable.
        origin: ``"--python"``, ``"project"``, ``"active"`` or ``"proof"``.
    """
    facts = ask(python)
    return Environment(facts.python, facts.version, fingerprint(facts), origin)


def fingerprint(facts: Interpreter) -> str:
    """A digest of the interpreter and of what is installed: each distribution's folder name and when it was written.

    Reads directory entries only (no metadata file), so that a build where nothing changed stays fast.
    """
    installed = [(str(folder), _installed(folder)) for folder in facts.path if folder.is_dir()]
    return cache.key(str(facts.python), os.path.realpath(facts.python), facts.version, facts.machine, installed)


def has(facts: Interpreter, distribution: str) -> bool:
    """Whether a distribution is installed."""
    return version_of(facts, distribution) is not None


def version_of(facts: Interpreter, distribution: str) -> str | None:
    """The version of an installed distribution, by its folder's name; ``None`` where there is none."""
    prefix = distribution.replace("-", "_").lower() + "-"
    for folder in facts.path:
        for entry in os.listdir(folder) if folder.is_dir() else ():  # noqa: PTH208 - names only, three times faster than Path.iterdir
            if entry.lower().startswith(prefix) and entry.endswith((".dist-info", ".egg-info")):
                return entry[len(prefix) :].rpartition(".")[0]
    return None


def _installed(folder: Path) -> list[tuple[str, int]]:
    with os.scandir(folder) as entries:
        return sorted(
            (entry.name, entry.stat().st_mtime_ns)
            for entry in entries
            if entry.name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth"))
        )


def _start(python: Path) -> dict[str, object]:
    if not python.exists():
        raise UsageError(
            f"there is no interpreter at `{python}`",
            remedy="Give the path of a Python executable or of a virtual environment with --python.",
            code="no-interpreter",
            name=str(python),
        )
    try:
        done = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=True, timeout=60, cwd=os.sep)
        return json.loads(done.stdout)  # type: ignore[no-any-return]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UsageError(
            f"`{python}` does not run as a Python interpreter",
            remedy="Give the path of a working Python executable with --python.",
            code="no-interpreter",
            name=str(python),
            detail=str(getattr(error, "stderr", "") or error),
        ) from error


def _mark(file: Path) -> tuple[int, int] | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def _pair(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor.split(".")[0] or 0)
