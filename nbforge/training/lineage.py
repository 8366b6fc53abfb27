"""lineage.json: what the run read, in words that leave no trace of the machine it ran on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbforge.training.inputs import Input, Observed
from nbforge.values import Environment, Json, Slice

PROTOCOL = 1


def document(
    slice_: Slice, observed: Observed, environment: Environment, env_names: tuple[str, ...], folder: Path
) -> Json:
    """The content of ``lineage.json``.

    Paths are relative to ``folder`` (the notebook's) where below it; of others only the name is given, with
    ``"outside": true``. ``hosts`` are host names without port, loopback left out; ``env`` are names of variables,
    never values.
    """
    return {
        "protocol": PROTOCOL,
        "notebooks": [{"file": notebook.path.name, "sha256": notebook.sha256} for notebook in slice_.notebooks],
        "parameters": dict(slice_.parameters),
        "data": [_file(item, folder) for item in sorted(observed.files, key=lambda item: item.path)],
        "modules": [_file(item, folder) for item in sorted(observed.modules, key=lambda item: item.path)],
        "written": [_place(path, folder) for path in observed.written if Path(path).is_file()],
        "hosts": list(observed.hosts),
        "programs": list(observed.programs),
        "env": sorted(env_names),
        "git": git_state(folder),
        "environment": {
            "python": environment.version,
            "fingerprint": environment.fingerprint,
            "origin": environment.origin,
        },
    }


_TOLD = ("bound", "rebound", "changed", "deleted", "aliases", "imported", "hosts", "drew", "raised")


def cells(slice_: Slice, seen: Sequence[Mapping[str, Json]], folder: Path) -> Json:
    """The content of ``cells.json``: what each cell was seen to do, without any value; see docs/reference/bundle.md."""
    return {"protocol": PROTOCOL, "cells": [_cell(slice_, cell, folder) for cell in seen]}


def _cell(slice_: Slice, cell: Mapping[str, Json], folder: Path) -> Json:
    told: dict[str, Json] = {
        "notebook": slice_.notebooks[cell["notebook"]].path.name,
        "cell": cell["cell"],
        "seconds": cell["seconds"],
    }
    told |= {name: cell[name] for name in _TOLD if cell.get(name)}
    told |= {name: [_place(path, folder) for path in cell[name]] for name in ("read", "written") if cell.get(name)}
    if cell.get("unchecked"):
        told["unchecked"] = True
    return told


def git_state(folder: Path) -> Json:
    """``{"commit", "dirty"}`` of the repository that holds ``folder``; ``None`` without one, or without git.

    ``dirty`` is about tracked files: outputs of a build, which are untracked, do not make it so.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit.strip(), "dirty": bool(status and status.strip())}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        result = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=20,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None


def _file(item: Input, folder: Path) -> Json:
    return {**_place(item.path, folder), "sha256": item.sha256, "size": item.size}


def _place(path: str, folder: Path) -> dict[str, Json]:
    try:
        return {"path": Path(path).relative_to(folder).as_posix()}
    except ValueError:
        return {"path": Path(path).name, "outside": True}
