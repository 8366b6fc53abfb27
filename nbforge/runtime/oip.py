"""Open Inference Protocol, version 2: tensors in JSON to columns, answers to tensors.

A field is one tensor, ``[n]`` or ``[n, 1]``; where the model takes an array, all fields are one tensor ``[n, k]``.
Text, categories of text and dates are ``BYTES``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract, Input
from nbforge.runtime.problems import Problem, Refusal, contract_refusal, point

_NUMBERS = {"bool": "BOOL", "float16": "FP16", "float32": "FP32", "float64": "FP64"}
_DATATYPES = {
    "BOOL",
    "BYTES",
    *(f"{u}INT{bits}" for u in ("", "U") for bits in (8, 16, 32, 64)),
    "FP16",
    "FP32",
    "FP64",
}
ARRAY = "input"
"""Name of the one tensor of a model that takes an array."""


class Tensors:
    """Columns out of the tensors of a request.

    ``names`` are the fields in order, ``columns`` their values by name, ``n`` the rows.
    """

    def __init__(self, contract: Contract, request: Any) -> None:
        self._contract = contract
        self._fields = contract.asked
        self._places: dict[str, tuple[int, int, int]] = {}
        self.columns: dict[str, Sequence[Any]] = {}
        self.n = 0
        self.problems: list[Problem] = []
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
            raise _wrong("/inputs", "Expected a list of tensors.")
        read = [self._tensor(position, each) for position, each in enumerate(inputs)]
        if is_array(contract) and len(read) == 1:
            self._take_array(*read[0])
        else:
            self._take_columns(inputs, read)

    def pointer(self, row: int, name: str) -> str:
        """Where a value of a field was sent, in a flat tensor."""
        tensor, offset, stride = self._places[name]
        return point("inputs", tensor, "data", row * stride + offset)

    def _tensor(self, position: int, tensor: dict[str, Any]) -> tuple[list[int], list[Any]]:
        shape, data = tensor.get("shape"), tensor.get("data")
        place = point("inputs", position)
        if not isinstance(tensor.get("name"), str):
            raise _wrong(place + "/name", "Expected the tensor's name.")
        if tensor.get("datatype") not in _DATATYPES:
            raise _wrong(place + "/datatype", "Expected one of the protocol's datatypes.")
        if not isinstance(shape, list) or not shape or any(type(each) is not int or each < 0 for each in shape):
            raise _wrong(place + "/shape", "Expected a list of sizes.")
        if not isinstance(data, list):
            raise _wrong(
                place + "/data", "Expected the tensor's data as a list; the binary extension is not supported."
            )
        flat = _flat(data)
        if len(flat) != math.prod(shape):
            raise _wrong(place + "/data", "The data do not fill the shape.")
        return shape, flat

    def _take_array(self, shape: list[int], flat: list[Any]) -> None:
        width = len(self._fields)
        if len(shape) == 1 and width == 1:
            shape = [*shape, 1]
        if len(shape) != 2 or shape[1] != width:
            raise _wrong("/inputs/0/shape", f"Expected the shape [rows, {width}].")
        self.n = shape[0]
        for offset, field in enumerate(self._fields):
            self._places[field.name] = (0, offset, width)
            self.columns[field.name] = flat[offset::width]

    def _take_columns(self, inputs: list[dict[str, Any]], read: list[tuple[list[int], list[Any]]]) -> None:
        rows: set[int] = set()
        known = {each.name for each in self._contract.inputs}
        for position, (tensor, (shape, flat)) in enumerate(zip(inputs, read, strict=True)):
            name = tensor["name"]
            place = point("inputs", position)
            if name in self._places:
                raise _wrong(place + "/name", "The tensor is there twice.")
            if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
                raise _wrong(place + "/shape", "Expected the shape [rows] or [rows, 1].")
            if name not in known and name not in self._contract.ignored:
                self.problems.append(Problem(place, "unknown_field", "Not an input of this model.", "_other"))
            self._places[name] = (position, 0, 1)
            self.columns[name] = flat
            rows.add(shape[0])
        if len(rows) > 1:
            raise _wrong("/inputs", "The tensors have different numbers of rows.")
        self.n = rows.pop() if rows else 0
        for field in self._fields:
            if field.name not in self.columns and not field.required:
                self._places[field.name] = (0, 0, 1)
                self.columns[field.name] = [field.fill] * self.n
            elif field.name not in self.columns:
                self.problems.append(
                    Problem("/inputs", "missing", f"The tensor `{field.name}` is required.", field.name)
                )
        if self.problems:
            raise contract_refusal(self.problems)


def is_array(contract: Contract) -> bool:
    """Whether all fields go in one tensor."""
    return contract.frame.kind == "array" and not any(each.dtype == "vector" for each in contract.inputs)


def inputs(contract: Contract) -> list[dict[str, Any]]:
    """The model's inputs, as its metadata list them."""
    fields = contract.asked
    if is_array(contract):
        kinds = {datatype(each) for each in fields}
        return [{"name": ARRAY, "datatype": kinds.pop() if len(kinds) == 1 else "FP64", "shape": [-1, len(fields)]}]
    return [{"name": each.name, "datatype": datatype(each), "shape": [-1]} for each in fields]


