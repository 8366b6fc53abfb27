"""The command line as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("nbforge")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of ``nbforge`` ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one object on standard output; an error of the test when there is anything else."""
        return json.loads(self.stdout)

    def __str__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class Nbforge:
    """Runs ``nbforge`` in ``directory``; ``env`` is added to the test's own environment."""

    def __init__(self, directory: Path, env: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.env = dict(env or {})

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Outcome:
        """Run to the end.

        Args:
            arguments: the words after ``nbforge``.
            cwd: where to run, else the fixture's directory.
            env: variables for this run alone.
            timeout: seconds.
        """
        done = subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.directory,
            env=self.environment(env),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(
        self, *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start and return at once, in a process group of its own; the caller ends it."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=cwd or self.directory,
            env=self.environment(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def command(self, *arguments: str | Path) -> list[str]:
        """The program and its words."""
        return [str(PROGRAM), *map(str, arguments)]

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables of a run. ``CI`` is not passed on: output must not depend on where the tests run."""
        merged = {**os.environ, **self.env, **(extra or {})}
        if not (extra and "CI" in extra):
            merged.pop("CI", None)
        return merged
