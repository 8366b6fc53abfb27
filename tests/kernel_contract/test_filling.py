"""What stands in for columns whose values do not matter: to rows among others, and to each by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nbforge.runtime.scorer import Path as Way
from nbforge.training.kernel.discover import discover
from nbforge.training.kernel.entry import Entry


def test_what_only_a_row_by_itself_needs_is_required() -> None:
    """No answer goes by a row's kind, but where no row of a request says one there is no such column."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, 90)
    raw = pd.DataFrame({"size": rng.normal(size=90), "never": 0, **{f"kind_{n}": (kind == n) * 1 for n in range(3)}})

    def predict(frame: pd.DataFrame) -> Any:
        for name in ("never", "kind_0", "kind_1", "kind_2"):
            for at in frame.index[frame[name] == 1]:
                frame.loc[at, "kind"] = name
        return frame.drop(columns=["kind"])["size"] * 2

    way = Way({"form": "function", "name": "predict"}, {"predict": predict})
    found = discover(entry=Entry("function", "predict", predict), raw=raw, path=way, target=None, config={})
    assert {field["name"]: field["required"] for field in found["contract"]["inputs"]} == {
        "size": True,
        "never": False,
        "kind_0": True,
        "kind_1": True,
        "kind_2": True,
    }
