"""``nbforge inspect``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbforge.cli import running, told
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, Debug, Parameters
from nbforge.errors import UsageError

if TYPE_CHECKING:
    from nbforge.values import Json


@app.command()
def inspect(
    targets: Annotated[
        list[Path] | None, typer.Argument(metavar="NOTEBOOK...|BUNDLE", help="Notebooks, or one bundle.")
    ] = None,
    parameter: Parameters = None,
    html: Annotated[bool, typer.Option("--html", help="One self-contained page, on standard output.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="The data flow as a Mermaid flowchart.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, not on standard output.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a build takes of notebooks and why, or what is in a bundle. Runs nothing."""

    def verb() -> None:
        if html + mermaid + as_json > 1:
            raise UsageError("--html, --mermaid and --json exclude each other.", remedy="Choose one.", code="formats")
        paths = tuple(targets or told.listed_notebooks())
        if len(paths) == 1 and paths[0].is_dir():
            if html or mermaid:
                raise UsageError(
                    "--html and --mermaid show notebooks, not bundles.",
                    remedy="Name the notebook; the page shows artifacts and contract of its build.",
                    code="formats",
                )
            shown = _bundle(paths[0], as_json)
        else:
            shown = _notebooks(paths, told.parameters(parameter), html, mermaid, as_json)
        if output is None:
            running.say(shown, sys.stdout)
        else:
            output.write_text(shown + "\n", "utf-8")
            running.say(f"Written: {output}")

    running.run(verb, as_json, debug)


def _bundle(directory: Path, as_json: bool) -> str:
    from nbforge import inspection

    value, text = inspection.bundle(directory)
    return running.json_text(value) if as_json else text


def _notebooks(
    paths: tuple[Path, ...], parameters: Mapping[str, Json], html: bool, mermaid: bool, as_json: bool
) -> str:
    from nbforge import inspection

    found = inspection.notebooks(paths, parameters)
    if html:
        return inspection.html(found, paths)
    if mermaid:
        return inspection.mermaid(found)
    return running.json_text(inspection.to_json(found)) if as_json else inspection.text(found)
