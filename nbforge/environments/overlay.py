"""What a kernel, and the trace of its scoring, get at the end of their import path. The user's environment needs no
nbforge.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import nbforge
from nbforge.environments import cache, installer, interpreter, uv
from nbforge.errors import EnvironmentFailure
from nbforge.values import Environment

_PACKAGE: Final = Path(nbforge.__file__).resolve().parent
_PINS: Final = Path(__file__).with_name("overlay.txt")
_COMPILERS: Final = {"onnx": Path(__file__).with_name("overlay_onnx.txt")}
_PARTS: Final = ("__init__.py", "runtime", "training/__init__.py", "training/kernel")
_KERNEL: Final = "ipykernel"


def overlay(environment: Environment, compile_to: str | None = None) -> Path:
    """A cached directory to be appended to ``sys.path``: nbforge's runtime and kernel code, pinned skops and
    cloudpickle.

    Where the environment has no ipykernel, the directory holds one as well, chosen to fit what the environment
    already has; and with ``compile_to`` that compiler.

    Raises:
        EnvironmentFailure: the package index is out of reach.
    """
    facts = interpreter.ask(environment.python)
    lacks_kernel = not interpreter.has(facts, _KERNEL)
    pins = [*_pins(_PINS), *(_pins(_COMPILERS[compile_to]) if compile_to else ())]
    key = cache.key(
        nbforge.__version__,
        _code(),
        pins,
        facts.minor,
        facts.machine,
        environment.fingerprint if lacks_kernel else "",
    )

    def fill(folder: Path) -> None:
        _copy(folder / "nbforge")
        _install(pins, folder, environment, dependencies=False)
        if lacks_kernel:
            _install([_KERNEL], folder, environment, dependencies=True)
        shutil.rmtree(folder / "bin", ignore_errors=True)
        (folder / ".lock").unlink(missing_ok=True)

    return cache.directory("overlays", key, fill)


def _copy(target: Path) -> None:
    for part in _PARTS:
        source = _PACKAGE / part
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
        else:
            shutil.copyfile(source, target / part)


def _code() -> list[tuple[str, int, int]]:
    """Name, size and time of every file that is copied: as good as a digest for files that only an installer or an
    editor writes.
    """
    files = [
        path
        for part in _PARTS
        for path in ([_PACKAGE / part] if part.endswith(".py") else sorted((_PACKAGE / part).rglob("*")))
    ]
    return [
        (str(file.relative_to(_PACKAGE)), file.stat().st_size, file.stat().st_mtime_ns)
        for file in files
        if file.is_file() and file.suffix != ".pyc"
    ]


def _pins(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def _install(requirements: list[str], folder: Path, environment: Environment, *, dependencies: bool) -> None:
    """Into ``folder``. With dependencies: those that the environment has already keep their versions, where that can
    be.
    """
    arguments = ["pip", "install", "--python", os.fspath(environment.python), "--target", os.fspath(folder)]
    if not dependencies:
        uv.run([*arguments, "--no-deps", *requirements], doing="fetch what the kernel needs besides")
        return
    bound = folder / "constraints.txt"
    bound.write_text(installer.freeze(environment), "utf-8")
    doing = "fetch an ipykernel for this environment"
    try:
        uv.run([*arguments, *requirements, "-c", os.fspath(bound)], doing=doing)
    except EnvironmentFailure as failure:
        if failure.code not in {"unresolvable", "distribution-missing"}:
            raise
        uv.run([*arguments, *requirements], doing=doing)
    finally:
        bound.unlink()
