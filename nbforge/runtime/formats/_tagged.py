"""Python values as tagged JSON and back: one entry of :data:`_TAGS` a type."""

from __future__ import annotations

import base64
import collections
import datetime as dt
import decimal
import fractions
import json
import math
import pathlib
import re
import uuid
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

_DEPTH = 60
_PLAIN = (str, bool, int, type(None))


class _Tag(NamedTuple):
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def covers(value: Any, depth: int = 0) -> bool:
    """Whether :func:`encode` can write a value so that it comes back equal and of the same types."""
    kind = type(value)
    if depth > _DEPTH:
        return False
    if kind in _CONTAINERS:
        parts = [part for pair in value.items() for part in pair] if isinstance(value, dict) else value
        if kind is collections.defaultdict and value.default_factory not in _FACTORIES.values():
            return False
        return all(covers(part, depth + 1) for part in parts)
    if kind is np.ndarray:
        return value.dtype.kind != "V" if not value.dtype.hasobject else all(covers(x, depth + 1) for x in value.flat)
    if isinstance(value, np.generic):
        return value.dtype.kind in "biufcUSMm" and value.dtype.itemsize <= (16 if value.dtype.kind == "c" else 10**9)
    if _pandas_parts(value):
        return True
    return kind in _PLAIN or _name(value) in _TAGS


def encode(value: Any) -> Any:
    """A JSON value that :func:`decode` turns into an equal one of the same type."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if kind in _PLAIN:
        return value
    if kind is list:
        return [encode(each) for each in value]
    if kind is dict and all(type(key) is str and not key.startswith("$") for key in value):
        return {key: encode(each) for key, each in value.items()}
    name = "frame" if _pandas_parts(value) else _name(value)
    return {f"${name}": _TAGS[name].encode(value)}


def decode(value: Any) -> Any:
    """The inverse of :func:`encode`."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, content),) = value.items()
        if key.startswith("$"):
            return _TAGS[key[1:]].decode(content)
    return {key: decode(each) for key, each in value.items()}


def _name(value: Any) -> str:
    if isinstance(value, np.generic):
        return "numpy"
    kind = type(value)
    name = kind.__name__
    if kind in (pathlib.PosixPath, pathlib.WindowsPath):
        return "path"
    # A class of the user's that happens to be called Decimal must not pass for the library's.
    return name if kind.__module__.partition(".")[0] in _MODULES else f"{kind.__module__}.{name}"


_MODULES = {"builtins", "numpy", "pandas", "datetime", "decimal", "fractions", "collections", "uuid", "re"}
_DICTS = {dict, collections.OrderedDict, collections.defaultdict, collections.Counter}
_CONTAINERS = {list, tuple, set, frozenset, collections.deque, *_DICTS}
_FACTORIES: dict[str, Any] = {
    "none": None,
    "int": int,
    "float": float,
    "str": str,
    "list": list,
    "dict": dict,
    "set": set,
}


def _sorted(values: Any) -> list[Any]:
    """Sets have no order of their own; their text gives one that is the same in every process."""
    return sorted((encode(each) for each in values), key=lambda each: json.dumps(each, sort_keys=True))


def _pairs(value: Any) -> list[Any]:
    return [[encode(key), encode(each)] for key, each in value.items()]


def _mapping(pairs: Any) -> dict[Any, Any]:
    return {decode(key): decode(each) for key, each in pairs}


def _default(value: Any) -> Any:
    (factory,) = [name for name, kind in _FACTORIES.items() if kind is value.default_factory]
    return [factory, _pairs(value)]


def _array(value: np.ndarray) -> Any:
    if value.dtype.hasobject:
        return {"shape": list(value.shape), "objects": [encode(each) for each in value.flat]}
    order: Literal["F", "C"] = "F" if value.flags.fnc else "C"
    data = base64.b64encode(value.tobytes(order)).decode()
    return {"shape": list(value.shape), "dtype": value.dtype.str, "order": order, "data": data}


def _array_of(value: Any) -> np.ndarray:
    if "objects" in value:
        flat = np.empty(len(value["objects"]), dtype=object)
        for position, each in enumerate(value["objects"]):
            flat[position] = decode(each)
        return flat.reshape(value["shape"])
    flat = np.frombuffer(bytearray(base64.b64decode(value["data"])), dtype=value["dtype"])
    return flat.reshape(value["shape"], order=value["order"])


def _scalar(value: np.generic) -> Any:
    return [value.dtype.str, base64.b64encode(value.tobytes()).decode()]


