"""A column that says the target in another coding is told: where clients do not know it, the model was told the answer.

It is no refusal: two texts that stand for two labels, many times, are a model of texts in the small.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.kernel_capture.conftest import Captured

LOANS = """# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.ensemble import RandomForestClassifier
rng = np.random.default_rng(2)
loans = pd.DataFrame({"income": rng.gamma(3.0, 1800, 200), "area": rng.choice(["town", "land"], 200)})
loans["status"] = np.where(loans["income"] + rng.normal(0, 900, 200) > 5000, "Y", "N")
# %%
y = loans["status"].map({"Y": 1, "N": 0})
X = pd.get_dummies(loans.drop(columns=DROPPED))
model = RandomForestClassifier(20, random_state=0).fit(X, y)
# %% nbforge:predict
model.predict(X)
"""


@pytest.mark.parametrize("target", ["y", "y.values"])
def test_what_leaks_is_named(capture: Callable[..., Captured], target: str) -> None:
    found = capture(LOANS.replace("DROPPED", "[]").replace("fit(X, y)", f"fit(X, {target})"))
    assert any("`status` says, a word for each class" in warning for warning in found.content["warnings"])


def test_what_is_dropped_leaks_nothing(capture: Callable[..., Captured]) -> None:
    found = capture(LOANS.replace("DROPPED", "['status']"))
    assert {field["name"] for field in found.contract["inputs"] if field["required"]} == {"income", "area"}
    assert not any("`status`" in warning for warning in found.content["warnings"])
