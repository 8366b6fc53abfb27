"""The program: verbs register with :data:`app`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nbforge import __version__
from nbforge.cli.running import say

app = typer.Typer(
    name="nbforge",
    help="From a tagged notebook to a proven scoring service and its image.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"nbforge {__version__}", sys.stdout)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
