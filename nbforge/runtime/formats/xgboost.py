"""Bare xgboost boosters in xgboost's own binary JSON; scikit-learn wrappers of it go the way of estimators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRIORITY = 40
SUFFIX = ".ubj"
UNSAFE = False


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    return type(value).__name__ == "Booster" and type(value).__module__ == "xgboost.core"


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    path.write_bytes(bytes(value.save_raw("ubj")))
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    import xgboost

    return xgboost.Booster(model_file=bytearray(path.read_bytes()))
