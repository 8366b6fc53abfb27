"""From the raw rows of a notebook to the inputs of the contract."""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbforge.runtime import columns, instants, labels
from nbforge.runtime.contract import Frame, Input

from .errors import CaptureError
from .facts import Facts, UnusableError, facts


@dataclass(frozen=True, slots=True)
class Described:
    """All columns of the raw rows.

    ``facts`` by field name, in the order of the columns; ``unusable``: columns that no JSON value can stand for, with
    the reason: they are an error only where the prediction needs them. ``rows``: the raw rows in the container the
    model takes, which for a function of scalars is a dict of lists.
    """

    facts: Mapping[str, Facts]
    unusable: Mapping[str, str]
    labels: Mapping[str, Hashable]
    frame: Frame
    rows: Any
    n: int


def describe(raw: Any, names: Sequence[str] = ()) -> Described:
    """Describes a DataFrame, a Series, a 1-D or 2-D array, or a list of texts or numbers.

    Args:
        raw: the rows.
        names: what the columns of a 2-D array are called; by default ``"0"``, ``"1"``, ...

    Raises:
        CaptureError: exit 3, where two columns would have one name, or the rows are of no such kind.
    """
    kind = type(raw).__name__
    if kind == "DataFrame" and hasattr(raw, "iloc"):
        own = list(raw.columns)
        return _described(own, [raw.iloc[:, at] for at in range(len(own))], _frame_of(raw.columns), raw)
    if kind == "Series" and hasattr(raw, "iloc"):
        one = _only(raw, raw.name)
        label = raw.name if raw.name is not None else _unnamed(one)
        return _described([label], [raw], Frame("series", name=raw.name), raw)
    if isinstance(raw, np.ndarray) and raw.dtype.names:
        raise CaptureError(
            exit=3,
            code="inputs-kind",
            message=f"the rows of the data are a structured array with the fields {', '.join(raw.dtype.names)}, "
            "which a client cannot send.",
            remedy="Tag the cell that puts its columns together as a two-dimensional array `nbforge:data` instead, or "
            "bind `pd.DataFrame(array)` here.",
        )
    if isinstance(raw, np.ndarray) and raw.ndim == 2:
        own = list(range(raw.shape[1]))
        frame = Frame("array", dtype=raw.dtype.str, dimensions=2)
        return _described(own, [raw[:, at] for at in own], frame, raw, names)
    if isinstance(raw, np.ndarray) and raw.ndim == 1:
        label = _unnamed(_only(raw))
        return _described([label], [raw], Frame("array", dtype=raw.dtype.str, dimensions=1), raw)
    if isinstance(raw, list) and raw:
        return _described([_unnamed(_only(raw))], [raw], Frame("list"), raw)
    shape = f" of shape {raw.shape}" if hasattr(raw, "shape") else ""
    raise CaptureError(
        exit=3,
        code="inputs-kind",
        message=f"the input is a {type(raw).__module__}.{kind}{shape}, of which a client cannot send rows.",
        remedy="Tag the cell that binds the raw rows as a frame, a two-dimensional array or texts `nbforge:data`.",
    )


def describe_parameters(parameters: Mapping[str, Any], defaults: Mapping[str, Any], raw: Any) -> Described:
    """Describes the parameters of a function of scalars.

    Args:
        parameters: annotation, or ``None``, by parameter; one without is described by the raw rows' column of its name.
        defaults: a parameter with a default need not be sent.
        raw: the raw frame, whose columns of these names are examples, or ``None``.
    """
    own = describe(raw) if type(raw).__name__ == "DataFrame" else None
    known = own.facts if own is not None else {}
    n = own.n if own is not None else 0
    found: dict[str, Facts] = {}
    for name, hint in parameters.items():
        column = known[name].values if name in known else [None] * n
        field = _parameter(name, hint, known[name].field if name in known else None)
        if name in defaults:
            field = replace(field, required=False, fill=_plain_default(defaults[name]))
        found[name] = Facts(field, column)
    if not all(name in known or name in defaults for name in parameters):
        found = {name: Facts(each.field, []) for name, each in found.items()}
    found = _callable_rows(found, [name for name in found if name in known])
    rows = {name: columns.decoder(each.field)(each.values).tolist() for name, each in found.items()}
    own_labels: dict[str, Hashable] = {name: name for name in found}
    return Described(found, {}, own_labels, Frame("scalars"), rows, len(next(iter(found.values())).values))


