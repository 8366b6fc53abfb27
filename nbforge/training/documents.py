"""Notebooks as the run makes them: what is executed, what is kept, what a person can run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbforge.training.redact import Redactor
from nbforge.values import CellSlice, Notebook, Slice

Document = Any


def prepare(document: Document, slice_: Slice, notebook: int) -> None:
    """Make a loaded notebook the one that is executed: the source of kept cells is their slice, no cell has output.

    Every cell gets the metadata ``nbforge: {"index", "in"}``.
    """
    cells = {cell.index: cell for cell in slice_.cells if cell.notebook == notebook}
    for index, cell in enumerate(document.cells):
        kept = cells.get(index)
        included = kept is not None and kept.included
        cell.metadata["nbforge"] = {"index": index, "in": included}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if kept is not None and included:
            cell.source = kept.source
            if "raises-exception" in kept.roles and "raises-exception" not in cell.metadata.setdefault("tags", []):
                cell.metadata.tags.append("raises-exception")


def take_outputs(document: Document, earlier: Document, cells: list[int]) -> None:
    """Give ``cells`` their outputs in ``earlier``, an executed notebook with the same cells at the same index."""
    for index in cells:
        for key in ("outputs", "execution_count"):
            document.cells[index][key] = earlier.cells[index].get(key)


def write(document: Document, path: Path, redactor: Redactor) -> None:
    """Write a notebook whole or not at all, redacted. Cells that did not run get no execution record."""
    import nbformat

    copy = nbformat.from_dict(document)  # type: ignore[no-untyped-call]
    for cell in copy.cells:
        if not cell.metadata.get("nbforge", {}).get("in", True):
            cell.metadata.pop("papermill", None)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(redactor.text(nbformat.writes(copy)) + "\n", encoding="utf-8")  # type: ignore[no-untyped-call]
    temporary.replace(path)


def file_name(notebook: Notebook, index: int) -> str:
    """The executed notebook's name in a run's directory."""
    return f"{index}-{notebook.name}.ipynb"


def training_cells(slice_: Slice, notebook: int) -> list[CellSlice]:
    """The cells of a notebook's training slice, in the order they run."""
    return [c for c in slice_.cells if c.notebook == notebook and c.included and c.phase == "training"]
