"""SciPy's sparse matrices and arrays: their parts as ``.npy`` in one zip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbforge.runtime.formats import _archive

PRIORITY = 30
SUFFIX = ".npz"
UNSAFE = False

_PARTS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "coo": ("data", "row", "col"),
    "dia": ("data", "offsets"),
}


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    kind = type(value)
    return kind.__module__.startswith("scipy.sparse") and getattr(value, "format", None) in _PARTS and value.ndim == 2


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    parts = {f"{part}.npy": _archive.array_bytes(getattr(value, part)) for part in _PARTS[value.format]}
    head = {"class": type(value).__name__, "format": value.format, "shape": [int(size) for size in value.shape]}
    _archive.write(path, {"head.json": json.dumps(head).encode(), **parts})
    return {}


def load(path: Path, record: Mapping[str, Any]) -> Any:  # noqa: ARG001 - the interface of a format
    """Read it back."""
    import scipy.sparse

    members = _archive.read(path)
    head = json.loads(members["head.json"])
    parts = [_archive.array_of(members[f"{part}.npy"]) for part in _PARTS[head["format"]]]
    kind = getattr(scipy.sparse, head["class"])
    shape = tuple(head["shape"])
    return kind((parts[0], (parts[1], parts[2])) if head["format"] == "coo" else tuple(parts), shape=shape)
