"""Notebooks from text: cells separated by ``# %% tags`` lines become an ``.ipynb``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_SEPARATOR = re.compile(r"^# %%[ \t]*(.*)$", re.MULTILINE)
_KINDS = {"[markdown]": "markdown", "[raw]": "raw"}
PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


def is_text_notebook(path: Path) -> bool:
    """Whether a ``.py`` file is a notebook rather than a module."""
    return path.suffix == ".py" and path.read_text(encoding="utf-8").startswith("# %%")


def from_text(text: str, kernelspec: Mapping[str, str] = PYTHON) -> dict[str, Any]:
    """The notebook, as nbformat 4.5 writes it, of a text in the percent format."""
    return {
        "cells": [_cell(index, *cell) for index, cell in enumerate(_cells(text))],
        "metadata": {"kernelspec": dict(kernelspec), "language_info": {"name": kernelspec.get("language", "python")}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def write(path: Path, text: str, kernelspec: Mapping[str, str] = PYTHON) -> Path:
    """Write the notebook of a text to ``path``."""
    path.write_text(json.dumps(from_text(text, kernelspec), indent=1), encoding="utf-8")
    return path


def _cells(text: str) -> Iterator[tuple[str, list[str], str]]:
    pieces = _SEPARATOR.split(text)[1:]
    for header, body in zip(pieces[::2], pieces[1::2], strict=True):
        words = re.split(r"[,\s]+", header.strip()) if header.strip() else []
        kind = next((_KINDS[word] for word in words if word in _KINDS), "code")
        tags = [word for word in words if word not in _KINDS]
        source = body.strip("\n")
        yield kind, tags, source if kind == "code" else re.sub(r"^# ?", "", source, flags=re.MULTILINE)


def _cell(index: int, kind: str, tags: list[str], source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "id": f"cell-{index}",
        "cell_type": kind,
        "metadata": {"tags": tags} if tags else {},
        "source": source,
    }
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
