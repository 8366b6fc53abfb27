"""How objects of libraries are seen: by what they show, not by what they keep to be fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _pandas(value: Any) -> list[object] | None:
    import pandas as pd

    match value:
        case pd.DataFrame() | pd.Series():
            blocks = [block.values for block in value._mgr.blocks]
            axes = [list(value.columns), value.columns.names] if isinstance(value, pd.DataFrame) else [value.name]
            placed = [block.mgr_locs.as_array.tolist() for block in value._mgr.blocks]
            return [
                value.index,
                axes,
                placed,
                [str(block.dtype) for block in value._mgr.blocks],
                blocks,
                dict(value.attrs),
            ]
        case pd.MultiIndex():
            return [list(value), list(value.names)]
        case pd.Index():
            return [_plain(value), str(value.dtype), list(value.names), getattr(value, "freq", None)]
        case pd.api.extensions.ExtensionArray():
            return _extension(value)
        case pd.api.typing.DataFrameGroupBy() | pd.api.typing.SeriesGroupBy():
            return [
                value.obj,
                str(value.keys),
                value.level,
                value.as_index,
                value.sort,
                value.dropna,
                str(value._selection),
            ]
    if value.__class__.__name__ in {"Rolling", "Expanding", "ExponentialMovingWindow", "Window"}:
        return [value.obj, str(getattr(value, "window", ""))]
    if value.__class__.__name__.endswith("Resampler"):
        return [value.obj]
    return None


def _plain(index: Any) -> object:
    values = index.to_numpy()
    return [str(item) for item in values] if values.dtype.hasobject else values.tolist()


def _extension(value: Any) -> list[object]:
    import pandas as pd

    if isinstance(value, pd.Categorical):
        return [value.codes.tolist(), value.categories, value.ordered, value._ndarray]
    backing = getattr(value, "_pa_array", None)
    if backing is not None:
        return [backing.to_pylist()]
    held = [
        getattr(value, name)
        for name in ("_ndarray", "_data", "_mask")
        if isinstance(getattr(value, name, None), np.ndarray)
    ]
    return held or [[str(item) for item in value]]


def _xgboost(value: Any) -> list[object] | None:
    import xgboost as xgb

    match value:
        case xgb.Booster():
            return [bytes(value.save_raw()), value.attributes(), value.feature_names]
        case xgb.DMatrix():
            shown = [value.num_row(), value.num_col(), value.get_label(), value.get_weight(), value.get_base_margin()]
            return [
                *(item.tolist() if isinstance(item, np.ndarray) else item for item in shown),
                value.feature_names,
                value.feature_types,
            ]
    return None


def _lightgbm(value: Any) -> list[object] | None:
    import lightgbm as lgb

    match value:
        case lgb.Booster():
            named = [value._train_data_name, list(value.name_valid_sets), getattr(value, "train_set", None) is None]
            return [value.model_to_string(), value.params, *named]
        case lgb.Dataset():
            kept = (
                "data",
                "label",
                "weight",
                "group",
                "init_score",
                "reference",
                "feature_name",
                "categorical_feature",
                "params",
            )
            return [getattr(value, name) for name in kept]
    return None


def _scipy(value: Any) -> list[object] | None:
    kind = type(value).__name__
    if kind in {"dok_matrix", "dok_array"}:
        return [value.todense()]
    if hasattr(value, "tocsr"):
        held = (getattr(value, name, None) for name in ("data", "indices", "indptr", "row", "col", "rows", "offsets"))
        return [value.shape, *(item for item in held if item is not None)]
    return [kind] if kind.endswith("_gen") else None


def _sklearn(value: Any) -> list[object] | None:
    """Trees of neighbours count how often they were asked."""
    return [np.asarray(value.data)] if hasattr(value, "query_radius") else None


def _statsmodels(value: Any) -> list[object] | None:
    """Results keep what they have worked out, and work in their model's arrays: what they were fitted to counts."""
    if type(value).__name__.endswith(("ResultsWrapper", "Results")) and hasattr(value, "model"):
        return [
            getattr(value, "params", None),
            getattr(value.model, "endog", None),
            getattr(value.model, "exog", None),
            getattr(value, "normalized_cov_params", None),
        ]
    return None


def _plotly(value: Any) -> list[Any] | None:
    """Figures are made of plain dictionaries; templates are long, and nobody changes them."""
    if hasattr(value, "_layout") and hasattr(value, "_data"):
        layout = {key: item for key, item in value._layout.items() if key != "template"}
        return [value._data, layout]
    return [value._props or {}] if hasattr(value, "_props") else None


def _matplotlib(value: Any) -> list[object] | None:
    """Ticks are made when they are asked for; how places are worked out follows from the rest."""
    names = {base.__name__ for base in type(value).__mro__}
    if "BboxBase" in names:
        return [value.get_points()]
    passive = {
        "TransformNode",
        "Tick",
        "GridSpecBase",
        "CallbackRegistry",
        "FontProperties",
        "Registry",
        "LayoutEngine",
        "AxesStack",
        "FigureCanvasBase",
    }
    return [type(value).__name__] if names & passive else None


def _altair(value: Any) -> list[object] | None:
    return [value._kwds] if hasattr(value, "_kwds") else None


def _position(value: Any) -> object:
    try:
        return value.getvalue() if hasattr(value, "getvalue") else None, value.tell()
    except (ValueError, OSError):
        return "closed"


FAMILIES: dict[str, Callable[[Any], list[Any] | None]] = {
    "pandas": _pandas,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "scipy": _scipy,
    "altair": _altair,
    "plotly": _plotly,
    "matplotlib": _matplotlib,
    "mpl_toolkits": _matplotlib,
    "statsmodels": _statsmodels,
    "sklearn": _sklearn,
    "pyarrow": lambda value: [str(value)],
    "_io": lambda value: [_position(value)],
    "threading": lambda value: [type(value).__name__],
    "logging": lambda value: [getattr(value, "level", 0)],
}
"""What an object of a library is made of, as far as it counts; ``None``: all that it holds."""
