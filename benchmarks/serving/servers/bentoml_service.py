"""BentoML: one service that predicts request by request, and one with adaptive batching."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import bentoml
import numpy as np
import pandas as pd
from bentoml.validators import DataframeSchema
from pydantic import BaseModel, create_model

FOLDER = Path(os.environ["MODEL_FOLDER"])
EXAMPLE: dict[str, Any] = json.loads((FOLDER / "example.json").read_text())
Records = Annotated[pd.DataFrame, DataframeSchema(orient="records")]
TEXT = list(EXAMPLE) == ["text"]
fields: dict[str, Any] = {name: (type(value), ...) for name, value in EXAMPLE.items()}
if TYPE_CHECKING:
    Row = BaseModel
else:
    Row = create_model("Row", **fields)


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

    # A list, as in its guide: its dispatcher (1.4.40) takes a frame's shape for the number of rows, and never answers.
    @bentoml.api(batchable=True)
    def predict(self, records: list[Row]) -> list[int]:
        """One prediction a row."""
        frame = pd.DataFrame([row.model_dump() for row in records])
        return self.model.predict(given(frame)).tolist()  # type: ignore[no-any-return]
