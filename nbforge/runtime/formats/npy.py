"""Arrays of numbers, text, booleans and instants as numpy's own ``.npy``; objects are left to other formats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nbforge.runtime.formats import _archive

PRIORITY = 20
SUFFIX = ".npy"
UNSAFE = False


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    return type(value) is np.ndarray and not value.dtype.hasobject


def save(value: np.ndarray, path: Path) -> dict[str, Any]:
    """Write the file."""
    path.write_bytes(_archive.array_bytes(value))
    return {}


def load(path: Path, record: Mapping[str, Any]) -> np.ndarray:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    return _archive.array_of(path.read_bytes())
