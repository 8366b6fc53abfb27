"""Which Python the notebook runs in: ``--python``; else the project's lock, as a cached environment; else the active
one.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbforge.environments import cache, installer, interpreter, uv
from nbforge.errors import EnvironmentFailure, UsageError
from nbforge.values import Environment

LOCKS: Final = ("uv.lock", "pylock.toml", "requirements.lock", "requirements.txt")
"""What is looked for beside the notebook and in the folders above it up to the project's root; the nearest folder
wins."""

_ROOT_MARKS: Final = (".git", "pyproject.toml")
_INCLUDED: Final = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]\s*(\S+)", re.MULTILINE)


def resolve(notebook_dir: Path, python: Path | None = None, kernel: str | None = None) -> Environment:
    """The training environment of the notebooks in a folder.

    Args:
        notebook_dir: the folder.
        python: what ``--python`` named: an executable or a virtual environment.
        kernel: a Jupyter kernel that was asked for by name. The name that a notebook carries in its metadata is not
            meant: a
            notebook runs in the resolved environment whatever its author called that kernel.

    Raises:
        UsageError: there is no such interpreter or kernel.
        EnvironmentFailure: the environment could not be made from the project's lock.
    """
    if python is not None:
        return interpreter.environment(_executable(python.expanduser()), "--python")
    if kernel is not None:
        return interpreter.environment(_kernel_python(kernel), "kernel")
    lock = find_lock(notebook_dir.absolute())
    active = _active()
    if lock is None or _is_of(active, lock.parent):
        return interpreter.environment(active, "active")
    return interpreter.environment(_made_from(lock, active), "project")


def find_lock(folder: Path) -> Path | None:
    """The project's lock: the nearest of :data:`LOCKS` from ``folder`` up to the project's root."""
    for place in _up_to_root(folder):
        for name in LOCKS:
            if (place / name).is_file():
                return place / name
    return None


def _up_to_root(folder: Path) -> Iterator[Path]:
    """``folder`` alone unless some folder above is marked as a project's root."""
    chain = [folder, *folder.parents]
    root = next((index for index, place in enumerate(chain) if any((place / mark).exists() for mark in _ROOT_MARKS)), 0)
    yield from chain[: root + 1]


def _active() -> Path:
    """The activated virtual environment's interpreter, else the one that runs nbforge."""
    activated = os.environ.get("VIRTUAL_ENV")
    if activated and (Path(activated) / "bin" / "python").exists():
        return Path(activated) / "bin" / "python"
    return Path(sys.executable)


def _is_of(python: Path, project: Path) -> bool:
    """Whether the active interpreter is the environment that the project keeps for itself, in a folder beside its
    lock.
    """
    return python.absolute().parent.parent.parent == project.absolute()


def _executable(given: Path) -> Path:
    return given / "bin" / "python" if given.is_dir() else given


def _made_from(lock: Path, active: Path) -> Path:
    """The interpreter of the cached environment that holds what a lock file names."""
    wanted = _wanted_python(lock.parent) or str(active)
    key = cache.key(lock.name, _contents(lock), _project_text(lock), interpreter.ask(active).version, wanted)

    def fill(folder: Path) -> None:
        python = installer.venv(folder, wanted)
        if lock.name == "uv.lock":
            _install_project(lock.parent, python)
        else:
            installer.install([lock], python, cwd=lock.parent)

    return cache.directory("environments", key, fill) / "bin" / "python"


def _install_project(project: Path, python: Path) -> None:
    """What ``uv sync`` would install, the project's own package as an editable one if it is a package."""
    exported = python.parent.parent / "requirements.txt"
    uv.run(
        [
            *(
                "export",
                "--frozen",
                "--no-emit-project",
                "--no-header",
                "--no-annotate",
                "--project",
                os.fspath(project),
            ),
            *("--output-file", os.fspath(exported)),
        ],
        doing="read uv.lock",
    )
    installer.install([exported], python, cwd=project)
    if "build-system" in _toml(project / "pyproject.toml"):
        uv.run(
            ["pip", "install", "--no-deps", "--python", os.fspath(python), "--editable", os.fspath(project)],
            doing="install the project's own package",
        )


def _wanted_python(project: Path) -> str | None:
    """The version that the project asks for: ``.python-version``, else ``requires-python`` where the active one is
    outside.
    """
    pinned = project / ".python-version"
    if pinned.is_file():
        return next((line.strip() for line in pinned.read_text("utf-8").splitlines() if line.strip()), None)
    required = _toml(project / "pyproject.toml").get("project", {}).get("requires-python")
    if not required:
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = SpecifierSet(required).contains(".".join(map(str, sys.version_info[:3])), prereleases=True)
    except InvalidSpecifier as error:
        raise UsageError(
            f"`requires-python` of {project / 'pyproject.toml'} is `{required}`, which no Python can satisfy",
            remedy="Write it like `>=3.11`.",
            code="requires-python",
        ) from error
    return None if fits else required


def _contents(lock: Path) -> list[tuple[str, str]]:
    """A lock file's text, and the texts of the files that it includes."""
    found: dict[str, str] = {}
    waiting = [lock]
    while waiting:
        file = waiting.pop()
        if str(file) in found:
            continue
        try:
            found[str(file)] = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentFailure(
                f"`{file.name}` cannot be read",
                remedy=f"`{lock.name}` needs it.",
                code="lock-unreadable",
                name=file.name,
            ) from error
        if lock.suffix != ".toml" and lock.name != "uv.lock":
            waiting += [file.parent / name for name in _INCLUDED.findall(found[str(file)]) if "://" not in name]
    return [(Path(name).name, text) for name, text in sorted(found.items())]


def _project_text(lock: Path) -> str:
    """An editable project belongs to one folder, so its environment does too."""
    return str(lock.parent) if lock.name == "uv.lock" else ""


def _toml(file: Path) -> dict[str, dict[str, str]]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _kernel_python(name: str) -> Path:
    """The interpreter of an installed Jupyter kernel."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except (NoSuchKernel, json.JSONDecodeError) as error:
        raise UsageError(
            f"there is no Jupyter kernel `{name}`",
            remedy="`jupyter kernelspec list` shows the names; --python names an interpreter instead.",
            code="no-kernel",
            name=name,
        ) from error
    if spec.language.lower() != "python":
        raise UsageError(
            f"the kernel `{name}` is for {spec.language}", remedy="Name a Python kernel.", code="no-kernel", name=name
        )
    first = Path(spec.argv[0]) if spec.argv else Path("python")
    return first if first.is_absolute() else _active()
