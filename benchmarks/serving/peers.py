"""Who is measured, from ``peers.toml``."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.bodies import encode
from benchmarks.serving.environments import InstallError, python_of, version_of
from benchmarks.serving.load import Server, ServingError, ask, load, serving
from benchmarks.serving.models import BuildError, Subject
from nbforge.environments.proof import proof_environment

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Peer:
    """One service, its environment made; ``python`` is ``None`` where a bundle's lock says what is in it, which was
    built with the options ``build``.
    """

    name: str
    title: str
    python: Path | None
    build: tuple[str, ...]
    command: tuple[str, ...]
    prepare: tuple[str, ...]
    path: str
    body: str
    answer: tuple[str | int, ...]
    models: tuple[str, ...]

    def ready(self, subject: Subject) -> None:
        """What it needs beside the pickled object.

        Raises:
            InstallError: it could not be made.
        """
        try:
            command = self._filled(self.prepare, subject)
        except BuildError as error:
            raise InstallError(str(error)) from error
        if command:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise InstallError(done.stderr.strip()[-500:])

    def measure(self, subject: Subject, seconds: int) -> Round:
        """Start it, compare its answers with the fitted object's, load it, end it.

        Raises:
            ServingError: it does not answer, or wrongly.
        """
        one = [encode(self.body, [record]) for record in subject.records]
        hundred = [encode(self.body, subject.records[:100])]
        python = self._python(subject)
        environment = {
            "MODEL_FOLDER": str(subject.folder),
            "VIRTUAL_ENV": str(python.parent.parent),
            "PATH": f"{python.parent}:{os.environ['PATH']}",
        }
        with serving(self._filled(self.command, subject), environment, one[0], self.path) as server:
            self._compare(server, one[0], subject.answers[:1])
            self._compare(server, hundred[0], subject.answers[:100])
            load(server, one, 4, 1)
            single = load(server, one, 1, max(1, seconds // 2))
            many = load(server, one, 32, seconds)
            batches = load(server, hundred, 8, seconds)
            failed = single.failed + many.failed + batches.failed
            return Round(single.p50, many.rate, many.p99, batches.rate * 100, server.start, server.memory, failed)

    def _compare(self, server: Server, body: bytes, expected: Sequence[float]) -> None:
        found = ask(server, body)
        try:
            for step in self.answer:
                found = found[step]
            same = [float(each) for each in found] == [float(each) for each in expected]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ServingError(f"its answer has another shape: {str(found)[:200]}") from error
        if not same:
            raise ServingError(f"the fitted object says {expected[:5]} and it {str(found)[:200]}")

    def _python(self, subject: Subject) -> Path:
        return self.python or proof_environment(subject.bundle(*self.build) / "requirements.lock").python

    def _filled(self, command: Sequence[str], subject: Subject) -> list[str]:
        python = self._python(subject)
        values = {
            "{python}": str(python),
            "{bin}": str(python.parent),
            "{here}": str(HERE),
            "{folder}": str(subject.folder),
            "{bundle}": "" if self.python else str(subject.bundle(*self.build)),
        }
        filled = []
        for part in command:
            for name, value in values.items():
                part = part.replace(name, value)  # noqa: PLW2901 - one place-holder after another
            filled.append(part)
        return filled


@dataclass(frozen=True, slots=True)
class Round:
    """One service, one model, one round; seconds, MiB, requests or rows a second."""

    c1_p50: float
    c32_rate: float
    c32_p99: float
    batch_rows: float
    start: float
    memory: float
    failed: int


def table() -> Mapping[str, Mapping[str, Any]]:
    """All peers by name, the one that others are compared with first."""
    return tomllib.loads((HERE / "peers.toml").read_text())


def installed(name: str, models: Sequence[str]) -> Peer:
    """A peer in its environment.

    Raises:
        InstallError: its environment cannot be made.
    """
    entry = table()[name]
    python, title = None, entry["title"]
    if "build" not in entry:
        python = python_of(entry["requirements"])
        title += f" ({version_of(python, entry['requirements'][0])})"
    return Peer(
        name,
        title,
        python,
        tuple(entry.get("build", ())),
        tuple(entry["command"]),
        tuple(entry.get("prepare", ())),
        entry["path"],
        entry["body"],
        tuple(entry["answer"]),
        tuple(entry.get("models", models)),
    )
