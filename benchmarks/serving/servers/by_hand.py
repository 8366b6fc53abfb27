"""FastAPI as a person writes it: a pydantic model of the row, a DataFrame, ``predict``."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model

folder = Path(os.environ["MODEL_FOLDER"])
example: dict[str, Any] = json.loads((folder / "example.json").read_text())
fields: dict[str, Any] = {name: (type(value), ...) for name, value in example.items()}
Row = create_model("Row", **fields)
with (folder / "model.pkl").open("rb") as file:
    model = pickle.load(file)
app = FastAPI()
text = list(example) == ["text"]


class Request(BaseModel):
    """Rows to predict for."""

    records: list[Row]  # type: ignore[valid-type]


@app.post("/predict")
def predict(request: Request) -> dict[str, Any]:
    """One prediction a row."""
    frame = pd.DataFrame([row.model_dump() for row in request.records])  # type: ignore[attr-defined]
    return {"predictions": model.predict(frame["text"] if text else frame).tolist()}


@app.get("/health/ready")
def ready() -> dict[str, str]:
    """Whether it answers."""
    return {"status": "ready"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False)