def _callable_rows(found: Mapping[str, Facts], given: Sequence[str]) -> dict[str, Facts]:
    """Only rows without nulls where the annotation allows none; a parameter of no column has its default."""
    strict = [found[name].values for name in given if not found[name].field.nullable]
    count = len(next(iter(found.values())).values)
    rows = [row for row in range(count) if all(values[row] is not None for values in strict)]
    return {
        name: replace(each, values=[each.values[row] if name in given else each.field.fill for row in rows])
        for name, each in found.items()
    }


def _parameter(name: str, hint: Any, known: Input | None) -> Input:
    """The annotation says the type; the column of that name, if there is one, what is usual."""
    nullable = False
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        nullable = len(parts) < len(typing.get_args(hint))
        hint = parts[0] if len(parts) == 1 else float
    field = Input(name=name, dtype="", label=name, nullable=nullable)
    if typing.get_origin(hint) is typing.Literal:
        values = typing.get_args(hint)
        dtype = _dtype_of(type(values[0]))
        return replace(field, dtype=dtype, frame_dtype=_cell(dtype), categories=tuple(values))
    dtype = _dtype_of(hint) if hint is not None else (known.dtype if known is not None else "float64")
    field = replace(field, dtype=dtype, frame_dtype=_cell(dtype, known))
    if known is None or known.dtype.rstrip("0123456789") != dtype.rstrip("0123456789"):
        return field
    return replace(
        field,
        minimum=known.minimum,
        maximum=known.maximum,
        categories=known.categories,
        nullable=nullable or (hint is None and known.nullable),
    )


def _dtype_of(hint: Any) -> str:
    for name, dtype in _SCALARS:
        if any(base.__name__ == name for base in getattr(hint, "__mro__", ())):
            return dtype
    return "string"


_SCALARS = (
    ("bool", "bool"),
    ("bool_", "bool"),
    ("int", "int64"),
    ("integer", "int64"),
    ("float", "float64"),
    ("floating", "float64"),
    ("datetime", "datetime"),
    ("date", "date"),
)


def _cell(dtype: str, known: Input | None = None) -> Any:
    """A function of scalars gets Python's own values: objects, and ``None`` for null."""
    if dtype == "datetime":
        zoned = known is not None and instants.has_offset(str(known.minimum))
        return {"dtype": "object", "of": dtype, "null": "none", "zoned": zoned}
    of = {"string": "text", "int64": "int", "float64": "float", "category": "json"}.get(dtype, dtype)
    return {"dtype": "object", "of": of, "null": "none"}


def _plain_default(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _only(raw: Any, label: Any = None) -> Facts:
    """Of rows that are one value each.

    Raises:
        CaptureError: exit 3, where a client cannot send them.
    """
    try:
        return facts("x", label, raw)
    except UnusableError as error:
        wish = "make them text or numbers"
        if "bytes" in str(error):
            wish = (
                "read them as text, such as by `open(path, encoding='utf-8')` or `load_files(path, encoding='utf-8')`"
            )
        raise CaptureError(
            exit=3,
            code="inputs-kind",
            message=f"the rows of the data are {error}, which a client cannot send.",
            remedy=f"In the cell that binds the data, {wish}.",
        ) from error


def _unnamed(one: Facts) -> str:
    return "text" if one.field.dtype == "string" else "0"


def _described(
    own: Sequence[Hashable], cells: Sequence[Any], frame: Frame, raw: Any, names: Sequence[str] = ()
) -> Described:
    found: dict[str, Facts] = {}
    unusable: dict[str, str] = {}
    seen: dict[str, Hashable] = {}
    for name, label, column in zip(names or map(labels.field_name, own), own, cells, strict=True):
        if name in seen:
            raise _collision(name, seen[name], label)
        seen[name] = label
        try:
            found[name] = facts(name, label, column)
        except UnusableError as error:
            unusable[name] = str(error)
    return Described(found, unusable, seen, frame, raw, len(raw))


def _collision(name: str, first: Hashable, second: Hashable) -> CaptureError:
    return CaptureError(
        exit=3,
        code="columns-collide",
        message=f"two columns would both be the field `{name}`: {first!r} and {second!r}.",
        remedy="Rename one of them in the cell that binds the data.",
        name=name,
    )


def _frame_of(index: Any) -> Frame:
    """The frame's spec; a column index that a plain list of its labels would not bring back is described."""
    import pandas as pd

    from nbforge.runtime import pandas_columns

    if isinstance(index, pd.MultiIndex):
        return Frame("dataframe", columns={"multi": True, "names": list(index.names), "dtype": "object"})
    plain = pd.Index(list(index))
    if index.name is None and plain.dtype == index.dtype:
        return Frame("dataframe")
    return Frame(
        "dataframe", columns={"multi": False, "names": [index.name], "dtype": pandas_columns.name(index.dtype)}
    )
