"""What makes two runs the same run, as digests.

The training key covers what the checkpoint depends on; the capture key adds what comes after it. Data is not in them:
it is known only once a run has read it, so each entry lists what it read (:mod:`.inputs`).
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from nbforge import __version__
from nbforge.training.options import RunOptions
from nbforge.values import CellSlice, Environment, Json, Slice

LAYOUT = 1
"""Number of the layout of cache entries; raising it retires all of them."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The two levels at which finished work is kept."""

    training: str
    capture: str


def keys(slice_: Slice, environment: Environment, overlay: Path, options: RunOptions) -> Keys:
    """Digest everything that is known before a run."""
    last = entry_notebook(slice_)
    before = [cell for cell in slice_.cells if cell.included and is_before_checkpoint(cell, last)]
    after = [cell for cell in slice_.cells if cell.included and not is_before_checkpoint(cell, last)]
    training = _digest(
        {
            "layout": LAYOUT,
            "version": __version__,
            "kernel code": tree_digest(overlay / "nbforge"),
            "environment": [environment.fingerprint, environment.version, platform.machine()],
            "working directory": str(options.working_directory),
            "notebooks": [[n.name, str(n.path.parent), n.stage] for n in slice_.notebooks],
            "cells": [[c.notebook, c.index, sorted(c.roles), c.source] for c in before],
            "ordered": slice_.ordered,
            "parameters": slice_.parameters,
            "env": [[name, os.environ.get(name)] for name in sorted(options.env_names)],
        }
    )
    plan = slice_.plan()
    kept = ("entry", "data_names", "metric_names", "definitions")
    capture = _digest(
        {
            "training": training,
            "cells": [[c.notebook, c.index, sorted(c.roles), c.source] for c in after],
            "statements": [c["statements"] for c in plan["cells"] if c["included"]],
            "plan": {name: plan[name] for name in kept if name in plan},
            "config": options.capture,
        }
    )
    return Keys(training, capture)


def entry_notebook(slice_: Slice) -> int:
    """The notebook whose kernel is captured: the one with the entry point, else (nachlass) the last."""
    return slice_.entry.notebook if slice_.entry else len(slice_.notebooks) - 1


def is_before_checkpoint(cell: CellSlice, last: int) -> bool:
    """Whether a cell runs before the checkpoint: all of the notebooks before, the training cells of the entry's."""
    return cell.notebook < last or (cell.notebook == last and cell.phase == "training")


def tree_digest(directory: Path) -> str:
    """A digest of all Python and data files below ``directory``, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(
                str(path.relative_to(directory)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
            )
    return digest.hexdigest()


def _digest(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
