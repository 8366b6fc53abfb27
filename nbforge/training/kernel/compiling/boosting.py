"""Histogram gradient boosting for skl2onnx, whose converter has booleans and numpy's integers among whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


class _PlainAttributes:
    """A container of nodes that takes attributes with numpy's integers in them."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, kind: str, inputs: Any, outputs: Any, **attributes: Any) -> None:
        """See skl2onnx."""
        self._container.add_node(kind, inputs, outputs, **{key: _plain(each) for key, each in attributes.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [int(each) if isinstance(each, bool | np.integer | np.bool_) else each for each in value]
    return value


def converters() -> dict[type, Any]:
    """Conversion functions by estimator class, for ``custom_conversion_functions``."""
    from skl2onnx.common._registration import get_converter
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    def through(alias: str) -> Any:
        inner = get_converter(alias)
        return lambda scope, operator, container: inner(scope, operator, _PlainAttributes(container))

    return {
        kind: through(f"Sklearn{kind.__name__}")
        for kind in (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
    }
