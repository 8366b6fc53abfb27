"""MLflow's model folder: ``mlflow_folder.py FOLDER`` writes ``FOLDER/mlflow``."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from pathlib import Path

import mlflow.sklearn
import pandas as pd
from mlflow.models import infer_signature


def main(folder: Path) -> None:
    """The pickled object with the signature of its input."""
    shutil.rmtree(folder / "mlflow", ignore_errors=True)
    with (folder / "model.pkl").open("rb") as file:
        model = pickle.load(file)
    frame = pd.DataFrame([json.loads((folder / "example.json").read_text())])
    if list(frame) == ["text"]:
        mlflow.sklearn.save_model(model, folder / "mlflow", serialization_format="cloudpickle")
        return
    signature = infer_signature(frame, model.predict(frame))
    mlflow.sklearn.save_model(model, folder / "mlflow", signature=signature, serialization_format="cloudpickle")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
