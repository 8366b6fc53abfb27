"""The model's input, put together column by column, and taken apart into records again.

A frame is never made of dicts: columns of one dtype become one block, laid out as pandas itself lays out a frame that
was read from a file, so that the same numbers take the same path through BLAS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nbforge.runtime import columns as column_codecs
from nbforge.runtime.contract import Contract, Input
from nbforge.runtime.errors import FrameError

Columns = Mapping[str, Sequence[Any]]
"""JSON values by field name; all of one length."""


class Builder:
    """Builds inputs for one contract; what can be worked out before the first request is.

    :meth:`build` takes validated columns. A field that is not required may be absent, or hold values that do not fit:
    the contract's fill stands in for them.

    ``form``: ``frame``, what the model was trained on; else what holds the same without pandas, where :func:`bare` says
    that there is such: ``array``, the block of a frame of one dtype or the column of a series; ``columns``, arrays by
    the label of their column.
    """

    __slots__ = ("_decoders", "_finish")

    def __init__(self, contract: Contract, *, form: str = "frame") -> None:
        self._decoders = [(field, _decoder(field, form)) for field in contract.inputs]
        self._finish = _finisher(contract) if form == "frame" else _bare_finisher(contract, form)

    def build(self, columns: Columns, n: int) -> Any:
        """What the model takes, ``n`` rows: a DataFrame, ndarray, Series, list, a dict of lists for scalars or of
        arrays for a compiled model.

        Raises:
            FrameError: a required column holds what its dtype cannot.
        """
        return self._finish([_array(field, decode, columns.get(field.name), n) for field, decode in self._decoders], n)


def build(contract: Contract, columns: Columns, n: int) -> Any:
    """:meth:`Builder.build`, once."""
    return Builder(contract).build(columns, n)


def columns_of(contract: Contract, frame: Any, *, filled: bool = True) -> dict[str, list[Any]]:
    """A frame's JSON values by field name; ``filled=False`` leaves out the fields that a client need not send."""
    fields = [field for field in contract.inputs if field.required or filled]
    place = {field.name: position for position, field in enumerate(contract.inputs)}
    return {field.name: column_codecs.encode(field, _column(contract, frame, field, place)) for field in fields}


