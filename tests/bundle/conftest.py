"""A finished run written by hand, of a small function that a person can check, and the bundle that is made of it."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbforge.bundle import assemble, lock
from nbforge.environments.overlay import overlay
from nbforge.environments.training import resolve
from nbforge.images import dockerfile
from nbforge.runtime import formats, machine
from nbforge.values import Bundle, Notebook, Run

WEIGHTS = np.array([0.25, -1.5])
ROWS = [{"amount": float(amount), "months": months} for amount in (0, 1, 2.5, 100, 1e6) for months in (1, 7, 360)]


def answer(row: dict[str, Any]) -> float:
    """What the notebook's function gives for a row, computed here and not by the service."""
    return float(math.log1p(row["amount"]) * 0.25 + row["months"] * -1.5 + 3)


def pieces() -> list[dict[str, Any]]:
    """The scoring code as capture would list it."""
    function = (
        "def predict(amount: float, months: int) -> float:\n"
        "    return float(math.log1p(amount) * weights[0] + months * weights[1] + OFFSET)"
    )
    return [
        {"kind": "import", "name": "math", "source": "import math", "notebook": 0, "cell": 0},
        {"kind": "constant", "name": "OFFSET", "source": "OFFSET = 3", "notebook": 0, "cell": 2},
        {"kind": "artifact", "name": "weights", "source": 'weights = artifact("weights")', "notebook": 0, "cell": 3},
        {"kind": "definition", "name": "predict", "source": function, "notebook": 0, "cell": 5},
    ]


def contract() -> dict[str, Any]:
    """Two numbers in, one out."""
    fields = [
        {"name": "amount", "dtype": "float64", "required": True, "nullable": False, "minimum": 0.0, "maximum": 1e6},
        {"name": "months", "dtype": "int64", "required": True, "nullable": False, "minimum": 1, "maximum": 360},
    ]
    return {
        "protocol": 1,
        "task": "regression",
        "inputs": fields,
        "ignored": ["remark"],
        "outputs": [{"name": "prediction", "kind": "number", "dtype": "float64", "classes": None}],
        "frame": {"kind": "scalars"},
        "examples": [{"amount": 10.0, "months": 12}],
        "baseline": {},
    }


def proof(answers: list[float]) -> dict[str, Any]:
    """The rows with the kernel's answers."""
    return {
        "protocol": 1,
        "rows": ROWS,
        "together": {"predictions": answers, "probabilities": None},
        "apart": [{"predictions": [each], "probabilities": None} for each in answers],
        "coverage": {"rows": len(ROWS)},
        "environment": machine.facts(),
        "plain": None,
        "plain_rows": None,
    }


def finished_run(directory: Path, **changes: Any) -> Run:
    """A run's directory as training leaves it; ``changes`` replace keys of capture.json."""
    captured = directory / "capture"
    (captured / "artifacts").mkdir(parents=True)
    record = {**formats.save(WEIGHTS, captured / "artifacts", "weights"), "notebook": 0, "cell": 3}
    capture = {
        "protocol": 1,
        "form": "function",
        "entry": {"form": "function", "name": "predict", "passes": "scalars", "features": None, "columns": None},
        "pieces": pieces(),
        "artifacts": [record],
        "modules": [],
        "validate": None,
        "metrics": {"mae": 0.125},
        "rowwise": True,
        "warnings": [],
        "environment": machine.facts(),
        **changes,
    }
    for name, value in (
        ("capture", capture),
        ("contract", contract()),
        ("proof", proof([answer(row) for row in ROWS])),
    ):
        (captured / f"{name}.json").write_text(json.dumps(value), "utf-8")
    return Run(directory, "key", False, resolve(directory, Path(sys.executable)), capture)


def notebook(directory: Path) -> Notebook:
    """The notebook that the run is of; nothing reads it any more."""
    return Notebook(directory / "loan.ipynb", "0" * 64, "loan", ())


def bundle_of(run: Run, directory: Path) -> Bundle:
    """The whole bundle, as the pipeline makes it."""
    directory.mkdir()
    books = (notebook(directory),)
    bundle = assemble.lay_out(directory, "loan", run, books)
    made = lock.make(directory, run.environment, overlay(run.environment))
    return assemble.complete(bundle, run, books, made.text, made.distributions, dockerfile.files(made.python))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run of the loan notebook."""
    return finished_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def built(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Its bundle; tests that change it copy it first."""
    return bundle_of(run, tmp_path_factory.mktemp("bundles") / "loan")
