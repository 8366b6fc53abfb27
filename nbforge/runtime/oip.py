"""Open Inference Protocol, version 2: tensors to columns.

A field is one tensor, ``[n]`` or ``[n, 1]``, a vector ``[n, k]``; where the model takes an array, all fields are one
tensor ``[n, k]``. Text, categories of text and dates are ``BYTES``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime import oip_binary as binary
from nbforge.runtime.contract import Contract
from nbforge.runtime.findings import Findings
from nbforge.runtime.oip_metadata import is_array
from nbforge.runtime.problems import point, syntax_refusal
from nbforge.runtime.validation import Checked, Validator

_MOST_DIMENSIONS = 2


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as sent; ``data`` are its elements, flat."""

    place: str
    name: str
    shape: list[int]
    data: list[Any]


class Tensors:
    """Columns out of the tensors of a request.

    Args:
        contract: the model's.
        request: the JSON document.
        raw: what came after it, in binary.
        check_rows: refuses more rows than a request may have.

    Raises:
        Refusal: 400 for what is no request, 413 for too many rows.
    """

    def __init__(self, contract: Contract, request: Any, raw: memoryview, check_rows: Callable[[int], None]) -> None:
        self._fields = contract.asked
        self._vectors = {each.name for each in contract.inputs if each.dtype == "vector"}
        self._places: dict[str, tuple[str, int, int]] = {}
        self._check_rows = check_rows
        self._raw = raw
        self.columns: dict[str, Sequence[Any]] = {}
        self.n = 0
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
            raise syntax_refusal("Expected a list of tensors.", "/inputs")
        tensors = [self._read(point("inputs", position), each) for position, each in enumerate(inputs)]
        if len(self._raw):
            raise syntax_refusal("The body holds more binary data than its tensors.", "/inputs")
        if is_array(contract) and len(tensors) == 1:
            self._take_array(tensors[0])
        else:
            self._take_columns(tensors)

    def check(self, validator: Validator) -> Checked:
        """The columns, held against the contract.

        Raises:
            Refusal: 422.
        """
        findings = Findings()
        columns = validator.complete(self.columns, self.n, self._heading, findings)
        return validator.check_columns(columns, self.n, self.pointer, findings)

    def pointer(self, row: int, name: str) -> str:
        """Where a value of a field was sent, as an element of a flat tensor, also where it came in binary."""
        if name not in self._places:
            return "/inputs"
        place, offset, stride = self._places[name]
        return f"{place}/data/{row * stride + offset}"

    def _heading(self, name: str) -> str:
        return self._places[name][0] if name in self._places else "/inputs"

    def _read(self, place: str, tensor: dict[str, Any]) -> Tensor:
        name, shape, datatype = tensor.get("name"), tensor.get("shape"), tensor.get("datatype")
        if not isinstance(name, str):
            raise syntax_refusal("Expected the tensor's name.", place + "/name")
        if not isinstance(datatype, str) or datatype not in (*binary.DATATYPES, "BYTES"):
            raise syntax_refusal("Expected one of the protocol's datatypes.", place + "/datatype")
        if not isinstance(shape, list) or not shape or any(type(each) is not int or each < 0 for each in shape):
            raise syntax_refusal("Expected a list of sizes.", place + "/shape")
        if len(shape) > _MOST_DIMENSIONS:
            raise syntax_refusal("Expected the shape [rows] or [rows, columns].", place + "/shape")
        self._check_rows(shape[0])
        return Tensor(place, name, shape, self._data(place, tensor, datatype, math.prod(shape)))

    def _data(self, place: str, tensor: dict[str, Any], datatype: str, count: int) -> list[Any]:
        size = _parameters(tensor, place).get(binary.SIZE)
        if size is not None:
            return self._binary(place, tensor, datatype, count, size)
        data = tensor.get("data")
        if not isinstance(data, list):
            detail = f"Expected the tensor's data as a list, or its {binary.SIZE} as a parameter."
            raise syntax_refusal(detail, place + "/data")
        flat = _flat(data)
        if len(flat) != count:
            raise syntax_refusal("The data do not fill the shape.", place + "/data")
        return flat

    def _binary(self, place: str, tensor: dict[str, Any], datatype: str, count: int, size: Any) -> list[Any]:
        where = f"{place}/parameters/{binary.SIZE}"
        if "data" in tensor:
            raise syntax_refusal("The tensor has its data twice, as a list and in binary.", place + "/data")
        if not binary.fits(self._raw, size):
            raise syntax_refusal("Not a number of bytes that the body has left.", where)
        part, self._raw = self._raw[:size], self._raw[size:]
        return binary.read(part, datatype, count, where)

    def _take_array(self, tensor: Tensor) -> None:
        width = len(self._fields)
        shape = [*tensor.shape, 1] if len(tensor.shape) == 1 and width == 1 else tensor.shape
        if len(shape) != _MOST_DIMENSIONS or shape[1] != width:
            raise syntax_refusal(f"Expected the shape [rows, {width}].", tensor.place + "/shape")
        self.n = shape[0]
        for offset, field in enumerate(self._fields):
            self._places[field.name] = (tensor.place, offset, width)
            self.columns[field.name] = tensor.data[offset::width]

    def _take_columns(self, tensors: list[Tensor]) -> None:
        rows: set[int] = set()
        for tensor in tensors:
            name, shape = tensor.name, tensor.shape
            if name in self.columns:
                raise syntax_refusal("The tensor is there twice.", tensor.place + "/name")
            rows.add(shape[0])
            if name in self._vectors and len(shape) == _MOST_DIMENSIONS:
                width = shape[1]
                self.columns[name] = [tensor.data[row * width : (row + 1) * width] for row in range(shape[0])]
                self._places[name] = (tensor.place, 0, width)
                continue
            if shape[1:] not in ([], [1]):
                raise syntax_refusal("Expected the shape [rows] or [rows, 1].", tensor.place + "/shape")
            self.columns[name] = tensor.data
            self._places[name] = (tensor.place, 0, 1)
        if len(rows) > 1:
            raise syntax_refusal("The tensors have different numbers of rows.", "/inputs")
        self.n = rows.pop() if rows else 0


def _parameters(value: dict[str, Any], place: str) -> dict[str, Any]:
    found = value.get("parameters", {})
    if not isinstance(found, dict):
        raise syntax_refusal("Expected an object.", place + "/parameters")
    return found


def _flat(data: list[Any]) -> list[Any]:
    while data and all(isinstance(each, list) for each in data):
        data = [value for each in data for value in each]
    return data
