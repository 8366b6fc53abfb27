"""One self-contained page: the cells, the data flow drawn, and what a build made of it all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nbforge.values import CellSlice, Explained, Json
from nbforge.views import words
from nbforge.views.inspection.cells import anchor, because, head, kind, original
from nbforge.views.inspection.graph import svg

if TYPE_CHECKING:
    from jinja2 import Template


def page(found: Explained, built: Mapping[str, Json] | None) -> str:
    """HTML with its style inside, no script and no address of anything.

    Args:
        found: the slice of one or several notebooks, and their data flow.
        built: ``{"manifest", "contract", "report"}`` of the bundle that these notebooks were built to, if there is one.
    """
    from markupsafe import Markup
    from pygments.formatters import HtmlFormatter

    whole = found.slice
    return _template().render(
        title=", ".join(book.path.name for book in whole.notebooks),
        notebooks=[
            {"name": book.path.name, "cells": [_cell(cell, found) for cell in whole.cells if cell.notebook == at]}
            for at, book in enumerate(whole.notebooks)
        ],
        kept=words.count(whole.statements_in, "statement"),
        left=whole.statements_out,
        caveats=whole.caveats,
        graph=Markup(svg(found)),  # noqa: S704 - made of escaped parts
        built=built,
        words=words,
        code_style=Markup(  # noqa: S704 - a style sheet of pygments
            HtmlFormatter(style="friendly").get_style_defs(".code")
            + "@media (prefers-color-scheme: dark){"
            + HtmlFormatter(style="github-dark").get_style_defs(".code")
            + "}"
        ),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def _cell(cell: CellSlice, found: Explained) -> Mapping[str, object]:
    written = original(cell, found)
    text, code = written.source, written.kind == "code"
    lines = text.split("\n")
    kept = {at for at, row in zip(cell.lines, cell.source.split("\n"), strict=False) if row.strip() in lines[at - 1]}
    return {
        "id": anchor(cell),
        "index": cell.index,
        "kind": kind(cell),
        "code": code,
        "head": head(text),
        "reason": because(cell),
        "tags": cell.tags,
        "lines": [
            {"number": number, "html": line, "kept": number in kept}
            for number, line in enumerate(_coloured(text) if code else text.split("\n"), 1)
        ],
        "takes": [link for link in found.links if link.kept and link.target == (cell.notebook, cell.index)],
        "gives": [link for link in found.links if link.kept and link.source == (cell.notebook, cell.index)],
    }


def _coloured(code: str) -> list[str]:
    from IPython.lib.lexers import IPython3Lexer
    from markupsafe import Markup
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    html = highlight(code.rstrip(), IPython3Lexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True))
    return [Markup(line) for line in html.rstrip("\n").split("\n")]  # noqa: S704 - pygments has escaped it
