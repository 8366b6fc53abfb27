"""What notebooks and bundles show of themselves; nothing is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from nbforge.errors import NbforgeError
from nbforge.values import Bundle, Explained, Json


def notebooks(paths: tuple[Path, ...], parameters: Mapping[str, Json]) -> Explained:
    """What a build would take of the notebooks, and why."""
    from nbforge.notebook.read import read
    from nbforge.notebook.slicing import explain_notebooks

    return explain_notebooks(tuple(read(path, index) for index, path in enumerate(paths)), parameters)


def to_json(found: Explained) -> dict[str, Json]:
    """The slice for programs.

    ``form`` is ``function`` where the predict cell ends with a ``def`` or a call of one, else ``None``: only the
    kernel knows.
    """
    from nbforge.notebook.report import rows

    whole, entry = found.slice, found.slice.entry
    names = [book.path.name for book in whole.notebooks]

    def place(cell: tuple[int, int]) -> Json:
        return {"notebook": names[cell[0]], "index": cell[1]}

    return {
        "cells": rows(whole),
        "form": "function" if entry and (entry.last == "def" or entry.call) else None,
        "entry": {"notebook": names[entry.notebook], "cell": entry.cell} if entry else None,
        "statements": {"in": whole.statements_in, "out": whole.statements_out},
        "links": [{**asdict(link), "source": place(link.source), "target": place(link.target)} for link in found.links],
        "caveats": list(whole.caveats),
    }


def text(found: Explained) -> str:
    """The slice for a terminal."""
    from nbforge.views.inspection import table

    return table.table(found)


def html(found: Explained, paths: tuple[Path, ...]) -> str:
    """The slice as one page, with artifacts and contract where these notebooks were built."""
    from nbforge.views.inspection import page

    return page.page(found, _built(found, paths))


def mermaid(found: Explained) -> str:
    """The data flow as a Mermaid flowchart."""
    from nbforge.views.inspection.mermaid import flowchart

    return flowchart(found)


def bundle(directory: Path) -> tuple[Json, str]:
    """What a bundle holds, for programs and for people: its manifest, and what its contract accepts and returns."""
    from nbforge.bundle import manifest
    from nbforge.views import terminal

    found = manifest.load(directory)
    contract = _json(directory / "contract.json")
    value = {
        **found.manifest,
        "inputs": contract["inputs"],
        "ignored": contract["ignored"],
        "outputs": contract["outputs"],
    }
    return value, terminal.bundle_summary(found.manifest, contract)


def _built(found: Explained, paths: tuple[Path, ...]) -> dict[str, Json] | None:
    """The bundle in these notebooks' usual place, if it was made from them as they are now."""
    from nbforge import project
    from nbforge.bundle import manifest

    directory = project.load(paths, {}).output
    try:
        made: Bundle = manifest.load(directory)
        contract = _json(directory / "contract.json")
        report = _json(directory / "evidence" / "verification.json")
    except (NbforgeError, OSError):
        return None
    if [each["sha256"] for each in made.manifest["notebooks"]] != [book.sha256 for book in found.slice.notebooks]:
        return None
    return {"manifest": made.manifest, "contract": contract, "report": report}


def _json(path: Path) -> Json:
    return json.loads(path.read_text("utf-8"))
