"""An environment for each peer, made with uv and kept."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_SHARED = ("scikit-learn", "numpy", "scipy", "pandas")
_UV = Path(sys.executable).with_name("uv")


class InstallError(Exception):
    """A peer's environment could not be made."""


def python_of(requirements: Sequence[str]) -> Path:
    """The interpreter of an environment that holds these, and what fitted the models.

    Raises:
        InstallError: it cannot be made.
    """
    asked = [*requirements, *(f"{name}=={importlib.metadata.version(name)}" for name in _SHARED)]
    key = hashlib.sha256("\n".join([sys.version, *asked]).encode()).hexdigest()[:12]
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nbforge-benchmarks" / key
    python = root / "bin" / "python"
    if not (root / "ready").is_file():
        shutil.rmtree(root, ignore_errors=True)
        _uv("venv", "--quiet", "--python", sys.executable, str(root))
        _uv("pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *asked)
        (root / "ready").touch()
    return python


def version_of(python: Path, name: str) -> str:
    """The version of a distribution in an environment."""
    code = "import sys, importlib.metadata; print(importlib.metadata.version(sys.argv[1]))"
    return subprocess.run([python, "-c", code, name], capture_output=True, text=True, check=True).stdout.strip()


def _uv(*arguments: str) -> None:
    try:
        done = subprocess.run([_UV, *arguments], capture_output=True, text=True, check=False, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(str(error)) from error
    if done.returncode:
        raise InstallError(done.stderr.strip()[-500:])
