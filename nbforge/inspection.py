"""What notebooks and bundles show of themselves; nothing is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbforge.values import Json


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing to look at, for programs and for people."""

    json: Json
    text: str


def notebooks(paths: tuple[Path, ...], parameters: Mapping[str, Json]) -> Shown:
    """What a build would take of the notebooks, and why; nothing is run.

    ``form`` is ``function`` where the predict cell ends with a ``def`` or a call of one, else ``None``: only the
    kernel knows.
    """
    from nbforge.notebook.read import read
    from nbforge.notebook.report import rows
    from nbforge.notebook.slicing import slice_notebooks
    from nbforge.views import terminal

    books = tuple(read(path, index) for index, path in enumerate(paths))
    slice_ = slice_notebooks(books, parameters)
    cells = rows(slice_)
    heads = {(book.path.name, cell.index): _head(cell.source) for book in books for cell in book.cells}
    entry = slice_.entry
    value = {
        "cells": cells,
        "form": "function" if entry and (entry.last == "def" or entry.call) else None,
        "entry": {"notebook": books[entry.notebook].path.name, "cell": entry.cell} if entry else None,
        "statements": {"in": slice_.statements_in, "out": slice_.statements_out},
        "caveats": list(slice_.caveats),
    }
    return Shown(
        value, "\n".join([terminal.cells_table(cells, heads), *(f"\nNote: {each}" for each in slice_.caveats)])
    )


def bundle(directory: Path) -> Shown:
    """What a bundle holds: its manifest, and what its contract accepts and returns."""
    from nbforge.bundle import manifest
    from nbforge.views import terminal

    found = manifest.load(directory)
    contract = json.loads((directory / "contract.json").read_text("utf-8"))
    value = {
        **found.manifest,
        "inputs": contract["inputs"],
        "ignored": contract["ignored"],
        "outputs": contract["outputs"],
    }
    return Shown(value, terminal.bundle_summary(found.manifest, contract))


def _head(source: str) -> str:
    lines = (line.strip() for line in source.splitlines())
    return next((line for line in lines if line and not line.startswith("# nbforge")), "")
