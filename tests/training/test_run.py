"""Runs in real kernels: what executes, what is written, what is reused."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nbforge.training import evidence
from nbforge.training.options import RunOptions
from nbforge.training.redact import Redactor
from nbforge.values import Run
from tests.support.kernels import Bench

BOOK = [
    "import numpy as np\nmodel = {'weights': np.arange(3)}\nprint('trained')",
    "out: raise RuntimeError('a dead end')",
    "train: def double(x):\n    return x * factor\nfactor = 2",
    "predict: answer = double(21)",
]
EDITED = [*BOOK[:3], "predict: factor = 3\nanswer = double(21)"]


def executed(run: Run, index: int = 0) -> Any:
    (path,) = (run.directory / "notebooks").glob(f"{index}-*.ipynb")
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def test_a_run_executes_the_slice_and_captures(bench: Bench) -> None:
    run = bench.run(BOOK)
    assert bench.ran == [0, 2, 3]
    assert run.capture["answer"] == 42
    assert run.capture["calls"] == [["cell", 0], ["done", 0], ["cell", 2], ["done", 2], ["cell", 3], ["done", 3]]
    assert not run.reused
    cells = executed(run).cells
    assert [cell.metadata.nbforge["in"] for cell in cells] == [True, False, True, True]
    assert cells[1].outputs == []
    assert cells[1].execution_count is None
    assert "papermill" not in cells[1].metadata
    assert cells[1].id == "c1"
    assert cells[0].outputs[0].text == "trained\n"
    assert {"start", "training", "checkpoint", "serving", "capture", "total"} <= set(run.timings)


def test_nothing_changed_runs_nothing(bench: Bench) -> None:
    first = bench.run(BOOK)
    began = time.perf_counter()
    second = bench.run(BOOK)
    assert time.perf_counter() - began < 0.5  # seconds; a few thousandths on an idle machine
    assert second.reused
    assert bench.ran == []
    assert second.directory == first.directory


def test_an_edited_predict_cell_does_not_train_again(bench: Bench) -> None:
    bench.run(BOOK)
    run = bench.run(EDITED)
    assert bench.ran == [3]
    assert run.capture["answer"] == 63  # the restored function sees the rebinding
    assert run.capture["shared"]  # what the session holds is what the variable holds
    assert [call for call in run.capture["calls"] if call[1] == 0] == [["cell", 0], ["done", 0]]
    assert executed(run).cells[0].outputs[0].text == "trained\n"
    assert executed(run).cells[3].execution_count is not None


def test_a_failing_predict_cell_costs_no_training_either(bench: Bench) -> None:
    with pytest.raises(Exception, match="ZeroDivisionError"):
        bench.run([*BOOK[:3], "predict: answer = 1 / 0"])
    bench.run(BOOK)
    assert bench.ran == [3]


def test_a_name_that_cannot_be_saved_means_training_again(bench: Bench) -> None:
    book = [*BOOK[:3], "train: import threading\nlock = threading.Lock()\nuses = lambda: lock", "predict: answer = 1"]
    bench.run(book)
    assert bench.run([*book[:4], "predict: answer = 2"]).capture["answer"] == 2
    assert bench.ran == [4]
    assert bench.run([*book[:4], "predict: answer = uses().locked()"]).capture["answer"] is False
    assert bench.ran == [4, 0, 2, 3, 4]
    assert "training again: `lock` could not be saved" in bench.progress.stages


@pytest.mark.parametrize("change", ["data", "module", "environ", "folder"])
def test_what_the_run_read_is_part_of_what_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    (bench.folder / "data").mkdir()
    data, module = bench.folder / "data" / "rows.csv", bench.folder / "helpers.py"
    data.write_text("a\n1\n")
    module.write_text("FACTOR = 1\n")
    monkeypatch.setenv("SAMPLE", "1")
    book = [
        "import os, glob, helpers\nmodel = open('data/rows.csv').read()",
        "names = glob.glob('data/*.csv')\nsample = os.environ.get('SAMPLE')",
        "predict: answer = [helpers.FACTOR, model, len(names), sample]",
    ]
    bench.run(book)
    os.utime(data, (1, 1))  # touched, not changed
    assert bench.run(book).reused
    if change == "data":
        data.write_text("a\n2\n")
    elif change == "module":
        module.write_text("FACTOR = 2\n")
    elif change == "environ":
        monkeypatch.setenv("SAMPLE", "2")
    else:
        (bench.folder / "data" / "more.csv").write_text("")
    run = bench.run(book)
    assert bench.ran == [0, 1, 2]
    assert (
        run.capture["answer"]
        == {
            "data": [1, "a\n2\n", 1, "1"],
            "module": [2, "a\n1\n", 1, "1"],
            "environ": [1, "a\n1\n", 1, "2"],
            "folder": [1, "a\n1\n", 2, "1"],
        }[change]
    )


def test_files_that_the_run_writes_are_no_inputs(bench: Bench) -> None:
    book = [
        "import os\nos.makedirs('out', exist_ok=True)\nopen('out/features.txt', 'w').write('7')",
        "model = open('out/features.txt').read()\nos.listdir('.')",
        "predict: answer = open('out/features.txt').read()",
    ]
    run = bench.run(book)
    assert bench.run(book).reused
    told = json.loads((run.directory / "lineage.json").read_text())
    assert told["data"] == []
    assert told["written"] == [{"path": "out/features.txt"}]
    (bench.folder / "out" / "features.txt").unlink()
    bench.run([*book[:2], "predict: answer = open('out/features.txt').read() + '!'"])
    assert bench.ran == [2, 0, 1, 2]


def test_a_run_that_changes_its_own_input_is_not_reused(bench: Bench) -> None:
    (bench.folder / "count.txt").write_text("1")
    book = [
        "count = int(open('count.txt').read())\nopen('count.txt', 'w').write(str(count + 1))",
        "predict: answer = count",
    ]
    assert bench.run(book).capture["answer"] == 1
    assert bench.run(book).capture["answer"] == 2


def test_a_run_that_contacted_hosts_is_reused_only_if_allowed(bench: Bench) -> None:
    book = [
        "import socket\ntry:\n    socket.getaddrinfo('data.example.invalid', 443)\nexcept OSError:\n    pass",
        "socket.getaddrinfo('localhost', 80)",
        "predict: answer = 1",
    ]
    run = bench.run(book)
    assert json.loads((run.directory / "lineage.json").read_text())["hosts"] == ["data.example.invalid"]
    assert not bench.run(book).reused
    bench.options = RunOptions(reuse_network_runs=True)
    assert bench.run(book).reused


def test_lineage_names_what_was_read_and_no_place_on_this_machine(bench: Bench, tmp_path: Path) -> None:
    import sqlite3

    (bench.folder / "rows.csv").write_text("a,b\n1,2\n")
    (tmp_path / "outside.csv").write_text("a,b\n")
    with sqlite3.connect(bench.folder / "db.sqlite") as connection:
        connection.execute("create table t (a)")
    book = [
        "import pandas as pd, sqlite3\nfrom sklearn.datasets import load_iris\nload_iris()",
        f"pd.read_csv('rows.csv')\npd.read_csv({str(tmp_path / 'outside.csv')!r})",
        "sqlite3.connect('db.sqlite').execute('select * from t').fetchall()",
        "!cat rows.csv > /dev/null\nlines = !wc -l rows.csv",
        "predict: answer = lines",
    ]
    run = bench.run(book)
    text = (run.directory / "lineage.json").read_text()
    told = json.loads(text)
    assert str(tmp_path) not in text
    assert [item["path"] for item in told["data"]] == ["outside.csv", "db.sqlite", "rows.csv"]
    assert told["data"][0]["outside"] is True
    assert all(len(item["sha256"]) == 64 and item["size"] >= 4 for item in told["data"])
    assert {"cat", "wc"} <= set(told["programs"])
    assert told["git"] is None


def test_stages_of_nachlass_notebooks(bench: Bench) -> None:
    dump = "import os, pickle\npickle.dump({n}, open(os.environ['S2I_PIPELINE_STAGE_SAVE_FILE'], 'wb'))"
    load = "import os\nassert 'S2I_PIPELINE_STAGE_SAVE_FILE' in os.environ"
    books = [[dump.replace("{n}", "1")], [load, dump.replace("{n}", "2")]]
    run = bench.run(*books, stage=True)
    assert bench.progress.cells == [("book0.ipynb", 0), ("book1.ipynb", 0), ("book1.ipynb", 1)]
    assert [name for name, _ in run.capture["stages"]] == ["book0", "book1"]
    assert run.capture["finished"] == "0\n1\n"
    assert json.loads((run.directory / "lineage.json").read_text())["data"] == []
    assert bench.run(*books, stage=True).reused


def test_notebooks_run_in_order_each_in_its_kernel(bench: Bench) -> None:
    first = ["open('features.txt', 'w').write('5')\nhere = 1"]
    second = ["features = open('features.txt').read()", "predict: answer = features + str('here' in globals())"]
    assert bench.run(first, second).capture["answer"] == "5False"
    run = bench.run(first, [*second[:1], "predict: answer = 'edited ' + features"])
    assert run.capture["answer"] == "edited 5"
    assert bench.progress.cells == [("book1.ipynb", 1)]
    assert len(list((run.directory / "notebooks").glob("*.ipynb"))) == 2


def test_evidence_for_people(bench: Bench, tmp_path: Path) -> None:
    run = bench.run(BOOK)
    names = sorted(path.name for path in evidence.executed(run, tmp_path / "evidence"))
    assert names == ["0-book0.html", "0-book0.ipynb"]
    assert "trained" in (tmp_path / "evidence" / "0-book0.html").read_text()
    notebook, script = evidence.training_slice(bench.slice(BOOK), tmp_path / "training", Redactor())
    again = evidence.training_slice(bench.slice(BOOK), tmp_path / "again", Redactor())
    assert notebook.read_bytes() == again[0].read_bytes()
    document = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    assert [cell.id for cell in document.cells] == ["cell-0", "cell-2"]
    defined: dict[str, Any] = {}
    exec(script.read_text(), defined)
    assert defined["double"](4) == 8


def test_settings_of_the_process_come_back(bench: Bench) -> None:
    book = [
        "import os, sys, random, warnings, numpy as np\nos.environ['MODE'] = 'x'\nos.makedirs('sub', exist_ok=True)",
        "import pandas as pd\npd.set_option('display.max_rows', 7)\nwarnings.filterwarnings('ignore', message='quiet')",
        "random.seed(5)\nnp.random.seed(5)\nsys.path.insert(0, 'lib')\nos.chdir('sub')",
        "predict: answer = 0",
    ]
    ask = (
        "predict: answer = [os.environ['MODE'], os.path.basename(os.getcwd()), sys.path[0],"
        " random.random(), np.random.rand(),"
        " pd.get_option('display.max_rows'), [f[1].pattern for f in warnings.filters if f[1]][0]]"
    )
    bench.run(book)
    restored = bench.run([*book[:3], ask])
    assert bench.ran == [3]
    whole = bench.run([*book[:3], "train: 1", ask])
    assert restored.capture["answer"] == whole.capture["answer"]
    assert restored.capture["answer"][:3] == ["x", "sub", "lib"]


def test_the_cache_is_private_and_leaves_no_work_behind(bench: Bench) -> None:
    run = bench.run(BOOK)
    assert bench.cache.root.stat().st_mode & 0o077 == 0
    assert list((bench.cache.root / "tmp").iterdir()) == []
    assert Path(run.directory).is_relative_to(bench.cache.root)
