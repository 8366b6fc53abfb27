"""Notebooks as text: cells with outputs, and the findings that are expected in them.

A file holds cases, each beginning with ``=== name``. A line ``--- words`` begins a cell: tags, ``md`` for Markdown,
``#5`` for the execution count. ``%%% kind`` begins an output of the cell: ``stdout``, ``stderr``, ``result``
(``result 5`` with another count), ``html``, ``json``, ``png``, ``error Name``. ``>>> CELL:LINE SEVERITY`` is a
finding; the line is ``-`` where there is none, the cell where the whole notebook is meant. ``size N`` behind the kind
makes the output N characters long. ``\\x`` is left out, so that scanners of this repository find no secrets; ``\\e``
is the escape character.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbforge.lint.model import Finding

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    code: str
    name: str
    notebook: dict[str, Any]
    expected: tuple[str, ...]


def cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.txt")):
        code = file.stem.partition("-")[0]
        for block in file.read_text(encoding="utf-8").split("\n=== ")[1:]:
            name, _, rest = block.partition("\n")
            yield Case(
                code,
                f"{file.stem}: {name}",
                notebook(rest),
                tuple(sorted(re.findall(r"^>>> (.*)$", rest, re.MULTILINE))),
            )


def notebook(text: str) -> dict[str, Any]:
    body = re.sub(r"^>>> .*\n?", "", text + "\n", flags=re.MULTILINE).replace("\\x", "").replace("\\e", "\x1b")
    cells = [_cell(part) for part in re.split(r"^---", body, flags=re.MULTILINE)[1:]]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": cells}


def _cell(part: str) -> dict[str, Any]:
    head, _, body = part.partition("\n")
    words = head.split()
    source, *outputs = re.split(r"^%%% ", body.rstrip("\n"), flags=re.MULTILINE)
    tags = [word for word in words if word != "md" and not re.fullmatch(r"#\d+", word)]
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    lines = source.rstrip("\n").splitlines(keepends=True)
    if "md" in words:
        return {"cell_type": "markdown", "metadata": metadata, "source": lines}
    count = next((int(word[1:]) for word in words if re.fullmatch(r"#\d+", word)), None)
    made = [_output(each, count) for each in outputs]
    return {"cell_type": "code", "metadata": metadata, "execution_count": count, "source": lines, "outputs": made}


def _output(text: str, count: int | None) -> dict[str, Any]:
    head, _, body = text.partition("\n")
    kind, *more = head.split()
    body = body.rstrip("\n")
    if "size" in more:
        body = "A" * int(more[more.index("size") + 1])
        more = []
    if kind in {"stdout", "stderr"}:
        return {"output_type": "stream", "name": kind, "text": body.splitlines(keepends=True)}
    if kind == "error":
        return {"output_type": "error", "ename": more[0], "evalue": body, "traceback": body.splitlines()}
    if kind == "result":
        own = int(more[0]) if more else count
        return {"output_type": "execute_result", "execution_count": own, "metadata": {}, "data": {"text/plain": body}}
    types = {"html": "text/html", "png": "image/png", "json": "application/json"}
    value = json.loads(body) if kind == "json" else body
    return {"output_type": "display_data", "metadata": {}, "data": {types[kind]: value}}


def told(finding: Finding) -> str:
    """A finding as cases write it."""
    where = "notebook" if finding.cell is None else f"{finding.cell}:{finding.line or '-'}"
    return f"{where} {finding.severity}"
