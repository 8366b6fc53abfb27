"""From a fitted estimator and the layout of its inputs to an ONNX file, by skl2onnx."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from nbforge.runtime import compiled
from nbforge.runtime.answers import plain

from . import boosting, imputing
from .layouts import Layout, Tensor

OPSET = {"": 18, "ai.onnx.ml": 3}


def rounded(estimator: Any) -> Any:
    """The pipeline with what its last step is given rounded to 32 bits.

    Raises:
        TypeError: it is no pipeline.
    """
    from skl2onnx.sklapi import CastTransformer
    from sklearn.pipeline import Pipeline

    if not hasattr(estimator, "steps"):
        raise TypeError("no step before the last")
    return Pipeline([*estimator.steps[:-1], ("rounding", CastTransformer(dtype=np.float32)), estimator.steps[-1]])


def convert(estimator: Any, layout: Layout, counted: Mapping[str, Any] | None, classes: Any, *, vector: bool) -> bytes:
    """The file, with what :mod:`nbforge.runtime.compiled` needs to know in its metadata.

    Args:
        estimator: fitted; where texts are counted, what follows the counts.
        layout: the inputs.
        counted: the plan of counting, if texts are counted.
        classes: labels in the order of the probabilities; ``None`` for a regressor.
        vector: whether a row is answered by several numbers.

    Raises:
        Exception: whatever skl2onnx raises where it cannot.
    """
    from skl2onnx import convert_sklearn

    terms = {**counted, "dtype": layout.numbers} if counted else None
    width = len(counted["vocabulary"]) if counted else 0
    model = convert_sklearn(
        estimator,
        name="model",
        initial_types=[(tensor.name, _type(tensor, layout.numbers, width)) for tensor in layout.tensors],
        options={"zipmap": False} if hasattr(estimator, "predict_proba") else None,
        target_opset=OPSET,
        custom_conversion_functions={**boosting.converters(), **imputing.converters()},
    )
    told = {
        "inputs": [{"tensor": each.name, "fields": list(each.fields), "dtype": each.dtype} for each in layout.tensors],
        "classes": None if classes is None else [plain(each) for each in classes],
        "vector": vector,
        "terms": terms,
    }
    note = model.metadata_props.add()
    note.key, note.value = compiled.KEY, json.dumps(told, ensure_ascii=False)
    return bytes(model.SerializeToString(deterministic=True))


def _type(tensor: Tensor, numbers: str, width: int) -> Any:
    from skl2onnx.common import data_types

    kinds = {
        "float64": data_types.DoubleTensorType,
        "float32": data_types.FloatTensorType,
        "int64": data_types.Int64TensorType,
        "text": data_types.StringTensorType,
    }
    if tensor.dtype == "terms":
        return kinds[numbers]([None, width])
    return kinds[tensor.dtype]([None, len(tensor.fields)])
