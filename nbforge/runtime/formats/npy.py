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
    return type(value) is np.ndarray and not value.dtype.hasobject


def save(value: np.ndarray, path: Path) -> dict[str, Any]:
    path.write_bytes(_archive.array_bytes(value))
    return {}


def load(path: Path, record: Mapping[str, Any]) -> np.ndarray:
    return _archive.array_of(path.read_bytes())
