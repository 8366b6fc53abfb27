"""A notebook in ``# %%`` text, run cell by cell in this process's own IPython with the session around it."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbforge.notebook.read import read
from nbforge.notebook.slicing import slice_notebooks
from nbforge.training.kernel import session
from nbforge.training.kernel.capture import Capture
from nbforge.training.kernel.instrument import HOOK


@dataclass(frozen=True)
class Captured:
    """What capture left: its JSON, or the refusal."""

    directory: Path

    @property
    def error(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.directory / "error.json").read_text())
        return content

    @property
    def content(self) -> dict[str, Any]:
        refusal = self.directory / "error.json"
        assert not refusal.exists(), refusal.read_text()
        content: dict[str, Any] = json.loads((self.directory / "capture.json").read_text())
        return content

    @property
    def contract(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.directory / "contract.json").read_text())
        return content

    def source(self, name: str) -> str:
        """The piece of scoring.py that binds ``name``."""
        return str(next(piece["source"] for piece in self.content["pieces"] if piece["name"] == name))

    @property
    def formats(self) -> dict[str, str]:
        return {record["name"]: record["format"] for record in self.content["artifacts"]}


def notebook(text: str, path: Path) -> Path:
    cells = []
    for part in text.split("# %%")[1:]:
        tags, _, source = part.partition("\n")
        metadata = {"tags": tags.split()}
        cells.append(nbformat.v4.new_code_cell(source.strip("\n"), metadata=metadata))  # type: ignore[no-untyped-call]
    document = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    nbformat.write(document, path)  # type: ignore[no-untyped-call]
    return path


def run(text: str, folder: Path, config: dict[str, Any]) -> session.Session:
    """The notebook's cells, run as the host would."""
    plan = slice_notebooks((read(notebook(text, folder / "book.ipynb")),), {}).plan()
    (folder / "plan.json").write_text(json.dumps({**plan, "config": config, "stages": []}))
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(history_length=0)
    shell.user_ns["__name__"] = "__main__"
    session.start(str(folder / "plan.json"), 0, str(folder))
    cells = [cell for cell in plan["cells"] if cell["included"]]
    for cell in sorted(cells, key=lambda cell: cell["phase"] != "training"):
        session.cell(cell["index"])
        shell.run_cell(cell["source"], silent=True).raise_error()  # type: ignore[no-untyped-call]
        session.cell_done(cell["index"])
    return session._active()


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to run a notebook in; what running leaves in this process is taken away."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    if "matplotlib.pyplot" in sys.modules:  # it draws for the shell in which it was imported first
        sys.modules["matplotlib.pyplot"].uninstall_repl_displayhook()
    InteractiveShell.clear_instance()
    sys.modules.pop("scoring", None)
    if hasattr(builtins, HOOK):
        delattr(builtins, HOOK)


@pytest.fixture
def capture(kernel: Path) -> Callable[..., Captured]:
    """``capture(text, **config)`` runs the notebook as the host would and captures it."""

    def captured(text: str, **config: Any) -> Captured:
        run(text, kernel, config)
        directory = kernel / "capture"
        directory.mkdir()
        session.capture(str(directory))
        return Captured(directory)

    return captured


@dataclass(frozen=True)
class Scored:
    """What scoring would run: its source, the raw frame, the object behind it, the names that it may read, and the
    way to predict.
    """

    source: str
    raw: Any
    served: Any
    scope: Mapping[str, Any]
    predict: Callable[[Any], list[Any]]


@pytest.fixture
def scored(kernel: Path) -> Callable[[str], Scored]:
    """``scored(text)`` runs the notebook and finds what scores, but not the contract: that takes longest."""

    def found(text: str) -> Scored:
        capture = Capture(run(text, kernel, {}), kernel)
        (kernel / "artifacts").mkdir()
        subject, walker = capture.find()
        capture._emit(subject, walker)
        source = "\n".join(piece["source"] for piece in walker.pieces)
        assert capture.raw is not None
        path = subject.path()
        served = subject.scope.get(subject.entry["name"])

        def predict(rows: Any) -> list[Any]:
            return list(path.answers(rows, len(rows)).predictions)

        return Scored(source, capture.raw.value, served, subject.scope, predict)

    return found
