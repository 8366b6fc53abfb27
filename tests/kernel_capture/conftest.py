"""A notebook in ``# %%`` text, run cell by cell in this process's own IPython with the session around it."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbforge.notebook.read import read
from nbforge.notebook.slicing import slice_notebooks
from nbforge.training.kernel import session
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


@pytest.fixture
def capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Captured]]:
    """``capture(text, **config)`` runs the notebook as the host would and captures it."""

    def run(text: str, **config: Any) -> Captured:
        plan = slice_notebooks((read(notebook(text, tmp_path / "book.ipynb")),), {}).plan()
        (tmp_path / "plan.json").write_text(json.dumps({**plan, "config": config, "stages": []}))
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(history_length=0)
        shell.user_ns["__name__"] = "__main__"
        session.start(str(tmp_path / "plan.json"), 0, str(tmp_path))
        cells = [cell for cell in plan["cells"] if cell["included"]]
        for cell in sorted(cells, key=lambda cell: cell["phase"] != "training"):
            session.cell(cell["index"])
            shell.run_cell(cell["source"]).raise_error()  # type: ignore[no-untyped-call]
            session.cell_done(cell["index"])
        directory = tmp_path / "capture"
        directory.mkdir()
        session.capture(str(directory))
        return Captured(directory)

    monkeypatch.chdir(tmp_path)
    yield run
    InteractiveShell.clear_instance()
    sys.modules.pop("scoring", None)
    if hasattr(builtins, HOOK):
        delattr(builtins, HOOK)
