"""Environments and directories filled with wheels, through the user's own package settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbforge.environments import settings, uv
from nbforge.environments.interpreter import Interpreter
from nbforge.errors import EnvironmentFailure
from nbforge.values import Environment


@dataclass(frozen=True, slots=True)
class Target:
    """The Python and the platform that wheels are chosen for; ``platform`` as uv names it, ``None`` for this
    machine's own.
    """

    python: str
    platform: str | None

    @classmethod
    def linux(cls, python: str, machine: str, glibc: tuple[int, int]) -> Target:
        """A Linux with glibc, such as ``x86_64-manylinux_2_36``; uv knows these from 2.28 to 2.40."""
        architecture = {"arm64": "aarch64", "amd64": "x86_64"}.get(machine, machine)
        minor = min(glibc[1], 40)
        known = 28 if minor < 31 else minor
        return cls(python, f"{architecture}-manylinux_2_{known}" if minor >= 28 else f"{architecture}-manylinux2014")

    def options(self) -> list[str]:
        """Uv's options for it."""
        return ["--python-version", self.python, *(["--python-platform", self.platform] if self.platform else [])]


def venv(directory: Path, python: Path | str) -> Path:
    """Make a virtual environment without pip and return its interpreter's path.

    Args:
        directory: where; it may exist and be empty.
        python: an interpreter's path, or a version such as ``3.11`` for uv to find.
    """
    uv.run(
        [
            "venv",
            "--no-project",
            "--allow-existing",
            "--relocatable",
            "--python",
            os.fspath(python),
            os.fspath(directory),
        ],
        doing=f"make an environment with Python {python}" if isinstance(python, str) else "make an environment",
    )
    return directory / "bin" / "python"


def install(requirements: Sequence[Path], python: Path, *, cwd: Path | None = None) -> None:
    """Install requirement files, with their dependencies, into an environment; the user's constraints hold."""
    files = [part for file in requirements for part in ("-r", os.fspath(file))]
    bound = [part for file in settings.constraints() for part in ("-c", os.fspath(file))]
    uv.run(
        ["pip", "install", *_index(), "--python", os.fspath(python), *files, *bound],
        doing="install the project's lock",
        cwd=cwd,
    )


def install_lock(lock: Path, python: Path) -> None:
    """Install exactly what a lock names, by hash, into an environment."""
    uv.run(["pip", "install", *_locked(lock), "--python", os.fspath(python)], doing="install the lock")


def lay_out(lock: Path, directory: Path, target: Target) -> None:
    """Unpack exactly what a lock names, by hash, into a directory, for any platform; nothing of it is run."""
    uv.run(
        ["pip", "install", *_locked(lock), *target.options(), "--target", os.fspath(directory)],
        doing="fetch the lock's wheels",
    )
    (directory / ".lock").unlink(missing_ok=True)


def compile_lock(
    requirements: Iterable[str],
    target: Target,
    *,
    preferred: Iterable[str] = (),
    excluded: Iterable[str] = (),
    only_wheels: bool = True,
    dependencies: bool = True,
) -> str:
    """Resolve requirements into a lock with hashes: sorted, no comments, no addresses.

    Args:
        requirements: lines such as ``pandas==3.1.1`` or ``fastapi>=0.115``.
        target: what to resolve for.
        preferred: ``name==version`` lines, taken where they satisfy everything.
        excluded: names of distributions that are left out although something declares them.
        only_wheels: refuse distributions that have no wheel for the target.
        dependencies: resolve what the requirements need, too.

    Raises:
        EnvironmentFailure: names the distribution or the host.
    """
    with tempfile.TemporaryDirectory(prefix="nbforge-lock-") as folder:
        asked, output, dropped = (
            Path(folder, name) for name in ("requirements.in", "requirements.lock", "excluded.txt")
        )
        asked.write_text("\n".join(requirements) + "\n", "utf-8")
        output.write_text("\n".join(preferred) + "\n", "utf-8")
        dropped.write_text("\n".join(excluded) + "\n", "utf-8")
        bound = [part for file in settings.constraints() for part in ("-c", os.fspath(file))]
        wheels = ["--only-binary", ":all:"] if only_wheels else []
        alone = [] if dependencies else ["--no-deps"]
        uv.run(
            [
                *("pip", "compile", os.fspath(asked), "--output-file", os.fspath(output), "--generate-hashes"),
                *(
                    "--no-header",
                    "--no-annotate",
                    "--no-emit-index-url",
                    "--no-emit-find-links",
                    "--excludes",
                    os.fspath(dropped),
                ),
                *(*_index(), *wheels, *alone, *target.options(), *bound),
            ],
            doing="make the lock",
        )
        return output.read_text("utf-8")


def platform_of(facts: Interpreter) -> Target:
    """The Linux target that stands for this machine: images are Linux, also where the host is not."""
    return Target.linux(facts.version, facts.machine, facts.glibc or (2, 36))


def _locked(lock: Path) -> list[str]:
    return [*_index(), "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", os.fspath(lock)]


def _index() -> list[str]:
    return ["--no-index"] if settings.no_index() else []


def missing_python(version: str, error: EnvironmentFailure) -> EnvironmentFailure:
    """The failure for a Python version that this machine does not have."""
    return EnvironmentFailure(
        f"there is no Python {version} on this machine",
        remedy=f"Install Python {version}; the bundle was built for it.",
        code="no-python",
        name=version,
        detail=error.detail or error.message,
    )


def freeze(environment: Environment) -> str:
    """``name==version`` of everything installed, one a line; local projects and direct URLs as uv names them are left
    out.
    """
    listed = uv.run(["pip", "freeze", "--python", os.fspath(environment.python)], doing="list what is installed")
    return "".join(
        f"{line}\n" for line in listed.splitlines() if "==" in line and " @ " not in line and not line.startswith("-e")
    )
