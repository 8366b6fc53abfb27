"""Literals and plain containers as JSON text, without loss: tuples, sets, dates, numpy scalars and dict keys keep
their types.

What JSON has is written as it is. Everything else is an object of one key that starts with ``$``: ``{"$tuple":
[...]}``. A dict with a key that is no text, or that starts with ``$``, is ``{"$dict": [[key, value], ...]}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nbforge.runtime.formats import _tagged, frame

PRIORITY = 10
SUFFIX = ".json"
UNSAFE = False


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return False
    return not frame.can_save(value) and _tagged.covers(value)


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    text = json.dumps(_tagged.encode(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="ascii")
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    return _tagged.decode(json.loads(path.read_text(encoding="ascii")))
