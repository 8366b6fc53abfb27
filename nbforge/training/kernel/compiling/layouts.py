"""How the fields of a contract become the tensors of a compiled model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbforge.runtime.contract import Contract, Input

TEXT = {"dtype": "object", "of": "text", "null": "none"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input of the model; ``dtype`` as in :mod:`nbforge.runtime.compiled`."""

    name: str
    fields: tuple[str, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Layout:
    """All inputs of the model. ``numbers``: its floats. ``dtypes``: the arrays that the service makes of fields."""

    numbers: str
    tensors: tuple[Tensor, ...]
    dtypes: Mapping[str, Any]


def of_text(contract: Contract, numbers: str) -> Iterator[Layout]:
    """One text, which is counted."""
    field = contract.inputs[0]
    if len(contract.inputs) == 1 and field.dtype == "string" and not field.nullable:
        yield Layout(numbers, (Tensor("terms", (field.name,), "terms"),), {field.name: TEXT})


def of_fields(contract: Contract, wanted: Any, numbers: str) -> Iterator[Layout]:
    """One table where all fields are numbers; then a tensor a field, whole numbers as such or as floats.

    Args:
        contract: what the service accepts.
        wanted: labels of the columns that the estimator is given, in their order; ``None`` for all.
        numbers: dtype of the model's floats.
    """
    fields = _chosen(contract, wanted)
    if fields is None or hindrance(contract):
        return
    names = tuple(field.name for field in fields)
    if all(map(_is_number, fields)):
        yield Layout(numbers, (Tensor("X", names, numbers),), dict.fromkeys(names, numbers))
    if contract.frame.kind != "dataframe" or not all(isinstance(_label(field), str) for field in fields):
        return
    for whole in (numbers, "int64"):
        dtypes = {field.name: _dtype(field, numbers, whole) for field in fields}
        tensors = tuple(Tensor(_label(field), (field.name,), dtypes[field.name]) for field in fields)
        arrays = {name: TEXT if dtype == "text" else dtype for name, dtype in dtypes.items()}
        yield Layout(numbers, tensors, arrays)


def hindrance(contract: Contract) -> str:
    """Why the fields cannot become tensors; empty where they can."""
    if contract.frame.kind not in ("dataframe", "array", "series", "list"):
        return "it takes neither a table nor texts"
    for field in contract.inputs:
        if not _is_number(field) and not _is_text(field):
            return f"`{field.name}` is of dtype {field.dtype}, which is no number and no text"
        if _is_text(field) and field.nullable:
            return f"`{field.name}` is a text that may be null, and tensors of text hold no null"
    return ""


def _chosen(contract: Contract, wanted: Sequence[Any] | None) -> list[Input] | None:
    if wanted is None:
        return list(contract.inputs)
    by_label = {_label(field): field for field in contract.inputs if isinstance(_label(field), str | int)}
    found = [by_label.get(label) for label in wanted] if isinstance(wanted, list) else [None]
    return None if None in found else [field for field in found if field is not None]


def _label(field: Input) -> Any:
    return field.name if field.label is None else field.label


def _numpy_kind(field: Input) -> str:
    if isinstance(field.frame_dtype, Mapping):
        return ""
    try:
        return str(np.dtype(field.frame_dtype).kind)
    except TypeError:
        return ""


def _is_number(field: Input) -> bool:
    return field.frame_dtype != "str" and _numpy_kind(field) in tuple("iufb")


def _is_text(field: Input) -> bool:
    return field.dtype == "string"


def _dtype(field: Input, numbers: str, whole: str) -> str:
    if _is_text(field):
        return "text"
    return whole if _numpy_kind(field) in ("i", "u") else numbers
