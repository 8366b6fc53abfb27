"""Stands for a library that is installed with the environment and breaks the conventions that slicing goes by."""

import json
from pathlib import Path
from typing import Any

import numpy as np

_COUNT = {"calls": 0}


def summary(frame: Any, column: str) -> dict[str, int]:
    """Looks like a question, and changes what it is asked about."""
    frame[column] = frame[column] + np.arange(len(frame))
    return {"rows": len(frame)}


def profile(frame: Any, columns: list[str]) -> dict[str, int]:
    """The same, with a column that is new."""
    frame[columns[-1]] = frame[columns[0]] / 2
    return {"columns": len(columns)}


def export(settings: dict[str, Any]) -> Path:
    """Writes a file whose name the call does not show."""
    path = Path(settings["folder"], settings["name"])
    path.write_text(json.dumps(settings["content"]))
    return path


def declare(name: str, value: float) -> int:
    """Binds a name in the notebook."""
    from IPython import get_ipython

    get_ipython().user_ns[name] = value
    return len(name)


def remember(value: float) -> float:
    """Keeps state of its own, which :func:`recalled` gives back."""
    _COUNT["calls"] += 1
    return value


def recalled() -> int:
    """How often :func:`remember` was called."""
    return _COUNT["calls"]
