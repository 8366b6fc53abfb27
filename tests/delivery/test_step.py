"""``ci/step.py``: inputs become whole words, and results what GitHub and Tekton read."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

STEP = Path(__file__).resolve().parents[2] / "ci" / "step.py"
BUILT: dict[str, Any] = {
    "bundle": "build/prices",
    "name": "prices",
    "version": "sha256:" + "0" * 64,
    "image": {"ref": "registry:5000/prices:1", "id": "sha256:1", "digest": "sha256:2"},
    "metrics": {"r2|score": 0.9},
    "timings": {"training": 1.5, "proof": 2.0},
    "slice": {"in": 4, "out": 3},
    "form": "estimator",
    "rowwise": True,
}
FAILED: dict[str, Any] = {
    "error": {
        "stage": "notebook",
        "code": "unknown-tag",
        "cell": 3,
        "name": None,
        "message": "`nbforge:predcit` is no tag.\n100% sure",
        "remedy": "Write `nbforge:predict`.",
    }
}


@pytest.fixture(scope="module")
def step() -> ModuleType:
    spec = importlib.util.spec_from_file_location("step", STEP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"NOTEBOOKS": "a.ipynb"}, ["a.ipynb"]),
        ({"NOTEBOOKS": "a b.ipynb\n\n $(rm -rf x).ipynb \n"}, ["a b.ipynb", "$(rm -rf x).ipynb"]),
        ({"IMAGE": "m:1", "PUSH": "true"}, ["-t", "m:1", "--push"]),
        ({"IMAGE": "m:1", "PUSH": "false"}, ["-t", "m:1"]),
        ({"PARAMETERS": 'seed=3\nnames=["x y"]'}, ["-p", "seed=3", "-p", 'names=["x y"]']),
        ({"ENV": "TOKEN", "ARGS": "--reuse"}, ["--env", "TOKEN", "--reuse"]),
        (
            {"OUTPUT": "out", "NAME": "n", "BASE": "b", "PYTHON": "p"},
            ["-o", "out", "--name", "n", "--base", "b", "--python", "p"],
        ),
    ],
)
def test_inputs_become_words(step: ModuleType, inputs: dict[str, str], words: list[str]) -> None:
    environment = {f"INPUT_{name}": value for name, value in inputs.items()}
    assert step.command(environment) == ["nbforge", "build", "--json", *words]


def test_github_gets_outputs_and_a_summary(step: ModuleType, tmp_path: Path) -> None:
    environment = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    step.github(0, BUILT, environment)
    assert (tmp_path / "output").read_text().splitlines() == [
        "image=registry:5000/prices:1",
        "digest=sha256:2",
        "bundle=build/prices",
        f"version={BUILT['version']}",
    ]
    summary = (tmp_path / "summary").read_text()
    assert "### prices: built and proven" in summary
    assert "| metric `r2\\|score` | 0.9 |" in summary
    assert "| seconds | 3.5 |" in summary


def test_github_gets_an_annotation_of_a_failure(
    step: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    step.github(3, FAILED, environment)
    assert capsys.readouterr().out == (
        "::error title=nbforge Notebook::`nbforge:predcit` is no tag.%0A100%25 sure Write `nbforge:predict`.\n"
    )
    assert "Notebook failed, cell 3 (exit 3)" in (tmp_path / "summary").read_text()


@pytest.mark.parametrize(
    ("code", "result", "expected"),
    [
        (0, BUILT, ["registry:5000/prices:1", "sha256:2", BUILT["version"]]),
        (0, {**BUILT, "image": None}, ["", "", BUILT["version"]]),
        (3, FAILED, ["", "", ""]),
        (137, {}, ["", "", ""]),
    ],
)
def test_tekton_gets_every_result(
    step: ModuleType, tmp_path: Path, code: int, result: dict[str, Any], expected: list[str]
) -> None:
    names = ("IMAGE_URL", "IMAGE_DIGEST", "BUNDLE_VERSION")
    step.tekton(code, result, {f"RESULT_{name}": str(tmp_path / name) for name in names})
    assert [(tmp_path / name).read_text() for name in names] == expected
