"""BentoML: one service that predicts request by request, and one with adaptive batching."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Annotated, Any

import bentoml
import numpy as np
import pandas as pd
from bentoml.validators import DataframeSchema

FOLDER = Path(os.environ["MODEL_FOLDER"])
Records = Annotated[pd.DataFrame, DataframeSchema(orient="records")]
TEXT = list(json.loads((FOLDER / "example.json").read_text())) == ["text"]


def loaded() -> Any:
    """The fitted object."""
    with (FOLDER / "model.pkl").open("rb") as file:
        return pickle.load(file)


def given(frame: pd.DataFrame) -> Any:
    """What the model takes."""
    return frame["text"] if TEXT else frame


@bentoml.service(metrics={"enabled": True})
class Plain:
    """Request by request."""

    def __init__(self) -> None:
        self.model = loaded()

    @bentoml.api
    def predict(self, records: Records) -> np.ndarray:
        """One prediction a row."""
        return self.model.predict(given(records))  # type: ignore[no-any-return]


@bentoml.service(metrics={"enabled": True}, traffic={"max_concurrency": 1000})
class Batching:
    """Requests that wait together are predicted together."""

    def __init__(self) -> None:
        self.model = loaded()

    @bentoml.api(batchable=True)
    def predict(self, records: Records) -> np.ndarray:
        """One prediction a row."""
        return self.model.predict(given(records))  # type: ignore[no-any-return]
