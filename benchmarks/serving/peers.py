"""Who is measured, from ``peers.toml``."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.bodies import encode
from benchmarks.serving.environments import InstallError, python_of
from benchmarks.serving.load import load, serving
from benchmarks.serving.models import Subject
from nbforge.environments.proof import proof_environment

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Peer:
    """One service, its environment made; ``python`` is ``None`` where the bundle's lock says what is in it."""

    name: str
    title: str
    python: Path | None
    command: tuple[str, ...]
    prepare: tuple[str, ...]
    path: str
    body: str
    models: tuple[str, ...]

    def ready(self, subject: Subject) -> None:
        """What it needs beside the pickled object.

        Raises:
            InstallError: it could not be made.
        """
        (subject.folder / "example.json").write_text(json.dumps(subject.records[0]))
        if self.prepare:
            done = subprocess.run(self._filled(self.prepare, subject), capture_output=True, text=True, check=False)
            if done.returncode:
                raise InstallError(done.stderr.strip()[-500:])

    def measure(self, subject: Subject, seconds: int) -> Round:
        """Start it, load it, end it.

        Raises:
            StartError: it does not answer.
        """
        one = [encode(self.body, [record]) for record in subject.records]
        hundred = [encode(self.body, subject.records[:100])]
        environment = {"MODEL_FOLDER": str(subject.folder)}
        with serving(self._filled(self.command, subject), environment, one[0], self.path) as server:
            load(server, one, 4, 1)
            single = load(server, one, 1, seconds)
            many = load(server, one, 32, seconds)
            batches = load(server, hundred, 8, seconds)
            failed = single.failed + many.failed + batches.failed
            return Round(single.p50, many.rate, many.p99, batches.rate * 100, server.start, server.memory, failed)

    def _filled(self, command: Sequence[str], subject: Subject) -> list[str]:
        python = self.python or proof_environment(subject.bundle / "requirements.lock").python
        values = {
            "{python}": str(python),
            "{bin}": str(python.parent),
            "{here}": str(HERE),
            "{folder}": str(subject.folder),
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
    return Peer(
        name,
        entry["title"],
        None if entry.get("lock") else python_of(entry["requirements"]),
        tuple(entry["command"]),
        tuple(entry.get("prepare", ())),
        entry["path"],
        entry["body"],
        tuple(entry.get("models", models)),
    )
