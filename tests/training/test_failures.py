"""What fails in a kernel is told in the notebook's terms, with its exit code, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import venv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import nbformat
import pytest

from nbforge.errors import GateError, NbforgeError, NotebookError, TrainingError, UsageError
from nbforge.training.execute import run
from nbforge.training.options import RunOptions
from nbforge.values import Environment
from tests.support.kernels import Bench

T = TypeVar("T")

FAILING: list[tuple[list[str], type[NbforgeError], str, int | None, str | None, str]] = [
    # cells, error, code, cell, name, message
    (
        ["def f(x):\n    return 1 / x", "a = 0\nf(a)", "predict: 1"],
        TrainingError,
        "cell-failed",
        1,
        None,
        "ZeroDivision",
    ),
    (["open('rows.csv')", "predict: 1"], TrainingError, "missing-data", 0, "rows.csv", "rows.csv"),
    (
        ["import pandas as pd\npd.read_csv('d/x.csv')", "predict: 1"],
        TrainingError,
        "missing-data",
        0,
        "d/x.csv",
        "x.csv",
    ),
    (["import no_such.thing", "predict: 1"], TrainingError, "missing-module", 0, "no_such", "no_such"),
    (["n = input('how many? ')", "predict: 1"], TrainingError, "asks-for-input", 0, None, "in `n = input("),
    (["x = 1", "predict: undefined + x"], TrainingError, "cell-failed", 1, "undefined", "NameError"),
    (["x = 1", "predict: x", "test: assert x == 2, 'x is small'"], GateError, "test-failed", 2, None, "x is small"),
    (["x = 1", "import os; os._exit(3)", "predict: x"], TrainingError, "dead-kernel", 1, None, "exit status 3"),
    (
        ["import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "predict: 1"],
        TrainingError,
        "dead-kernel",
        0,
        None,
        "SEGV",
    ),
    (
        ["import os, signal\nos.kill(os.getpid(), 9)", "predict: 1"],
        TrainingError,
        "dead-kernel",
        0,
        None,
        "out of memory",
    ),
    (["import sys; sys.exit(1)", "predict: 1"], TrainingError, "cell-failed", 0, None, "SystemExit"),
    (["exit()", "predict: 1"], TrainingError, "cell-failed", 0, None, "ends the kernel"),
    (["refuse = 'conn'", "predict: 1"], NotebookError, "unsavable", 2, "conn", "no format takes `conn`"),
    (["boom = 1", "predict: 1"], NbforgeError, "kernel-hook", None, None, "a fault of capture"),
]


@pytest.mark.parametrize(
    ("cells", "error", "code", "cell", "name", "message"), FAILING, ids=lambda value: str(value)[:30]
)
def test_failures(
    bench: Bench,
    cells: list[str],
    error: type[NbforgeError],
    code: str,
    cell: int | None,
    name: str | None,
    message: str,
) -> None:
    with pytest.raises(NbforgeError) as caught:
        bench.run(cells)
    failure = caught.value
    assert type(failure) is error
    assert (failure.code, failure.cell, failure.name) == (code, cell, name)
    assert message in failure.message
    assert failure.notebook == "book0.ipynb"
    assert failure.remedy
    assert "\n" not in failure.message
    assert list((bench.cache.root / "tmp").iterdir()) == []


def test_the_traceback_is_the_notebooks_and_the_executed_notebook_is_kept(bench: Bench) -> None:
    with pytest.raises(TrainingError) as caught:
        bench.run(FAILING[0][0])
    assert "Cell 1, line 2" in caught.value.detail
    assert "Cell 0, line 2" in caught.value.detail
    assert "\x1b" not in caught.value.detail
    kept = bench.folder / "build" / "book0.failed.ipynb"
    assert str(kept) in caught.value.remedy
    executed = nbformat.read(kept, as_version=4)  # type: ignore[no-untyped-call]
    assert executed.cells[1].outputs[0].ename == "ZeroDivisionError"
    bench.run(["a = 1", "predict: a"])
    assert not kept.exists()


def test_lines_are_those_of_the_cell_as_written(bench: Bench) -> None:
    slice_ = bench.slice(["# a comment\nx = 1\nplot(x)\n1 / 0", "predict: 1"])
    cut = replace(slice_.cells[0], source="x = 1\n1 / 0", code="x = 1\n1 / 0", lines=(2, 4))
    slice_ = replace(slice_, cells=(cut, slice_.cells[1]))
    environment = Environment(Path(sys.executable), "3.11", "f", "active")
    with pytest.raises(TrainingError) as caught:
        run(slice_, environment, bench.overlay, bench.options, bench.cache, bench.progress)
    assert "Cell 0, line 4" in caught.value.detail
    assert "----> 4 1 / 0" in caught.value.detail.replace("\xa0", " ")


def test_a_cell_that_may_fail_does(bench: Bench) -> None:
    run = bench.run(["raises-exception: 1 / 0", "x = 5", "predict: answer = x"])
    assert run.capture["answer"] == 5


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


def test_no_ipykernel(bench: Bench, bare_python: Path) -> None:
    bench.python = bare_python
    with pytest.raises(TrainingError) as caught:
        bench.run(["x = 1", "predict: x"])
    assert caught.value.code == "no-kernel"
    assert "pip install ipykernel" in caught.value.remedy


def test_no_python(bench: Bench) -> None:
    bench.python = bench.folder / "no" / "python"
    with pytest.raises(TrainingError, match="did not start"):
        bench.run(["x = 1", "predict: x"])


def test_secrets_are_redacted_everywhere(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = 's3cr"et-\\é-value'
    monkeypatch.setenv("SERVICE_TOKEN", secret)
    cells = [
        "import os\ntoken = os.environ['SERVICE_TOKEN']\nprint(token, repr(token))",
        "predict: answer = token",
    ]
    with pytest.raises(TrainingError, match="KeyError"):
        bench.run(cells)
    bench.options = RunOptions(env_names=("SERVICE_TOKEN",))
    run = bench.run(cells)
    assert run.capture["answer"] == "***SERVICE_TOKEN***"
    for path in run.directory.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes()
            assert b'cr\\\\"et' not in path.read_bytes()
    with pytest.raises(NbforgeError) as caught:
        bench.run([cells[0], "predict: raise ValueError(token)"])
    assert secret not in caught.value.message + caught.value.detail


def test_a_secret_in_an_artifact_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "s3cret-value")
    bench.options = RunOptions(env_names=("SERVICE_TOKEN",))
    with pytest.raises(NotebookError) as caught:
        bench.run(["import os\nartifact = {'password': os.environ['SERVICE_TOKEN']}", "predict: 1"])
    assert caught.value.name == "artifact"


def test_a_variable_that_is_not_set(bench: Bench) -> None:
    bench.options = RunOptions(env_names=("NBFORGE_TEST_UNSET",))
    with pytest.raises(UsageError, match="NBFORGE_TEST_UNSET"):
        bench.run(["predict: 1"])


DRIVER = """
import sys
from pathlib import Path
from tests.support.kernels import Bench
from nbforge.training.cache import RunCache

folder = Path(sys.argv[1])
bench = Bench(folder, Path(sys.argv[2]), RunCache(folder.parent / "cache"))
bench.run(["import os\\nopen('pid', 'w').write(str(os.getpid()))", "import time\\ntime.sleep(60)", "predict: 1"])
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_stopped_leaves_no_kernel(bench: Bench, how: signal.Signals) -> None:
    driver = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(DRIVER), str(bench.folder), str(bench.overlay)],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
    )
    pid = _wait(lambda: int((bench.folder / "pid").read_text() or "x"))
    time.sleep(0.3)
    driver.send_signal(how)
    _, errors = driver.communicate(timeout=20)
    assert _wait(lambda: not _alive(pid) or None, seconds=10)
    if how == signal.SIGINT:
        assert b"KeyboardInterrupt" in errors
        assert list((bench.cache.root / "tmp").iterdir()) == []
    else:
        assert len(list((bench.cache.root / "tmp").iterdir())) == 1
        bench.run(["x = 1", "predict: x"])
        assert list((bench.cache.root / "tmp").iterdir()) == []


def _wait(look: Callable[[], T | None], seconds: float = 30.0) -> T:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if (found := look()) is not None:
                return found
        except (OSError, ValueError):
            pass
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
