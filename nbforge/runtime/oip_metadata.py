"""Open Inference Protocol, version 2: what the model's tensors are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbforge.runtime.contract import Contract, Input, Output

_NUMBERS = {"bool": "BOOL", "float16": "FP16", "float32": "FP32", "float64": "FP64"}
_OUTPUTS = {"number": "FP64", "vector": "FP64"}
ARRAY = "input"
"""Name of the one tensor of a model that takes an array."""

PROBABILITIES = "probabilities"


def is_array(contract: Contract) -> bool:
    """Whether all fields go in one tensor."""
    return contract.frame.kind == "array" and not any(each.dtype == "vector" for each in contract.inputs)


def inputs(contract: Contract) -> list[dict[str, Any]]:
    """The model's inputs, as its metadata list them."""
    fields = contract.asked
    if is_array(contract):
        kinds = {datatype(each) for each in fields}
        return [{"name": ARRAY, "datatype": kinds.pop() if len(kinds) == 1 else "FP64", "shape": [-1, len(fields)]}]
    return [{"name": each.name, "datatype": datatype(each), "shape": _shape(each)} for each in fields]


def outputs(contract: Contract, classes: Sequence[Any] | None) -> list[dict[str, Any]]:
    """The model's outputs, as its metadata list them; ``classes`` are those that it gives probabilities of."""
    found = [
        {"name": each.name, "datatype": output_datatype(each), "shape": [-1, -1] if each.kind == "vector" else [-1]}
        for each in contract.outputs
    ]
    if classes is not None:
        found.append({"name": PROBABILITIES, "datatype": "FP64", "shape": [-1, len(classes)]})
    return found


def datatype(field: Input) -> str:
    """The protocol's datatype of a field."""
    if field.categories:
        return datatype_of(field.categories)
    if "int" in field.dtype:
        return field.dtype.upper()
    return "FP64" if field.dtype == "vector" else _NUMBERS.get(field.dtype, "BYTES")


def output_datatype(output: Output) -> str:
    """The protocol's datatype of a prediction."""
    if output.kind == "label" and output.classes:
        return datatype_of(output.classes)
    return "INT64" if output.kind == "number" and output.dtype == "int64" else _OUTPUTS.get(output.kind, "BYTES")


def datatype_of(values: Sequence[Any]) -> str:
    """The datatype that holds JSON values."""
    kinds = set(map(type, values))
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return "INT64"
    return "FP64" if kinds and kinds <= {int, float} else "BYTES"


def _shape(field: Input) -> list[int]:
    return [-1, field.length or -1] if field.dtype == "vector" else [-1]
