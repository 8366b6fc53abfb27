"""A session for tests of the host: the real hooks and the real checkpoint; capture writes what the namespace holds.

Takes the place of ``nbforge/training/kernel/session.py`` in the tests' overlay.
"""

import json
import pickle
from pathlib import Path

from nbforge.training.kernel import checkpoint as checkpoints

_state: dict = {}


def _namespace():
    return get_ipython().user_ns  # noqa: F821  # this runs in a kernel


def start(plan, notebook, directory):
    _state.update(plan=json.loads(Path(plan).read_text()), notebook=notebook, directory=directory, calls=[])


def cell(index):
    _state["calls"].append(["cell", index])


def cell_done(index):
    _state["calls"].append(["done", index])


def finish_stage(directory):
    with (Path(directory) / "stages.txt").open("a") as file:
        file.write(f"{_state['notebook']}\n")


def checkpoint(path):
    hidden = get_ipython().user_ns_hidden  # noqa: F821
    held = {"model": _namespace().get("model"), "calls": _state["calls"]}
    return checkpoints.save(_namespace(), Path(path), set(hidden), held)[1]


def restore(path):
    held = checkpoints.restore(Path(path), _namespace())
    _state.update(calls=held["calls"], held=held["model"])


def capture(directory):
    folder = Path(directory)
    names = _namespace()
    if "refuse" in names:
        error = {"exit": 3, "code": "unsavable", "message": "no format takes `conn`", "remedy": "Close it.", "notebook": 0,
                 "cell": 2, "name": names["refuse"], "detail": ""}
        (folder / "error.json").write_text(json.dumps(error))
        return
    if "boom" in names:
        raise RuntimeError("a fault of capture")
    (folder / "artifacts").mkdir()
    if "artifact" in names:
        (folder / "artifacts" / "artifact.pkl").write_bytes(pickle.dumps(names["artifact"]))
    told = {
        "calls": _state["calls"],
        "answer": names.get("answer"),
        "shared": _state.get("held") is names.get("model"),
        "config": _state["plan"]["config"],
        "stages": _state["plan"]["stages"],
        "finished": Path(_state["directory"], "stages.txt").read_text() if Path(_state["directory"], "stages.txt").exists() else "",
    }
    (folder / "capture.json").write_text(json.dumps(told))
