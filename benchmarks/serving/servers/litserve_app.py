"""LitServe: batches of what arrived, on one worker."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import litserve
import pandas as pd

FOLDER = Path(os.environ["MODEL_FOLDER"])
TEXT = list(json.loads((FOLDER / "example.json").read_text())) == ["text"]


class Api(litserve.LitAPI):
    """The model's four steps, and how requests are put together and taken apart."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe's signature
        """Load."""
        with (FOLDER / "model.pkl").open("rb") as file:
            self.model = pickle.load(file)

    def decode_request(self, request):  # type: ignore[no-untyped-def]
        """Records as sent."""
        return request["records"]

    def batch(self, inputs: Any) -> Any:
        """All records, and how many each request has."""
        return [record for records in inputs for record in records], [len(records) for records in inputs]

    def predict(self, x: Any) -> Any:
        """One prediction a row."""
        records, sizes = x
        frame = pd.DataFrame(records)
        return self.model.predict(frame["text"] if TEXT else frame).tolist(), sizes

    def unbatch(self, output: Any) -> Any:
        """To each request its own."""
        predictions, sizes = output
        starts = [sum(sizes[:place]) for place in range(len(sizes))]
        return [predictions[start : start + size] for start, size in zip(starts, sizes, strict=True)]

    def encode_response(self, output: Any) -> Any:
        """The answer."""
        return {"predictions": output}


if __name__ == "__main__":
    server = litserve.LitServer(Api(max_batch_size=64, batch_timeout=0.001), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False, log_level="error")
