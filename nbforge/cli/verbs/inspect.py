"""``nbforge inspect``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nbforge.cli import running, told
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, Debug, Parameters


@app.command()
def inspect(
    targets: Annotated[
        list[Path] | None, typer.Argument(metavar="NOTEBOOK...|BUNDLE", help="Notebooks, or one bundle.")
    ] = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a build takes of notebooks and why, or what is in a bundle. Runs nothing."""

    def verb() -> None:
        from nbforge import inspection

        paths = tuple(targets or told.listed_notebooks())
        if len(paths) == 1 and paths[0].is_dir():
            shown = inspection.bundle(paths[0])
        else:
            shown = inspection.notebooks(paths, told.parameters(parameter))
        running.result(as_json, lambda: shown.json, lambda: shown.text, to=sys.stdout)

    running.run(verb, as_json, debug)
