"""vetiver: a model with the prototype of its input behind its own FastAPI application."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pandas as pd
from vetiver import VetiverAPI, VetiverModel
from vetiver.handlers.base import BaseHandler

folder = Path(os.environ["MODEL_FOLDER"])
prototype = pd.DataFrame([json.loads((folder / "example.json").read_text())])
with (folder / "model.pkl").open("rb") as file:
    model = pickle.load(file)


class TextHandler(BaseHandler):
    """A custom handler, as its documentation has for models that take no frame."""

    pip_name = "scikit-learn"

    def handler_predict(self, input_data, check_prototype):  # type: ignore[no-untyped-def]  # noqa: ARG002
        """Of the frame that vetiver makes, the texts."""
        return self.model.predict(input_data["text"]).tolist()


if __name__ == "__main__":
    if list(prototype) == ["text"]:
        model = TextHandler(model, prototype)
    api = VetiverAPI(VetiverModel(model, model_name="model", prototype_data=prototype), check_prototype=True)
    api.run(host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False)
