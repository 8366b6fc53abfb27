"""The smallest bundle that has everything an image needs: a model, the runtime, and a start script with a health check.

The start script here is a few lines over the standard library, so that these tests are about locks and images alone.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbforge
from nbforge.bundle import manifest
from nbforge.runtime import formats
from nbforge.values import Bundle, VerifiedBundle

PACKAGE = Path(nbforge.__file__).parent
ROWS = [{"a": 0.5, "b": 1.0}, {"a": -2.0, "b": 3.5}, {"a": 4.0, "b": -1.0}]
APP = """
import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = int(os.environ.get("NBFORGE_PORT", "8080"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({"ready": True})

    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = [field.name for field in SCORER.contract.inputs]
        answers = SCORER.score({name: [row[name] for row in rows] for name in names}, len(rows))
        self.answer({"predictions": list(answers.predictions)})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    if "--health" in sys.argv:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready", timeout=3) as answer:
            sys.exit(0 if answer.status == 200 else 1)
    from nbforge.runtime.scorer import Scorer

    SCORER = Scorer.load(ROOT)
    HTTPServer((os.environ.get("NBFORGE_HOST", "127.0.0.1"), PORT), Handler).serve_forever()
"""
SCORING = """from nbforge.runtime.artifacts import artifact

model = artifact("model")
"""


LIGHT_SCORING = """import numpy as np


class Sum:
    def predict(self, rows):
        return np.asarray(rows).sum(axis=1)


model = Sum()
"""


def lay_out(root: Path, model: Any, scoring: str = SCORING) -> Bundle:
    """A bundle around a fitted estimator of two number columns, ``a`` and ``b``; it has no lock yet.

    Args:
        root: a directory that does not exist.
        model: the estimator; ``None`` for one that ``scoring`` defines itself, of rows of an array.
        scoring: text of ``service/scoring.py``; it binds ``model``.
    """
    (root / "artifacts").mkdir(parents=True)
    (root / "evidence").mkdir()
    service = root / "service"
    shutil.copytree(PACKAGE / "runtime", service / "nbforge" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(PACKAGE / "__init__.py", service / "nbforge" / "__init__.py")
    (service / "app.py").write_text(APP, "utf-8")
    (service / "scoring.py").write_text(scoring, "utf-8")
    saved = (
        [] if model is None else [{**formats.save(model, root / "artifacts", "model"), "notebook": None, "cell": None}]
    )
    fields = [{"name": name, "dtype": "float64"} for name in ("a", "b")]
    contract = {
        "protocol": 1,
        "task": "other",
        "inputs": fields,
        "ignored": [],
        "frame": {"kind": "array" if model is None else "dataframe", "dtype": "float64"},
    }
    (root / "contract.json").write_text(
        json.dumps({**contract, "outputs": [], "examples": [], "baseline": {}}), "utf-8"
    )
    (root / "evidence" / "proof.json").write_text(json.dumps({"rows": ROWS}), "utf-8")
    (root / "README.md").write_text("# small\n", "utf-8")
    (root / "openapi.json").write_text("{}\n", "utf-8")
    return describe(root, saved)


def describe(root: Path, artifacts: list[dict[str, Any]], python: str = "3.11") -> Bundle:
    """Write ``bundle.json`` for what lies in ``root`` now."""
    entry = {"form": "estimator", "name": "model", "passes": "frame", "features": None, "columns": None}
    capture = {"form": "estimator", "rowwise": True, "entry": entry, "artifacts": artifacts, "metrics": {}}
    described = manifest.make(root, "small", capture, [], {"python": python, "sha256": None, "distributions": []})
    manifest.write(root, described)
    return manifest.load(root)


def complete(bundle: Bundle, lock: str, files: dict[str, str]) -> VerifiedBundle:
    """The bundle with its lock and the image's files, taken as proven."""
    root = bundle.directory
    (root / "requirements.lock").write_text(lock, "utf-8")
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    return VerifiedBundle(describe(root, list(bundle.manifest["artifacts"])), {})
