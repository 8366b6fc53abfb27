"""The program as a user meets it: words, exit codes, one JSON object, nothing lost when it is stopped."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.support.cli import Nbforge

TRAIN = "weights = [0.5, 2.0]\nopen('trained.txt', 'a').write('x')"
PREDICT = "def predict(area: float, rooms: int) -> float:\n    return area * weights[0] + rooms * weights[1]"


def write(path: Path, *cells: tuple[str, list[str]]) -> Path:
    """A notebook of code cells, each a source with its tags."""
    document: dict[str, Any] = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {
                "id": f"cell-{index}",
                "cell_type": "code",
                "source": source,
                "metadata": {"tags": tags},
                "outputs": [],
                "execution_count": None,
            }
            for index, (source, tags) in enumerate(cells)
        ],
    }
    path.write_text(json.dumps(document), "utf-8")
    return path


def rent(directory: Path, train: str = TRAIN, predict: str = PREDICT) -> Path:
    """A notebook whose service is a function of two numbers; needs no library."""
    return write(
        directory / "Rent Model.ipynb",
        ("factor = 1", ["parameters"]),
        (train, ["nbforge:train"]),
        ("1 / 0", []),
        ("[{'area': 30.0, 'rooms': 1}, {'area': 80.5, 'rooms': 3}]", ["nbforge:example"]),
        (predict, ["nbforge:predict"]),
    )


def test_help_is_quick() -> None:
    """Processor time, since the machine that runs the tests is shared."""

    def seconds(*words: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    rounds = [seconds("-m", "nbforge", "--help") - seconds("-c", "pass") for _ in range(5)]
    assert median(rounds) <= 0.25


@pytest.mark.parametrize("verb", ["build", "inspect", "serve", "verify", "image", "score"])
def test_every_verb_explains_itself(nbforge: Nbforge, verb: str) -> None:
    outcome = nbforge(verb, "--help")
    assert outcome.code == 0
    assert f"nbforge {verb}" in outcome.stdout


@pytest.mark.parametrize(
    ("words", "code", "slug"),
    [
        (["build", "--nonsense"], 2, "usage"),
        (["build"], 2, "no-notebook"),
        (["build", "x.ipynb", "-p", "novalue"], 2, "bad-parameter"),
        (["build", "x.ipynb", "--push"], 2, "push-without-image"),
        (["build", "x.ipynb", "--name", "Not Good"], 2, "bad-name"),
        (["build", "missing.ipynb"], 3, "unreadable-notebook"),
        (["verify", "."], 2, "not-a-bundle"),
        (["image", ".", "-t", "a/b:c"], 2, "not-a-bundle"),
        (["score", ".", "rows.csv", "-o", "out.csv"], 2, "not-a-bundle"),
    ],
)
def test_a_wrong_command_line_is_one_json_object_and_one_message(
    nbforge: Nbforge, words: list[str], code: int, slug: str
) -> None:
    outcome = nbforge(*words, "--json")
    assert outcome.code == code, outcome
    error = outcome.json["error"]
    assert set(error) == {"stage", "code", "cell", "name", "message", "remedy"}
    assert error["code"] == slug
    assert error["remedy"]
    assert error["remedy"].rstrip(".") in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_directory_that_is_no_bundle_is_left_alone(nbforge: Nbforge) -> None:
    precious = nbforge.directory / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    outcome = nbforge("build", rent(nbforge.directory), "-o", precious, "--json")
    assert (outcome.code, outcome.json["error"]["code"]) == (2, "not-a-bundle")
    assert [path.name for path in precious.iterdir()] == ["thesis.txt"]
    assert not (nbforge.directory / "trained.txt").exists()


def test_the_notebook_is_explained_cell_by_cell(nbforge: Nbforge) -> None:
    notebook = rent(nbforge.directory)
    outcome = nbforge("inspect", notebook, "--json")
    assert outcome.code == 0, outcome
    cells = outcome.json["cells"]
    assert [set(cell) for cell in cells] == [{"notebook", "index", "tags", "in", "reason"}] * 5
    assert [cell["in"] for cell in cells] == [True, True, False, True, True]
    assert outcome.json["form"] == "function"
    shown = nbforge("inspect", notebook)
    assert "def predict" in shown.stdout


def test_build_serve_score_and_nothing_twice(nbforge: Nbforge) -> None:
    """The whole way on the smallest notebook, in one test since every step needs the one before it."""
    folder = nbforge.directory
    notebook = rent(folder)
    first = nbforge("build", notebook, "--json")
    assert first.code == 0, first
    assert set(first.json) == {
        *("bundle", "name", "version", "image", "metrics", "timings", "slice", "form", "rowwise")
    }
    assert first.json["name"] == "rent-model"
    bundle = folder / "build" / "rent-model"
    assert first.json["bundle"] == str(bundle)
    assert (folder / "trained.txt").read_text() == "x"
    files = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert {
        *(
            "bundle.json",
            "contract.json",
            "openapi.json",
            "requirements.lock",
            "Dockerfile",
            ".dockerignore",
            "README.md",
        ),
        *("service/app.py", "service/scoring.py", "service/nbforge/__init__.py", "service/nbforge/runtime/service.py"),
        *("evidence/proof.json", "evidence/verification.json", "evidence/lineage.json", "training/requirements.lock"),
    } <= files
    assert not [path for path in bundle.rglob("*") if path.is_file() and str(folder).encode() in path.read_bytes()]

    again = nbforge("build", notebook, "--json")
    assert again.json["version"] == first.json["version"]
    assert "train" not in again.json["timings"]

    rent(folder, predict=PREDICT.replace("return", "return 1 +"))
    edited = nbforge("build", notebook, "--json")
    assert edited.code == 0, edited
    assert edited.json["version"] != first.json["version"]
    assert (folder / "trained.txt").read_text() == "x", "an edited predict cell trains nothing"

    assert nbforge("verify", bundle, "--json").json["proof"]["equal"] == "bits"
    assert nbforge("inspect", bundle, "--json").json["version"] == edited.json["version"]
    (folder / "rows.csv").write_text("rooms,area\n1,30\n3,80.5\n")
    scored = nbforge("score", bundle, "rows.csv", "-o", "out.csv", "--json")
    assert (scored.code, scored.json["rows"]) == (0, 2), scored
    assert (folder / "out.csv").read_text() == "prediction\n18.0\n47.25\n"

    serving = nbforge.start("serve", bundle, "--port", "0", "--workers", "2")
    try:
        assert serving.stderr is not None
        line = next(line for line in serving.stderr if "Serving on" in line)
        request = urllib.request.Request(
            line.split()[2] + "/predict", b'{"area": 30, "rooms": 1}', {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            assert json.load(response)["predictions"] == [18.0]
    finally:
        serving.send_signal(signal.SIGINT)
    assert serving.wait(30) == 130
    serving.communicate()

    slow = "import time\nopen('begun.txt', 'w').close()\ntime.sleep(60)\n" + TRAIN
    rent(folder, train=slow)
    kept = (bundle / "bundle.json").read_bytes()
    for stop, code in ((signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
        building = nbforge.start("build", notebook, "--json")
        wait_for(folder / "begun.txt")
        os.kill(building.pid, stop)
        stdout, _ = building.communicate(timeout=30)
        assert building.returncode == code
        if stop == signal.SIGTERM:
            assert json.loads(stdout)["error"]["code"] == "interrupted"
        assert (bundle / "bundle.json").read_bytes() == kept
        assert [path.name for path in bundle.parent.iterdir()] == ["rent-model"]


def wait_for(path: Path) -> None:
    """Until the kernel has written the file; removes it."""
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} does not appear"
        time.sleep(0.05)
    path.unlink()