def outputs(contract: Contract) -> list[dict[str, Any]]:
    """The model's outputs, as its metadata list them."""
    return [
        {"name": each.name, "datatype": _OUTPUTS.get(each.kind, "BYTES"), "shape": [-1]} for each in contract.outputs
    ]


_OUTPUTS = {"number": "FP64", "vector": "FP64"}


def datatype(field: Input) -> str:
    """The protocol's datatype of a field."""
    if field.categories is not None and field.categories:
        return datatype_of(field.categories)
    if "int" in field.dtype:
        return field.dtype.upper()
    return _NUMBERS.get(field.dtype, "BYTES")


def datatype_of(values: Sequence[Any]) -> str:
    """The datatype that holds JSON values."""
    kinds = set(map(type, values))
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return "INT64"
    return "FP64" if kinds and kinds <= {int, float} else "BYTES"


def tensors(contract: Contract, answers: Answers) -> list[dict[str, Any]]:
    """Answers as the response's outputs: the prediction, and the probabilities ``[n, classes]`` of a classifier."""
    name = contract.outputs[0].name if contract.outputs else "prediction"
    found = [_tensor(name, answers.predictions)]
    if answers.probabilities:
        classes = list(answers.probabilities[0])
        data = [row[each] for row in answers.probabilities for each in classes]
        shape = [len(answers), len(classes)]
        parameters = {"classes": ",".join(classes)}
        found.append(
            {"name": "probabilities", "datatype": "FP64", "shape": shape, "parameters": parameters, "data": data}
        )
    return found


def _tensor(name: str, values: Sequence[Any]) -> dict[str, Any]:
    widths = {len(value) if isinstance(value, (list, tuple)) else -1 for value in values}
    shape, flat = [len(values)], list(values)
    if len(widths) == 1 and -1 not in widths:
        shape, flat = [len(values), widths.pop()], [each for value in values for each in value]
    kind = datatype_of(flat)
    if kind == "BYTES":
        flat = [each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in flat]
    return {"name": name, "datatype": kind, "shape": shape, "data": flat}


def _flat(data: list[Any]) -> list[Any]:
    while data and all(isinstance(each, list) for each in data):
        data = [value for each in data for value in each]
    return data


def _wrong(pointer: str, detail: str) -> Refusal:
    return Refusal(400, detail, [Problem(pointer, "syntax", detail)])


def error_text(refusal: Refusal) -> bytes:
    """A refusal as the protocol words it: one text."""
    problems = [f"{each.pointer}: {each.code}: {each.detail}" for each in refusal.problems[:100]]
    return msgspec.json.encode({"error": " ".join([refusal.detail, *problems])})
