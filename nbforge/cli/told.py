"""What a command line says, as values."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbforge.errors import UsageError

if TYPE_CHECKING:
    from nbforge.pipeline import Order
    from nbforge.values import Json


def flags(output: Path | None, **given: Any) -> dict[str, Any]:
    """Options as the keys of ``[tool.nbforge]``; ``None`` was not given, and a switch that is off says nothing."""
    named = {name.replace("_", "-"): None if value is False else value for name, value in given.items()}
    return {"output": str(output) if output else None, **named}


def order(
    notebooks: Sequence[Path] | None,
    given: dict[str, Any],
    pairs: list[str] | None,
    push: bool = False,
    prove_slice: bool = False,
) -> Order:
    """The build that notebooks, options and ``-p`` ask for."""
    from nbforge import pipeline, project

    paths = tuple(notebooks or listed_notebooks())
    loaded = project.load(paths, given)
    if push and not loaded.image:
        raise UsageError("--push needs an image.", remedy="Name it with -t.", code="push-without-image")
    return pipeline.Order(paths, loaded, parameters(pairs), push, prove_slice)


def listed_notebooks() -> list[Path]:
    """Those of nachlass's variable: separated by commas or spaces."""
    listed = os.environ.get("S2I_SOURCE_NOTEBOOK_LIST", "").replace(",", " ").split()
    if not listed:
        raise UsageError(
            "no notebook was given.",
            remedy="Name it: nbforge build NOTEBOOK.ipynb",
            code="no-notebook",
            name="NOTEBOOK",
        )
    return [Path(name) for name in listed]


def parameters(given: list[str] | None) -> dict[str, Json]:
    """``name=value``: any JSON value, else text."""
    values: dict[str, Json] = {}
    for each in given or ():
        name, equals, text = each.partition("=")
        if not equals or not name.strip().isidentifier():
            raise UsageError(
                f"`-p {each}` is not NAME=VALUE.",
                remedy="For example: -p test_size=0.2",
                code="bad-parameter",
                name=name,
            )
        try:
            values[name.strip()] = json.loads(text)
        except ValueError:
            values[name.strip()] = text
    return values
