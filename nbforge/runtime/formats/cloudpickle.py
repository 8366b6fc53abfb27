"""The last resort: a pickle, which runs code when it is loaded. Only what no other format can hold."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRIORITY = 1000
SUFFIX = ".pkl"
UNSAFE = True


def can_save(value: Any) -> bool:  # noqa: ARG001 - the interface of a format
    """Whether it is meant for this value."""
    return True


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    from nbforge.runtime.formats import _pickling

    path.write_bytes(_pickling.dumps(value))
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    return pickle.loads(path.read_bytes())  # noqa: S301 - its digest matched; named as unsafe wherever it is listed
