"""``nbforge tag``."""

# ruff: noqa: PLR0913, PLR0917 - the parameters of a verb are its options, and typer reads them from the signature
from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbforge.cli import running, suggesting
from nbforge.cli.app import app
from nbforge.cli.options import AsJson, Debug
from nbforge.errors import UsageError

if TYPE_CHECKING:
    from nbforge.tagging import Tag


@app.command()
def tag(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="The notebook.")],
    wanted: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="CELL=TAG", help="Tag a cell; `predict` is short for `nbforge:predict`."),
    ] = None,
    unwanted: Annotated[
        list[str] | None,
        typer.Option("--clear", metavar="CELL[=TAG]", help="Remove a tag, or all of nbforge's, from a cell."),
    ] = None,
    clear_all: Annotated[bool, typer.Option("--clear-all", help="Remove all of nbforge's tags.")] = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Propose tags, with reasons; on a terminal, ask which to set.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="With --suggest: set what is proposed, weak proposals left out.")
    ] = False,
    add_cell: Annotated[
        bool, typer.Option("--add-cell", help="With --suggest: the proposal may add a predict cell at the end.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List a notebook's tags, set, clear and suggest them. Nothing else in the file changes."""

    def verb() -> None:
        from nbforge import tagging

        _check(bool(wanted or unwanted or clear_all), suggest, apply or add_cell)
        if suggest:
            suggesting.suggest(notebook, apply=apply, add_cell=add_cell, as_json=as_json)
            return
        if wanted or unwanted or clear_all:
            done = tagging.change(notebook, _tags(wanted, "--set", full=True), _tags(unwanted, "--clear"), clear_all)
            running.result(as_json, lambda: done.json, lambda: done.text)
            return
        shown = tagging.listed(notebook)
        running.result(as_json, lambda: shown.json, lambda: shown.text, to=sys.stdout)

    running.run(verb, as_json, debug)


def _check(changing: bool, suggest: bool, how: bool) -> None:
    if (changing and suggest) or (how and not suggest):
        raise UsageError(
            "--suggest goes with --apply and --add-cell, and with no other change."
            if suggest
            else "--apply and --add-cell say what to do with suggestions.",
            remedy="Add --suggest." if not suggest else "Set and clear tags in a second command.",
            code="usage",
        )


def _tags(given: list[str] | None, option: str, *, full: bool = False) -> list[Tag]:
    """``CELL=TAG``; without ``full`` also ``CELL``."""
    from nbforge.tagging import Tag

    found = []
    for each in given or ():
        match = re.fullmatch(r"\s*(\d+)\s*(?:=\s*([^,]*[^,\s])\s*)?", each)
        if match is None or (full and not match[2]):
            raise UsageError(
                f"`{option} {each}` is not {'CELL=TAG' if full else 'CELL or CELL=TAG'}.",
                remedy=f"For example: {option} 7=predict",
                code="bad-tag-option",
                name=option,
            )
        found.append(Tag(int(match[1]), match[2]))
    return found
