"""What a forest's threads add up differs in its last bits from call to call: a service asks it in one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor

from nbforge.runtime import formats
from nbforge.training.kernel.threads import one_thread


def test_a_forest_inside_other_estimators_answers_in_one_thread(capture: Callable[..., Any]) -> None:
    found = capture("""
# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.ensemble import RandomForestRegressor, VotingRegressor
from sklearn.model_selection import GridSearchCV
rng = np.random.default_rng(0)
df = pd.DataFrame({"a": rng.normal(size=80), "y": rng.normal(size=80)})
# %% nbforge:predict
forest = RandomForestRegressor(n_estimators=5, n_jobs=2, random_state=0)
model = GridSearchCV(VotingRegressor([("forest", forest)], n_jobs=2), {"weights": [[1], [2]]}, n_jobs=1, cv=2)
model.fit(df[["a"]], df["y"])
""")
    search = formats.load(found.content["artifacts"][0], found.directory / "artifacts")
    asked = (search, search.best_estimator_, *search.best_estimator_.estimators_)
    assert [each.n_jobs for each in asked] == [None, None, None]


def test_what_does_not_come_from_scikit_learn_keeps_its_threads() -> None:
    class Own(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
        def __init__(self, n_jobs: int = 4) -> None:
            self.n_jobs = n_jobs

    class Derived(RandomForestRegressor):  # type: ignore[misc]
        pass

    own, derived = Own(), Derived(n_jobs=-1)
    for each in (own, derived, np.zeros(3), None):
        one_thread(each)
    assert (own.n_jobs, derived.n_jobs) == (4, None)
