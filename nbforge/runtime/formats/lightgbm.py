"""Bare lightgbm boosters in lightgbm's own text, with the categories of the training frame at its end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRIORITY = 40
SUFFIX = ".txt"
UNSAFE = False


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    return type(value).__name__ == "Booster" and type(value).__module__ == "lightgbm.basic"


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    path.write_text(value.model_to_string(), encoding="utf-8")
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    import lightgbm

    return lightgbm.Booster(model_str=path.read_text(encoding="utf-8"))
