"""Filling missing numbers, for skl2onnx, whose node for it exists for 32-bit floats only."""

from __future__ import annotations

from typing import Any

import numpy as np


def converters() -> dict[type, Any]:
    """Conversion functions by estimator class, for ``custom_conversion_functions``."""
    from skl2onnx.common._registration import get_converter
    from skl2onnx.common.data_types import DoubleTensorType
    from sklearn.impute import SimpleImputer

    usual = get_converter("SklearnSimpleImputer")

    def convert(scope: Any, operator: Any, container: Any) -> None:
        imputer = operator.raw_operator
        one_table = len(operator.inputs) == 1 and isinstance(operator.inputs[0].type, DoubleTensorType)
        if not one_table or imputer.missing_values == imputer.missing_values or imputer.add_indicator:
            usual(scope, operator, container)
            return
        _fill(scope, operator, container, np.asarray(imputer.statistics_, dtype=np.float64))

    return {SimpleImputer: convert}


def _fill(scope: Any, operator: Any, container: Any, statistics: Any) -> None:
    from onnx import TensorProto

    if np.isnan(statistics).any():
        raise ValueError("a column without any value")
    given = operator.inputs[0].full_name
    missing, fill = scope.get_unique_variable_name("missing"), scope.get_unique_variable_name("fill")
    container.add_initializer(fill, TensorProto.DOUBLE, [1, len(statistics)], statistics.tolist())
    container.add_node("IsNaN", given, missing, name=scope.get_unique_operator_name("IsNaN"))
    container.add_node(
        "Where", [missing, fill, given], operator.outputs[0].full_name, name=scope.get_unique_operator_name("Where")
    )