def _scalar_of(value: Any) -> Any:
    return np.frombuffer(base64.b64decode(value[1]), dtype=value[0])[0]


def _timestamp(value: Any) -> Any:
    return [
        value.tz_localize(None).isoformat() if value.tz is None else value.isoformat(),
        value.unit,
        str(value.tz or ""),
    ]


def _timestamp_of(value: Any) -> Any:
    import pandas as pd

    text, unit, zone = value
    stamp = pd.Timestamp(text).as_unit(unit)
    return stamp.tz_convert(zone) if zone else stamp


def _pandas_parts(value: Any) -> bool:
    from nbforge.runtime.formats import frame

    return frame.can_save(value)


def _frame(value: Any) -> Any:
    from nbforge.runtime.formats._pandas_parts import Writer

    writer = Writer()
    head = writer.describe(value)
    return [head, {name: base64.b64encode(data).decode() for name, data in writer.members.items()}]


def _frame_of(value: Any) -> Any:
    from nbforge.runtime.formats._pandas_parts import Reader

    return Reader({name: base64.b64decode(data) for name, data in value[1].items()}).build(value[0])


def _pandas(name: str) -> Any:
    import pandas as pd

    return getattr(pd, name)


_TAGS: dict[str, _Tag] = {
    "float": _Tag(repr, float),
    "tuple": _Tag(lambda value: [encode(each) for each in value], lambda value: tuple(decode(each) for each in value)),
    "set": _Tag(_sorted, lambda value: {decode(each) for each in value}),
    "frozenset": _Tag(_sorted, lambda value: frozenset(decode(each) for each in value)),
    "dict": _Tag(_pairs, _mapping),
    "OrderedDict": _Tag(_pairs, lambda value: collections.OrderedDict(_mapping(value))),
    "Counter": _Tag(_pairs, lambda value: collections.Counter(_mapping(value))),
    "defaultdict": _Tag(_default, lambda value: collections.defaultdict(_FACTORIES[value[0]], _mapping(value[1]))),
    "deque": _Tag(
        lambda value: [value.maxlen, [encode(each) for each in value]],
        lambda value: collections.deque((decode(each) for each in value[1]), value[0]),
    ),
    "bytes": _Tag(lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "bytearray": _Tag(lambda value: base64.b64encode(value).decode(), lambda value: bytearray(base64.b64decode(value))),
    "complex": _Tag(lambda value: [repr(value.real), repr(value.imag)], lambda value: complex(*map(float, value))),
    "range": _Tag(lambda value: [value.start, value.stop, value.step], lambda value: range(*value)),
    "slice": _Tag(
        lambda value: [encode(value.start), encode(value.stop), encode(value.step)],
        lambda value: slice(*map(decode, value)),
    ),
    "Decimal": _Tag(str, decimal.Decimal),
    "Fraction": _Tag(str, fractions.Fraction),
    "UUID": _Tag(str, uuid.UUID),
    "path": _Tag(str, pathlib.Path),
    "Pattern": _Tag(lambda value: [value.pattern, value.flags], lambda value: re.compile(*value)),
    "date": _Tag(dt.date.isoformat, dt.date.fromisoformat),
    "time": _Tag(dt.time.isoformat, dt.time.fromisoformat),
    "datetime": _Tag(dt.datetime.isoformat, dt.datetime.fromisoformat),
    "timedelta": _Tag(
        lambda value: [value.days, value.seconds, value.microseconds], lambda value: dt.timedelta(*value)
    ),
    "timezone": _Tag(
        lambda value: value.utcoffset(None).total_seconds(),
        lambda value: dt.timezone(dt.timedelta(seconds=value)),
    ),
    "frame": _Tag(_frame, _frame_of),
    "numpy": _Tag(_scalar, _scalar_of),
    "ndarray": _Tag(_array, _array_of),
    "Timestamp": _Tag(_timestamp, _timestamp_of),
    "Timedelta": _Tag(
        lambda value: [int(value.asm8.astype("int64")), value.unit],
        lambda value: _pandas("Timedelta")(np.timedelta64(value[0], value[1])),
    ),
    "NaTType": _Tag(lambda _: 0, lambda _: _pandas("NaT")),
    "NAType": _Tag(lambda _: 0, lambda _: _pandas("NA")),
    "Interval": _Tag(
        lambda value: [encode(value.left), encode(value.right), value.closed],
        lambda value: _pandas("Interval")(decode(value[0]), decode(value[1]), value[2]),
    ),
}
