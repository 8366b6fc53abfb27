# ruff: noqa: SLF001 - cloudpickle has no public way to use its rules with another pickler.
"""Pickles by cloudpickle that are the same bytes in any process.

cloudpickle rides on the C pickler, which cannot be told to sort a set. Here its rules ride on the Python one, with
sets sorted, equal strings shared, and without the file names, process ids and random numbers it writes for what a
notebook defines.
"""

from __future__ import annotations

import io
import pickle
import types
from typing import Any

import cloudpickle.cloudpickle as rules

from nbforge.runtime.formats._handles import HandleError, refusal

# Under protocol 5 the Python pickler fails on arrays of no bytes; 4 has no out-of-band buffers.
_PROTOCOL = 4
_TRACKER = {rules._make_skeleton_class: 4, rules._make_skeleton_enum: 5}


def dumps(value: Any) -> bytes:
    """Pickles a value.

    Raises:
        HandleError: it reaches a handle, such as an open file or a lock.
        Exception: whatever its own ``__reduce__`` raises.
    """
    stream = io.BytesIO()
    _Pickler(stream).dump(value)
    return stream.getvalue()


def check(value: Any) -> None:
    """Raises what :func:`dumps` would, quickly: no format can save what reaches a handle or hides its state in C."""
    _Gate(_Nowhere(), protocol=_PROTOCOL).dump(value)


class _Nowhere:
    def write(self, data: Any) -> int:
        return len(data)


class _Gate(rules.Pickler):  # type: ignore[misc]
    def reducer_override(self, obj: Any) -> Any:
        _refuse(obj)
        return super().reducer_override(obj)


def _refuse(obj: Any) -> None:
    """A module inside a value is a reference; anything else that is a handle ends the attempt."""
    if not isinstance(obj, types.ModuleType) and (reason := refusal(obj)):
        raise HandleError(reason)


class _Pickler(pickle._Pickler):
    dispatch_table = rules.Pickler.dispatch_table

    _dynamic_function_reduce = rules.Pickler._dynamic_function_reduce
    _function_reduce = rules.Pickler._function_reduce
    _function_getnewargs = rules.Pickler._function_getnewargs

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=_PROTOCOL)
        self.proto = _PROTOCOL
        self.globals_ref: dict[int, Any] = {}
        self._strings: dict[str, str] = {}

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if type(obj) is str:
            obj = self._strings.setdefault(obj, obj)
        super().save(obj, save_persistent_id)  # type: ignore[misc]

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind in (set, frozenset):
            return kind, (sorted(obj, key=_order),)
        if kind is types.CodeType:
            return rules._code_reduce(obj.replace(co_filename="<notebook>"))
        _refuse(obj)
        if isinstance(obj, type):
            return _without_tracker(rules._class_reduce(obj))
        if isinstance(obj, types.FunctionType):
            return self._function_reduce(obj)
        return NotImplemented


def _order(value: Any) -> tuple[str, bytes]:
    return type(value).__name__, dumps(value)


def _without_tracker(reduced: Any) -> Any:
    """A class made in the notebook carries a random number by which cloudpickle knows it again within one process."""
    if not isinstance(reduced, tuple) or reduced[0] not in _TRACKER:
        return reduced
    arguments = list(reduced[1])
    arguments[_TRACKER[reduced[0]]] = None
    return (reduced[0], tuple(arguments), *reduced[2:])
