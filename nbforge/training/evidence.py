"""Files for people: the executed notebook, also as a page, and the training slice as a notebook and a script."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from nbforge.training.documents import training_cells
from nbforge.training.redact import Redactor
from nbforge.values import CellSlice, Notebook, Run, Slice


def executed(run: Run, directory: Path, html: bool = True) -> list[Path]:
    """Put the executed notebooks of ``run`` into ``directory``, each as ``.ipynb`` and, with ``html``, as ``.html``.

    The page is made once a run and kept with it. Files are named as in the run, ``0-churn.ipynb``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for notebook in sorted((run.directory / "notebooks").glob("*.ipynb")):
        sources = [notebook, _page(notebook)] if html else [notebook]
        written += [Path(shutil.copyfile(source, directory / source.name)) for source in sources]
    return written


def training_slice(slice_: Slice, directory: Path, redactor: Redactor) -> list[Path]:
    """Write ``<name>.ipynb`` and ``<name>.py`` for each notebook: what training runs, and nothing else.

    Both run from the notebook's own folder. Parameters given to the build are in the source.
    """
    import nbformat

    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for index, notebook in enumerate(slice_.notebooks):
        cells = training_cells(slice_, index)
        document = nbformat.from_dict(  # type: ignore[no-untyped-call]
            {"nbformat": 4, "nbformat_minor": 5, "metadata": {"language_info": {"name": "python"}}, "cells": []}
        )
        document.cells = [_cell(cell) for cell in cells]
        name = notebook.name if len(slice_.notebooks) == 1 else f"{index}-{notebook.name}"
        target = directory / f"{name}.ipynb"
        text = nbformat.writes(document)  # type: ignore[no-untyped-call]
        target.write_text(redactor.text(text) + "\n", encoding="utf-8")
        script = directory / f"{name}.py"
        script.write_text(redactor.text(_script(notebook, cells)), encoding="utf-8")
        written += [target, script]
    return written


def _page(notebook: Path) -> Path:
    page = notebook.with_suffix(".html")
    if not page.exists():
        from nbconvert import HTMLExporter

        exporter = HTMLExporter(template_name="lab")  # type: ignore[no-untyped-call]
        body, _ = exporter.from_filename(str(notebook))
        temporary = page.with_name(f"{page.name}.{os.getpid()}")
        temporary.write_text(body, encoding="utf-8")
        temporary.replace(page)
    return page


def _cell(cell: CellSlice) -> object:
    import nbformat

    # A fixed id: the same slice is the same file.
    return nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
        cell.source, id=f"cell-{cell.index}", metadata={"tags": list(cell.tags), "nbforge": {"index": cell.index}}
    )


def _script(notebook: Notebook, cells: list[CellSlice]) -> str:
    needs_ipython = any("get_ipython()" in cell.code for cell in cells)
    program = "ipython" if needs_ipython else "python"
    head = (
        f'"""The training slice of {notebook.path.name}.\n\nRun it from the notebook\'s folder with {program}.\n"""\n'
    )
    return head + "".join(f"\n# %% cell {cell.index}\n{cell.code.strip()}\n" for cell in cells)
