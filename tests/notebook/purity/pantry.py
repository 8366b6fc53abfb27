"""What examples are made of: data, models, figures, by the names that notebooks give them.

``pantry.toml`` says how each is made; it is, whenever an example asks for it.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import pickle
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ALIASES = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "px": "plotly.express",
    "go": "plotly.graph_objects",
    "pio": "plotly.io",
    "ff": "plotly.figure_factory",
    "alt": "altair",
    "xgb": "xgboost",
    "lgb": "lightgbm",
    "sm": "statsmodels.api",
    "smf": "statsmodels.formula.api",
    "stats": "scipy.stats",
    "sparse": "scipy.sparse",
    "mpl": "matplotlib",
}

_MADE: dict[str, str] = tomllib.loads((Path(__file__).parent / "pantry.toml").read_text())

# They take long to make, and pickle well.
_CACHED = frozenset({"tree", "forest", "boosted", "logit", "line", "scaler", "pipeline", "search", "fitted", "binary"})
_CACHED |= {"arima", "smoothed", "booster", "lgbooster", "ax", "fig", "chart", "chart2", "facets", "pairs", "joint"}


class Pantry(dict[str, Any]):
    """The names an example may use: what is made once stays the same object within the example."""

    @staticmethod
    def names() -> frozenset[str]:
        """What there is, modules aside."""
        return frozenset(_MADE)

    def __missing__(self, name: str) -> Any:
        if name in ALIASES:
            made = importlib.import_module(ALIASES[name])
        elif name in _CACHED:
            made = pickle.loads(_pickled(name))
        elif name in _MADE:
            made = eval(_MADE[name], Modules())
        elif name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        else:
            made = importlib.import_module(name)
        self[name] = made
        return made


class Modules(Pantry):
    """The names an entry of the pantry may use: modules by their own names, helpers, other entries."""

    def __missing__(self, name: str) -> Any:
        if name in _HELPERS:
            return _HELPERS[name]
        if name in _MADE or hasattr(builtins, name):
            return super().__missing__(name)
        return Module(name)


class Module:
    """A module whose submodules are imported when they are asked for."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._module = importlib.import_module(path)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name, None)
        if found is None:
            return Module(f"{self._path}.{name}")
        return Module(f"{self._path}.{name}") if isinstance(found, type(importlib)) else found


@functools.cache
def _pickled(name: str) -> bytes:
    return pickle.dumps(eval(_MADE[name], Modules()))


def _frame() -> Any:
    import pandas as pd

    return pd.DataFrame(
        {"k": ["u", "v", "u", "w"], "a": [3.0, 1.0, None, 2.0], "c": [4, 3, 2, 1]}, index=[10, 11, 12, 13]
    )


def _lists() -> Any:
    import numpy as np

    made = np.empty(2, dtype=object)
    made[0], made[1] = [1], [2, 3]
    return made


def _matrix() -> Any:
    import numpy as np

    return np.random.RandomState(5).normal(size=(24, 3)).round(3)


def _labels() -> Any:
    import numpy as np

    return (_matrix()[:, 0] + 0.3 * np.random.RandomState(6).normal(size=24) > 0).astype(int)


def _targets() -> Any:
    import numpy as np

    return (2.0 * _matrix()[:, 0] - _matrix()[:, 1] + np.random.RandomState(7).normal(size=24)).round(3)


def _features() -> Any:
    import pandas as pd

    return pd.DataFrame(_matrix(), columns=["f", "g", "h"])


def _probabilities() -> Any:
    import numpy as np

    return 1 / (1 + np.exp(-_matrix()[:, 0]))


def _blanks() -> Any:
    import numpy as np

    made = _matrix()
    made[::5, 1] = np.nan
    return made


def _design() -> Any:
    import numpy as np

    return np.column_stack([np.ones(24), _matrix()])


def _series() -> Any:
    import numpy as np
    import pandas as pd

    values = 5 + np.cumsum(np.random.RandomState(8).normal(size=40)).round(3)
    return pd.Series(values, index=pd.date_range("2020-01-01", periods=40, freq="D"))


def _axes() -> Any:
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    return plt.subplots(figsize=(2, 2))[1]


_HELPERS: dict[str, Callable[[], Any]] = {
    item.__name__: item
    for item in (
        _frame,
        _lists,
        _matrix,
        _labels,
        _targets,
        _features,
        _probabilities,
        _blanks,
        _design,
        _series,
        _axes,
    )
}
