"""Cheap digests of whatever a notebook binds, to see that a value has changed in place.

Bounded in time, not complete: of a large array a part is read, of a large collection the first items. Nothing of the
user's is called: no ``__eq__``, no ``__repr__``, no property.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from .alignment import is_pandas

WHOLE = 1 << 20
"""Arrays up to this many bytes are read whole."""
SAMPLE = 1 << 14
"""Of longer ones, and of columns of objects, at most so many items are read, evenly spaced."""
OBJECTS = 256
"""At most so many Python objects of a column or a collection are read."""
DEPTH = 5
NODES = 2_000
"""At most so many objects are visited in one value."""

PLAIN = (int, float, complex, bool, str, bytes, type(None))
_UNSEEN = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)


def fingerprint(value: Any) -> str | None:
    """A digest that changes when the content does, as far as it was read; ``None`` for what has none."""
    if isinstance(value, _UNSEEN):
        return None
    digest = _Digest()
    try:
        digest.add(value, DEPTH)
    except Exception:  # noqa: BLE001  # looking must never break a notebook that runs
        return None
    return digest.text()


def mutable(value: Any) -> bool:
    """Whether ``value`` can change in place, so that two names for it matter."""
    return not isinstance(value, (*PLAIN, *_UNSEEN, tuple, frozenset, range))


class _Digest:
    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=8)
        self._nodes = 0
        self._seen: set[int] = set()

    def text(self) -> str:
        return self._hash.hexdigest()

    def _note(self, *parts: object) -> None:
        self._hash.update(repr(parts).encode(errors="backslashreplace"))

    def add(self, value: Any, depth: int) -> None:
        self._nodes += 1
        if self._nodes > NODES or depth < 0 or isinstance(value, _UNSEEN):
            self._note(type(value).__name__)
        elif isinstance(value, str | bytes):
            self._note(len(value), value[:1000], value[-1000:])
        elif isinstance(value, PLAIN):
            self._note(type(value).__name__, value)
        elif id(value) in self._seen:
            self._note("again")
        else:
            self._seen.add(id(value))
            self._compound(value, depth)

    def _compound(self, value: Any, depth: int) -> None:
        self._note(type(value).__name__)
        if isinstance(value, np.ndarray):
            self._array(value, depth)
        elif is_pandas(value, "DataFrame", "Series", "Index", "ExtensionArray"):
            self._pandas(value, depth)
        elif isinstance(value, Mapping) and isinstance(value, dict):
            self._note(len(value))
            for key, item in _first(dict.items(value)):
                self.add(key, depth - 1)
                self.add(item, depth - 1)
        elif isinstance(value, list | tuple):
            self._note(len(value))
            self._items(_spread(value, len(value)), depth)
        elif isinstance(value, set | frozenset):
            self._note(len(value), sorted(type(item).__name__ for item in _first(value)))
        elif isinstance(value, np.random.RandomState | np.random.Generator):
            bits = value.bit_generator.state if isinstance(value, np.random.Generator) else value.get_state()
            self.add(bits, depth)
        else:
            self._object(value, depth)

    def _items(self, items: Iterable[Any], depth: int) -> None:
        for item in items:
            self.add(item, depth - 1)

    def _array(self, array: Any, depth: int) -> None:
        self._note(array.shape, str(array.dtype))
        flat = array.reshape(-1) if array.flags.c_contiguous else array.ravel(order="K")[:]
        if array.dtype == object:
            self._items(_spread(flat, flat.size), depth)
            return
        if array.nbytes > WHOLE:
            flat = flat[:: max(1, flat.size // SAMPLE)]
        self._hash.update(np.ascontiguousarray(flat).tobytes())

    def _pandas(self, value: Any, depth: int) -> None:
        if is_pandas(value, "DataFrame", "Series"):
            self._items([value.index, value.columns if is_pandas(value, "DataFrame") else value.name], depth)
            # The blocks themselves: taking a column would leave a trace in the frame's cache.
            self._items([block.values for block in value._mgr.blocks], depth)  # noqa: SLF001
        elif type(value).__name__ == "RangeIndex":
            self._note(value.start, value.stop, value.step)
        elif is_pandas(value, "Index"):
            self._note(value.names)
            self.add(value.array if type(value).__name__ != "MultiIndex" else value.codes[0], depth - 1)
        elif isinstance(getattr(value, "_ndarray", None), np.ndarray):
            self._array(value._ndarray, depth)  # noqa: SLF001
        else:
            self._note(len(value), str(value.dtype))
            places = np.linspace(0, len(value) - 1, min(len(value), OBJECTS), dtype=np.intp)
            self._items(np.asarray(value.take(places), dtype=object).tolist(), depth)

    def _object(self, value: Any, depth: int) -> None:
        version = getattr(value, "_version", None) if type(value).__module__.partition(".")[0] == "torch" else None
        if isinstance(version, int):  # a tensor counts the changes made to it
            self._note(version, tuple(value.shape))
            return
        if isinstance(value, np.generic):
            self._note(value.tobytes())
            return
        try:
            state = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        if isinstance(state, dict):
            self._note(len(state))
            for name, item in _first(state.items()):
                self._note(name)
                self.add(item, depth - 1)


def _first(items: Iterable[Any]) -> Iterable[Any]:
    return [item for item, _ in zip(items, range(OBJECTS), strict=False)]


def _spread(items: Any, length: int) -> Iterable[Any]:
    step = max(1, length // OBJECTS)
    return [items[at] for at in range(0, length, step)]


def taken(namespace: Mapping[str, Any], names: Collection[str], late: Callable[[], bool]) -> dict[str, str | None]:
    """The digests of these names' values, without those not reached before ``late`` says that it takes long."""
    return {name: fingerprint(namespace[name]) for name in names if name in namespace and not late()}
