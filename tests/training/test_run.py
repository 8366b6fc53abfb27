"""Runs in real kernels: what executes, what is written, what is reused."""

from __future__ import annotations

import json

import nbformat

BOOK = [
    "import numpy as np\nmodel = {'weights': np.arange(3)}",
    "out: raise RuntimeError('a dead end')",
    "train: def double(x):\n    return x * factor\nfactor = 2",
    "predict: answer = double(21)",
]


def test_a_run_executes_the_slice_and_captures(bench):
    run = bench.run(BOOK)
    assert bench.ran == [0, 2, 3]
    assert run.capture["answer"] == 42
    assert run.capture["calls"] == [["cell", 0], ["done", 0], ["cell", 2], ["done", 2], ["cell", 3], ["done", 3]]
    assert not run.reused
    executed = nbformat.read(run.directory / "notebooks" / "0-book0.ipynb", as_version=4)
    assert [cell.metadata.nbforge["in"] for cell in executed.cells] == [True, False, True, True]
    assert executed.cells[1].outputs == [] and executed.cells[1].execution_count is None
    assert executed.cells[1].id == "c1"
    assert json.loads((run.directory / "lineage.json").read_text())["notebooks"][0]["file"] == "book0.ipynb"
    print(run.timings)
