"""What an object is made of: a digest of all that it holds, the mutable objects in it, the arrays it uses."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import random
import re
import types
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from tests.notebook.purity.libraries import FAMILIES

_DEEPEST = 60
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_ATOMS = (
    *(bool, int, float, complex, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range, slice, type),
    *(re.Pattern, re.Match, PurePath, property, ast.AST, np.generic, np.dtype, np.ufunc),
    *(types.ModuleType, types.FunctionType, types.MethodType, types.CodeType),
    *(types.BuiltinFunctionType, types.MethodWrapperType),
)
# Attributes that hold what was worked out before, or that say when something has to be drawn again.
_CACHES = re.compile(
    r"_?cache\w*|\w*_cache|_cacher|_?stale\w*|_lazy\w*|_cachedRenderer|_id_counter|_layoutgrid|_localdict|_mouseover|"
    r"_remove_method|_children_stale|_axobservers|_oid|_cid_gen|_?callbacks\w*|canvas|_tight_parameters|_canvas_callbacks"
)


@dataclass(slots=True)
class Survey:
    """All that is reachable from some object."""

    digest: str = ""
    objects: dict[int, Any] = field(default_factory=dict)
    arrays: list[Any] = field(default_factory=list)


def survey(*values: object) -> Survey:
    """Describe ``values``, and all they hold."""
    walk = _Walk()
    for value in values:
        walk.see(value, 0)
    walk.found.digest = walk.digest.hexdigest()
    return walk.found


def family(value: object) -> str:
    """The library that the type of ``value`` is of."""
    return type(value).__module__.split(".")[0]


def immutable(value: object) -> bool:
    """Whether nothing can be changed about ``value``."""
    if isinstance(value, tuple | frozenset):
        return all(immutable(item) for item in value)
    if isinstance(value, _ATOMS):
        return True
    kind = type(value)
    if kind.__module__.startswith("pandas"):
        import pandas as pd

        scalars = (type(pd.NaT), type(pd.NA), pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, pd.offsets.BaseOffset)
        return isinstance(value, scalars) or "Dtype" in kind.__name__
    return kind.__module__ in {
        "datetime",
        "decimal",
        "fractions",
        "pathlib",
        "uuid",
        "zoneinfo",
        "operator",
        "enum",
    } or isinstance(value, memoryview)


def _shareable(value: object) -> bool:
    """Whether pandas may use ``value`` in several objects: nobody changes an index, arrays count by their memory."""
    return family(value) == "pandas" and any(
        base.__name__ in {"Index", "ExtensionArray"} for base in type(value).__mro__
    )


class _Walk:
    def __init__(self) -> None:
        self.found = Survey()
        self.digest = hashlib.blake2b(digest_size=12)
        self._seen: dict[int, int] = {}
        self._alive: list[object] = []

    def _put(self, *items: object) -> None:
        for item in items:
            self.digest.update(repr(item).encode())

    def see(self, value: Any, depth: int) -> None:
        kind = type(value)
        if isinstance(value, np.ndarray):
            self._array(value, depth)
        elif isinstance(value, type | types.ModuleType):
            self._put(value.__name__)
        elif isinstance(value, _ATOMS):
            self._put(kind.__name__, _ADDRESS.sub("", repr(value)))
        elif id(value) in self._seen:
            self._put("again", self._seen[id(value)])
        elif depth > _DEEPEST:
            self._put("deep")
        else:
            self._seen[id(value)] = len(self._seen)
            self._alive.append(value)
            if not immutable(value) and not _shareable(value):
                self.found.objects[id(value)] = value
            self._put(kind.__module__, kind.__qualname__)
            self._compound(value, depth + 1)

    def _array(self, value: Any, depth: int) -> None:
        self._put("array", value.dtype, value.shape, value.flags.writeable)
        if id(value) not in self._seen:
            self._seen[id(value)] = len(self._seen)
            self._alive.append(value)
            self.found.arrays.append(value)
            self.found.objects[id(value)] = value
        if value.dtype.hasobject:
            for item in value.ravel().tolist() if value.dtype.names is None else ():
                self.see(item, depth + 1)
        else:
            self.digest.update(np.ascontiguousarray(value).tobytes())
        if isinstance(value, np.ma.MaskedArray):
            self._array(np.ma.getmaskarray(value), depth)
            with contextlib.suppress(AttributeError):  # the constant `masked` has none
                self._put(value.hardmask, value.fill_value)
        elif type(value) is not np.ndarray and hasattr(value, "__dict__"):
            self._put(sorted(key for key in vars(value)))

    def _compound(self, value: Any, depth: int) -> None:  # noqa: C901, PLR0912
        match value:
            case dict() | types.MappingProxyType():
                for key, item in value.items():
                    self.see(key, depth)
                    self.see(item, depth)
                if isinstance(value, OrderedDict):
                    return
                self._state(value, depth)
            case list() | tuple() | deque():
                for item in value:
                    self.see(item, depth)
                if type(value) not in {list, tuple, deque}:
                    self._state(value, depth)
            case set() | frozenset():
                for item in sorted(value, key=repr):
                    self.see(item, depth)
            case bytearray() | memoryview():
                self._put(bytes(value))
            case random.Random():
                self._put(value.getstate())
            case np.random.RandomState():
                self.see(value.get_state(legacy=False), depth)
            case np.random.Generator() | np.random.BitGenerator():
                generator = value if isinstance(value, np.random.BitGenerator) else value.bit_generator
                self.see((generator.state, getattr(generator.seed_seq, "n_children_spawned", 0)), depth)
            case functools.partial():
                self.see((value.func, value.args, value.keywords), depth)
            case types.GeneratorType():
                self._put(value.gi_frame is None or value.gi_frame.f_lasti)
                for item in value.gi_frame.f_locals.values() if value.gi_frame else ():
                    self.see(item, depth)
            case _:
                self._foreign(value, depth)

    def _foreign(self, value: Any, depth: int) -> None:
        describe = FAMILIES.get(family(value))
        if describe is not None:
            parts = describe(value)
            if parts is not None:
                for part in parts:
                    self.see(part, depth)
                return
        self._state(value, depth)

    def _state(self, value: Any, depth: int) -> None:
        """What an object's dictionary and slots hold; of one without, what pickle would take."""
        kind = type(value)
        names = dict(getattr(value, "__dict__", {}))
        for name in _slots(kind):
            with contextlib.suppress(AttributeError):
                names[name] = getattr(value, name)
        if not names and not isinstance(value, dict | list | tuple | deque):
            self._reduced(value, depth)
        for name in sorted(names, key=str):
            if not _worked_out(kind, str(name)):
                self.digest.update(str(name).encode())
                self.see(names[name], depth)

    def _reduced(self, value: Any, depth: int) -> None:
        if callable(getattr(value, "tell", None)):
            with contextlib.suppress(Exception):
                self._put(value.tell())
            return
        try:
            reduced = value.__reduce_ex__(2)
        except Exception:  # noqa: BLE001 - whatever a library raises for what it cannot pickle
            self._put(_ADDRESS.sub("", repr(value)))
            return
        if isinstance(reduced, tuple):
            self.see(reduced[1:3], depth)
            for item in reduced[3] or () if len(reduced) > 3 and isinstance(reduced[3], list) else ():
                self.see(item, depth)


_SLOTS: dict[type, tuple[str, ...]] = {}
_WORKED_OUT: dict[tuple[type, str], bool] = {}
_KEPT = {"cached_property", "CachedProperty", "cache_readonly", "CachedAttribute", "lazy_property"}


def _slots(kind: type) -> tuple[str, ...]:
    if kind not in _SLOTS:
        found: list[str] = []
        for base in kind.__mro__:
            slots = base.__dict__.get("__slots__", ())
            found += [slots] if isinstance(slots, str) else list(slots)
        _SLOTS[kind] = tuple(found)
    return _SLOTS[kind]


def _worked_out(kind: type, name: str) -> bool:
    """Whether an attribute only keeps what was worked out before."""
    if (kind, name) not in _WORKED_OUT:
        found = type(getattr(kind, name, None)).__name__ in _KEPT
        _WORKED_OUT[kind, name] = found or bool(_CACHES.fullmatch(name))
    return _WORKED_OUT[kind, name]
