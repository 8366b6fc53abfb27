"""The last resort: a pickle, which runs code when it is loaded. Only what no other format can hold."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRIORITY = 1000
SUFFIX = ".pkl"
UNSAFE = True
SCORING = "scoring"


def can_save(value: Any) -> bool:  # noqa: ARG001 - the interface of a format
    """Whether it is meant for this value."""
    return True


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    from nbforge.runtime.formats import _pickling

    path.write_bytes(_pickling.dumps(value))
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back where the names of ``scoring.py`` are: some objects, such as formulas, look for names in callers."""
    scope = vars(sys.modules[SCORING]) if SCORING in sys.modules else {}
    # Its digest matched, and it is named as unsafe wherever it is listed.
    return eval("__loads(__data)", {**scope, "__loads": pickle.loads, "__data": path.read_bytes()})  # noqa: S307
