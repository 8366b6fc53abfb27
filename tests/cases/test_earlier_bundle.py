"""Whatever goes wrong, and whenever: an earlier bundle, and what is no bundle at all, stay as they were."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest

from tests.support import notebooks
from tests.support.cli import Nbforge

NOTEBOOK = """\
# %% parameters
rate = 3.0
pause = 0

# %% nbforge:data
import time

import pandas as pd

time.sleep(pause)
df = pd.DataFrame({"area": [float(i % 17 + 3) for i in range(60)]})

# %% nbforge:predict
def predict(frame):
    return frame["area"] * rate
"""


def _digest(directory: Path) -> str:
    """Over the names and bytes of all files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(directory)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture
def built(nbforge: Nbforge) -> Path:
    """A bundle of the notebook."""
    notebooks.write(nbforge.directory / "rent.ipynb", NOTEBOOK)
    outcome = nbforge("build", "rent.ipynb")
    assert outcome.code == 0, str(outcome)
    return nbforge.directory / "build" / "rent"


def test_an_output_that_is_no_bundle_is_left_alone(nbforge: Nbforge) -> None:
    notebooks.write(nbforge.directory / "rent.ipynb", NOTEBOOK)
    target = nbforge.directory / "thesis"
    target.mkdir()
    (target / "chapter-1.txt").write_text("Ten years of work.")
    outcome = nbforge("build", "rent.ipynb", "-o", "thesis", "--json")
    assert outcome.code == 2, str(outcome)
    assert "thesis" in outcome.json["error"]["message"]
    assert [path.name for path in target.iterdir()] == ["chapter-1.txt"]


def test_a_failing_build_keeps_the_earlier_bundle(nbforge: Nbforge, built: Path) -> None:
    before = _digest(built)
    notebooks.write(nbforge.directory / "rent.ipynb", NOTEBOOK.replace("rate\n", "rte\n"))
    assert nbforge("build", "rent.ipynb").code != 0
    assert _digest(built) == before


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0, 3.0])
def test_a_killed_build_leaves_the_earlier_bundle_or_the_new_one(nbforge: Nbforge, built: Path, seconds: float) -> None:
    before = _digest(built)
    process = nbforge.start("build", "rent.ipynb", "-p", "rate=5.0")
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    if _digest(built) != before:
        assert nbforge("verify", built).code == 0
    again = nbforge("build", "rent.ipynb", "-p", "rate=5.0")
    assert again.code == 0, str(again)
    left = {path.name for path in built.parent.iterdir()}
    assert left == {"rent"}, "the next build clears what a killed one left"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_cleans_up_after_itself(nbforge: Nbforge, built: Path, number: signal.Signals) -> None:
    before = _digest(built)
    process = nbforge.start("build", "rent.ipynb", "-p", "pause=60")
    time.sleep(4)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert _digest(built) == before
    assert {path.name for path in built.parent.iterdir()} == {"rent"}
    _gone(process.pid)


def _gone(group: int) -> None:
    """No process of the build's group is alive; the kernel dies with it."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a process of the build is still alive")
