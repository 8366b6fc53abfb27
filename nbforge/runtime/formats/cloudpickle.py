"""The last resort: a pickle, which runs code when it is loaded. Only what no other format can hold."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRIORITY = 1000
SUFFIX = ".pkl"
UNSAFE = True


def can_save(value: Any) -> bool:
    return True


def save(value: Any, path: Path) -> dict[str, Any]:
    from nbforge.runtime.formats import _pickling

    path.write_bytes(_pickling.dumps(value))
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:
    return pickle.loads(path.read_bytes())
