"""A session for tests of the host: the real hooks and the real checkpoint; capture writes what the namespace holds.

Takes the place of ``nbforge/training/kernel/session.py`` in the tests' overlay.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython

from nbforge.training.kernel import checkpoint as checkpoints

_state: dict[str, Any] = {}


def _shell() -> Any:
    return get_ipython()


def _namespace() -> Any:
    return _shell().user_ns


def start(plan: str, notebook: int, directory: str) -> None:
    _state.update(plan=json.loads(Path(plan).read_text()), notebook=notebook, directory=directory, calls=[])


def cell(index: int) -> None:
    _state["calls"].append(["cell", index])


def cell_done(index: int) -> None:
    _state["calls"].append(["done", index])


def finish_stage(directory: str) -> None:
    with (Path(directory) / "stages.txt").open("a") as file:
        file.write(f"{_state['notebook']}\n")


def checkpoint(path: str) -> dict[str, str]:
    hidden = _shell().user_ns_hidden
    held = {"model": _namespace().get("model"), "calls": _state["calls"]}
    return checkpoints.save(_namespace(), Path(path), set(hidden), held)[1]


def restore(path: str) -> None:
    held = checkpoints.restore(Path(path), _namespace())
    _state.update(calls=held["calls"], held=held["model"])


def capture(directory: str) -> None:
    folder = Path(directory)
    names = _namespace()
    if "refuse" in names:
        error = {
            "exit": 3,
            "code": "unsavable",
            "message": "no format takes `conn`",
            "remedy": "Close it.",
            "notebook": 0,
            "cell": 2,
            "name": names["refuse"],
            "detail": "",
        }
        (folder / "error.json").write_text(json.dumps(error))
        return
    if "boom" in names:
        raise RuntimeError("a fault of capture")
    (folder / "artifacts").mkdir()
    if "artifact" in names:
        (folder / "artifacts" / "artifact.pkl").write_bytes(pickle.dumps(names["artifact"]))
    finished = Path(_state["directory"], "stages.txt")
    told = {
        "calls": _state["calls"],
        "answer": names.get("answer"),
        "shared": _state.get("held") is names.get("model"),
        "config": _state["plan"]["config"],
        "stages": _state["plan"]["stages"],
        "finished": finished.read_text() if finished.exists() else "",
    }
    (folder / "capture.json").write_text(json.dumps(told))
