"""Slices run in real kernels, without the lock and the service that a build would make next."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nbforge.environments import training
from nbforge.environments.overlay import overlay
from nbforge.notebook.read import read
from nbforge.notebook.slicing import slice_notebooks
from nbforge.soundness import prove, recover
from nbforge.soundness.runner import Outcome, Runner
from nbforge.training.cache import RunCache
from nbforge.training.options import RunOptions
from nbforge.values import Slice
from tests.support import notebooks
from tests.support.kernels import Recorded

INSTALLED = Path(__file__).with_name("installed")


@dataclass
class Workbench:
    """A folder for one notebook and its runs."""

    folder: Path
    runner: Runner
    heard: Recorded = field(default_factory=Recorded)

    def slice(self, text: str) -> Slice:
        """The slice of a notebook in the percent format."""
        path = notebooks.write(self.folder / "book.ipynb", text)
        return slice_notebooks((read(path, 0),), {})

    def train(self, text: str) -> tuple[Slice, Outcome, tuple[str, ...]]:
        """As a build does."""
        return recover.train(self.slice(text), {}, self.runner)

    def prove(self, text: str) -> prove.Proven:
        """As a build with ``--prove-slice`` does."""
        slice_, outcome, _ = self.train(text)
        return prove.prove(slice_, outcome, self.runner)

    @property
    def runs(self) -> int:
        """How many kernels were started."""
        return len([stage for stage in self.heard.stages if stage.startswith("starting the kernel")])


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PYTHONPATH", str(INSTALLED))
    folder = tmp_path / "project"
    folder.mkdir()
    environment = training.resolve(folder, Path(sys.executable), None)
    heard = Recorded()
    runner = Runner(environment, overlay(environment), RunOptions(), RunCache(tmp_path / "cache"), heard)
    return Workbench(folder, runner, heard)
