"""Writes docs/reference/cli.md from the command line itself; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from nbforge.cli import app
from scripts import generated

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
_HEAD = """\
# Command line

<!-- Written by scripts/cli_reference.py (`make docs`): do not edit. -->

What people read goes to standard error, plain lines where that is no terminal. With `--json` exactly one object goes to
standard output. Every command ends with one of the [exit codes](exit-codes.md); options win over
[`[tool.nbforge]`](configuration.md).
"""


def render() -> str:
    """The page as Markdown."""
    root = typer.main.get_command(app)
    commands: dict[str, Any] = getattr(root, "commands", {})
    options = [parameter for parameter in root.params if parameter.name != "help"]
    sections = [_HEAD, f"\n{_table(options)}" if options else ""]
    return "".join([*sections, *(_section(name, command) for name, command in commands.items())])


def _section(name: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    usage = " ".join(["nbforge", name, *(_metavar(each) for each in arguments), *(["[options]"] if options else [])])
    text = f"\n## {name}\n\n{command.help.strip()}\n\n    {usage}\n"
    for argument in arguments:
        text += f"\n`{_metavar(argument)}`: {argument.help}\n"
    return f"{text}\n{_table(options)}" if options else text


def _table(options: list[Any]) -> str:
    rows = [f"| {_spelling(option)} | {_default(option)} | {option.help} |\n" for option in options]
    return "".join(["| option | default | |\n|---|---|---|\n", *rows])


def _spelling(option: Any) -> str:
    value = "" if option.is_flag else f" {_metavar(option)}"
    names = sorted([*option.opts, *option.secondary_opts], key=len)
    return ", ".join(f"`{name}{value}`" for name in names) + (" (repeatable)" if option.multiple else "")


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _default(option: Any) -> str:
    default = None if option.is_flag or callable(option.default) else option.default
    return f"`{default}`" if default not in (None, "", [], ()) else ""


def flags() -> Iterator[tuple[str, str]]:
    """Every verb with every spelling of every option."""
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    for name, command in commands.items():
        for parameter in command.params:
            for spelling in (*parameter.opts, *parameter.secondary_opts):
                yield name, spelling


if __name__ == "__main__":
    raise SystemExit(generated.main(PAGE, render, sys.argv[1:]))
