"""MLServer's settings: ``mlserver_folder.py FOLDER plain|batching`` writes ``FOLDER/mlserver-...``."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: Path, kind: str) -> None:
    """Its sklearn runtime on the pickled object; no workers beside the one process."""
    target = folder / f"mlserver-{kind}"
    target.mkdir(exist_ok=True)
    model = {
        "name": "model",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(folder / "model.pkl")},
    }
    if kind == "batching":
        model |= {"max_batch_size": 32, "max_batch_time": 0.005}
    (target / "model-settings.json").write_text(json.dumps(model))
    (target / "settings.json").write_text(json.dumps({"parallel_workers": 0, "debug": False, "host": "127.0.0.1"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
