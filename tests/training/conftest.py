"""Real kernels, with a session of the tests' own (plain_session.py) in the overlay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import nbforge
from nbforge.training.cache import RunCache
from nbforge.training.options import RunOptions
from tests.support.kernels import Bench

PACKAGE = Path(nbforge.__file__).parent


@pytest.fixture(scope="session")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the kernel gets on its path: the package's kernel side, with the tests' session."""
    root = tmp_path_factory.mktemp("overlay")
    (root / "nbforge" / "training").mkdir(parents=True)
    for name in ("__init__.py", "training/__init__.py"):
        shutil.copyfile(PACKAGE / name, root / "nbforge" / name)
    kernel = root / "nbforge" / "training" / "kernel"
    kernel.mkdir()
    for name in ("__init__", "launch", "hooks", "readers", "lineage", "checkpoint"):
        shutil.copyfile(PACKAGE / "training" / "kernel" / f"{name}.py", kernel / f"{name}.py")
    shutil.copyfile(Path(__file__).with_name("plain_session.py"), kernel / "session.py")
    return root


@pytest.fixture
def bench(tmp_path: Path, overlay: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    folder = tmp_path / "project"
    folder.mkdir()
    return Bench(folder, overlay, RunCache(tmp_path / "cache"), options=RunOptions(keep=folder / "build"))
