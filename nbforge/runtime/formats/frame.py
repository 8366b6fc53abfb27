"""pandas frames, series, indexes and texts: each column as ``.npy``, their types and names as JSON, in one zip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbforge.runtime.formats import _archive

PRIORITY = 30
SUFFIX = ".frame"
UNSAFE = False


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    kind = type(value)
    return kind.__module__.split(".")[0] == "pandas" and kind.__name__ in _KINDS


_KINDS = {
    "DataFrame", "Series", "Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "CategoricalIndex",
    "IntervalIndex", "PeriodIndex", "StringArray", "ArrowStringArray",
}  # fmt: skip


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    from nbforge.runtime.formats._pandas_parts import Writer

    writer = Writer()
    head = writer.describe(value)
    text = json.dumps(head, separators=(",", ":"), allow_nan=False)
    _archive.write(path, {"head.json": text.encode(), **writer.members})
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    from nbforge.runtime.formats._pandas_parts import Reader

    members = _archive.read(path)
    return Reader(members).build(json.loads(members["head.json"]))