def records(contract: Contract, frame: Any, *, filled: bool = True) -> list[dict[str, Any]]:
    """A frame as records of JSON values: the inverse of :func:`build`."""
    columns = columns_of(contract, frame, filled=filled)
    names = list(columns)
    if not names:
        return [{} for _ in range(count(contract, frame))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def count(contract: Contract, frame: Any) -> int:
    """How many rows a model's input has."""
    if contract.frame.kind == "scalars":
        return len(next(iter(frame.values()))) if frame else 0
    return len(frame)


def _column(contract: Contract, frame: Any, field: Input, place: Mapping[str, int]) -> Any:
    kind = contract.frame.kind
    if kind in ("series", "list"):
        return frame
    if kind == "array":
        return frame if contract.frame.dimensions == 1 else frame[:, place[field.name]]
    return frame[field.label] if kind == "dataframe" else frame[field.name]


def _array(field: Input, decode: Callable[[Sequence[Any]], Any], values: Sequence[Any] | None, n: int) -> Any:
    if values is None:
        values = [field.fill] * n
    try:
        return decode(values)
    except (ValueError, TypeError, OverflowError) as error:
        if field.required:
            raise FrameError(f"A value of {field.name!r} does not fit {field.dtype}.", field.name) from error
        return decode([value if _fits(decode, value) else field.fill for value in values])


def _fits(decode: Callable[[Sequence[Any]], Any], value: Any) -> bool:
    try:
        decode([value])
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _finisher(contract: Contract) -> Callable[[list[Any], int], Any]:
    kind = contract.frame.kind
    names = [field.name for field in contract.inputs]
    if contract.frame.compiled:
        return lambda arrays, _: dict(zip(names, arrays, strict=True))
    if kind == "array":
        return _array_finisher(contract)
    if kind == "scalars":
        return lambda arrays, _: {name: array.tolist() for name, array in zip(names, arrays, strict=True)}
    if kind == "list":
        return lambda arrays, _: arrays[0].tolist()
    if kind == "series":
        return _series_finisher(contract)
    return _frame_finisher(contract)


def _array_finisher(contract: Contract) -> Callable[[list[Any], int], Any]:
    dtype = np.dtype(contract.frame.dtype or "float64")
    if contract.frame.dimensions == 1:
        return lambda arrays, _: arrays[0]

    def finish(arrays: list[Any], n: int) -> Any:
        table = np.empty((n, len(arrays)), dtype=np.result_type(*arrays) if dtype.kind == "U" else dtype)
        for position, array in enumerate(arrays):
            table[:, position] = array
        return table

    return finish


def _series_finisher(contract: Contract) -> Callable[[list[Any], int], Any]:
    import pandas as pd

    name = contract.frame.name
    dtypes = [_dtype_of(field) for field in contract.inputs]
    return lambda arrays, _: pd.Series(arrays[0], name=name, dtype=dtypes[0])


def one_block(contract: Contract) -> bool:
    """Whether the model takes a frame whose columns are all of one dtype, so that numpy holds it as pandas does."""
    kinds = {str(field.frame_dtype) for field in contract.inputs}
    return contract.frame.kind == "dataframe" and len(kinds) == 1 and kinds <= _BLOCK_DTYPES


def _frame_finisher(contract: Contract) -> Callable[[list[Any], int], Any]:
    import pandas as pd

    index = column_index(contract)
    if one_block(contract):
        # Columns as rows of one block, transposed: the layout that pandas itself gives a frame of one dtype.
        return lambda arrays, _: pd.DataFrame(np.array(arrays).T, columns=index, copy=False)
    dtypes = [_dtype_of(field) for field in contract.inputs]

    def finish(arrays: list[Any], n: int) -> Any:
        numbered = {
            position: array if dtypes[position] is None else pd.Series(array, dtype=dtypes[position])
            for position, array in enumerate(arrays)
        }
        frame = pd.DataFrame(numbered, index=pd.RangeIndex(n))
        frame.columns = index
        return frame

    return finish


def bare(contract: Contract, form: str) -> bool:
    """Whether an input can be built in this form, without pandas."""
    if any(column_codecs.bare_decoder(field) is None for field in contract.inputs):
        return False
    if form == "columns":
        return contract.frame.kind == "dataframe"
    return contract.frame.kind == "series" or one_block(contract)


def _decoder(field: Input, form: str) -> Callable[[Sequence[Any]], Any]:
    decoder = column_codecs.decoder(field) if form == "frame" else column_codecs.bare_decoder(field)
    if decoder is None:
        raise ValueError(f"{field.name!r} cannot be built as {form}")
    return decoder


def _bare_finisher(contract: Contract, form: str) -> Callable[[list[Any], int], Any]:
    if form == "columns":
        own = [field.label for field in contract.inputs]
        return lambda arrays, _: dict(zip(own, arrays, strict=True))
    if contract.frame.kind == "series":
        return lambda arrays, _: arrays[0]
    return lambda arrays, _: np.array(arrays).T


_BLOCK_DTYPES = {"float64", "float32", "int64", "int32", "uint8", "bool"}


def _dtype_of(field: Input) -> Any:
    """``object`` where pandas would otherwise infer a dtype of its own from an array of objects."""
    kind = field.frame_dtype
    return object if isinstance(kind, Mapping) and kind["dtype"] == "object" else None


def column_index(contract: Contract) -> Any:
    """The column index of the model's frame: labels as they were, their dtype and names."""
    import pandas as pd

    own = [field.label for field in contract.inputs]
    spec = contract.frame.columns
    if spec is None:
        return pd.Index(own)
    if spec["multi"]:
        return pd.MultiIndex.from_tuples(own, names=spec["names"])
    from nbforge.runtime import pandas_columns

    return pd.Index(own, dtype=pandas_columns.parse(spec["dtype"]), name=spec["names"][0])
