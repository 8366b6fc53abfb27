"""What a pandas object is made of, as JSON heads and ``.npy`` members, and how it is put together again."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from nbforge.runtime import pandas_columns
from nbforge.runtime.errors import FormatError
from nbforge.runtime.formats import _archive, _tagged


class Writer:
    """Describes objects; arrays go to :attr:`members` and are referred to by name."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] = {}

    def describe(self, value: Any) -> dict[str, Any]:
        if isinstance(value, pd.DataFrame):
            return {
                "kind": "frame",
                "columns": self.index(value.columns),
                "index": self.index(value.index),
                "data": [self.array(value.iloc[:, position].array) for position in range(value.shape[1])],
                "attrs": _json(value.attrs),
            }
        if isinstance(value, pd.Series):
            return {
                "kind": "series",
                "name": _json(value.name),
                "index": self.index(value.index),
                "data": self.array(value.array),
                "attrs": _json(value.attrs),
            }
        if isinstance(value, pd.Index):
            return {"kind": "index", "index": self.index(value)}
        return {"kind": "array", "data": self.array(value)}

    def index(self, index: Any) -> dict[str, Any]:
        if isinstance(index, pd.RangeIndex):
            return {"range": [index.start, index.stop, index.step], "name": _json(index.name)}
        if isinstance(index, pd.MultiIndex):
            return {
                "levels": [self.index(level) for level in index.levels],
                "codes": [self._member(np.asarray(codes)) for codes in index.codes],
                "names": _json(list(index.names)),
            }
        freq = getattr(index, "freqstr", None) if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)) else None
        return {"data": self.array(index.array), "name": _json(index.name), "freq": freq}

    def array(self, array: Any) -> dict[str, Any]:
        dtype = array.dtype
        if isinstance(dtype, np.dtype):
            plain = np.asarray(array)
            if plain.dtype.hasobject:
                return {"objects": self._values(list(plain))}
            return {"values": self._member(plain)}
        if isinstance(dtype, pd.CategoricalDtype):
            head = {"categories": self.index(dtype.categories), "ordered": dtype.ordered}
            return {**head, "codes": self._member(array.codes)}
        if isinstance(dtype, pd.IntervalDtype):
            return {
                "left": self.array(array.left.array),
                "right": self.array(array.right.array),
                "closed": array.closed,
            }
        return {"dtype": pandas_columns.name(dtype), **self._extension(array)}

    def _extension(self, array: Any) -> dict[str, Any]:
        dtype = array.dtype
        if isinstance(dtype, pd.SparseDtype):
            return {
                "sparse": self._member(array.sp_values),
                "positions": self._member(array.sp_index.indices),
                "length": len(array),
                "fill": _json(array.fill_value),
            }
        if isinstance(dtype, pd.PeriodDtype):
            return {"ordinals": self._member(array.asi8)}
        if isinstance(dtype, pd.DatetimeTZDtype):
            return {"instants": self._member(array.asi8)}
        if hasattr(array, "_mask") and hasattr(array, "_data"):
            missing = np.asarray(array.isna())
            plain = array.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
            return {"masked": self._member(plain), "mask": self._member(missing)}
        values = [None if missing else value for value, missing in zip(array, array.isna(), strict=True)]
        return {"values": self._values(values)}

    def _values(self, values: list[Any]) -> str:
        if not _tagged.covers(values):
            raise FormatError("a column holds values that are no plain data")
        return self._keep(json.dumps(_tagged.encode(values), allow_nan=False).encode(), ".json")

    def _member(self, array: np.ndarray) -> str:
        return self._keep(_archive.array_bytes(np.ascontiguousarray(array)), ".npy")

    def _keep(self, data: bytes, suffix: str) -> str:
        name = f"{len(self.members)}{suffix}"
        self.members[name] = data
        return name


class Reader:
    """Builds objects of what :class:`Writer` wrote."""

    def __init__(self, members: dict[str, bytes]) -> None:
        self._members = members

    def build(self, head: dict[str, Any]) -> Any:
        if head["kind"] == "index":
            return self.index(head["index"])
        if head["kind"] == "array":
            return self.array(head["data"])
        if head["kind"] == "series":
            value: Any = self._series(head["data"], self.index(head["index"]), _tagged.decode(head["name"]))
        else:
            index = self.index(head["index"])
            columns = {number: self._series(data, index, None) for number, data in enumerate(head["data"])}
            value = pd.DataFrame(columns, index=index)
            value.columns = self.index(head["columns"])
        value.attrs = _tagged.decode(head["attrs"])
        return value

    def index(self, head: dict[str, Any]) -> Any:
        if "range" in head:
            return pd.RangeIndex(
                head["range"][0], head["range"][1], head["range"][2], name=_tagged.decode(head["name"])
            )
        if "levels" in head:
            levels = [self.index(level) for level in head["levels"]]
            codes: list[Any] = [self._array(name) for name in head["codes"]]
            return pd.MultiIndex(levels, codes, names=_tagged.decode(head["names"]), verify_integrity=False)
        array = self.array(head["data"])
        index = pd.Index(array, dtype=array.dtype, name=_tagged.decode(head["name"]))
        if head["freq"] is not None:
            index.freq = pd.tseries.frequencies.to_offset(head["freq"])
        return index

    def array(self, head: dict[str, Any]) -> Any:
        if "objects" in head:
            return self._objects(head["objects"])
        if "categories" in head:
            dtype = pd.CategoricalDtype(self.index(head["categories"]), ordered=head["ordered"])
            return pd.Categorical.from_codes(self._array(head["codes"]), dtype=dtype)
        if "left" in head:
            left, right = self.array(head["left"]), self.array(head["right"])
            return pd.arrays.IntervalArray.from_arrays(left, right, closed=head["closed"])
        return self._extension(head) if "dtype" in head else self._array(head["values"])

    def _extension(self, head: dict[str, Any]) -> Any:
        dtype = pandas_columns.parse(head["dtype"])
        if "sparse" in head:
            from pandas._libs.sparse import IntIndex

            make: Any = IntIndex
            positions = make(head["length"], self._array(head["positions"]))
            fill = _tagged.decode(head["fill"])
            return pd.arrays.SparseArray(self._array(head["sparse"]), sparse_index=positions, fill_value=fill)
        if "ordinals" in head:
            periods: Any = pd.PeriodIndex
            return periods.from_ordinals(self._array(head["ordinals"]), freq=dtype.freq).array
        if "instants" in head:
            utc = self._array(head["instants"]).view(f"M8[{dtype.unit}]")
            return pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(dtype.tz).array
        if "masked" in head:
            array = pd.array(self._array(head["masked"]), dtype=dtype)
            array[self._array(head["mask"])] = pd.NA
            return array
        return pd.array(list(self._objects(head["values"])), dtype=dtype)

    def _series(self, data: dict[str, Any], index: Any, name: Any) -> Any:
        array = self.array(data)
        return pd.Series(array, index=index, name=name, dtype=array.dtype, copy=False)

    def _array(self, name: str) -> np.ndarray:
        return _archive.array_of(self._members[name])

    def _objects(self, name: str) -> np.ndarray:
        values = [_tagged.decode(each) for each in json.loads(self._members[name])]
        array = np.empty(len(values), dtype=object)
        for position, value in enumerate(values):
            array[position] = value
        return array


def _json(value: Any) -> Any:
    if not _tagged.covers(value):
        raise FormatError("a name or attribute is no plain data")
    return _tagged.encode(value)
