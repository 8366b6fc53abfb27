"""``nbforge lint``."""

# ruff: noqa: PLR0913, PLR0917 - the parameters of a verb are its options, and typer reads them from the signature
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from nbforge.cli import running
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, Debug
from nbforge.errors import GateError


@app.command()
def lint(
    targets: Annotated[
        list[Path] | None,
        typer.Argument(metavar="NOTEBOOK|FOLDER...", help="Notebooks, and folders with notebooks; else this folder."),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, json, sarif (2.1.0) or github (annotations).")
    ] = "text",
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="CODE", help="Only these rules: a code, or its beginning.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="Not these rules: a code, or its beginning.")
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="SEVERITY", help="The least that fails: error, warning, info or never."),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Repair in the files what can be: tags, lost writes, renamed calls.")
    ] = False,
    clear_outputs: Annotated[
        bool, typer.Option("--clear-outputs", help="Clear outputs that are too large or hold a credential.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Find what is wrong with notebooks, by rules with codes. Runs nothing; exits with 7 where something fails."""

    def verb() -> None:
        from nbforge import linting

        chosen = "json" if as_json else form
        report = linting.lint(targets or (), select or (), ignore or (), fail_on, fix, clear_outputs)
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        if text := linting.render(report, chosen, colour):
            running.say(text, sys.stdout)
        if report.failed:
            raise typer.Exit(GateError.exit_code)

    running.run(verb, as_json, debug)
