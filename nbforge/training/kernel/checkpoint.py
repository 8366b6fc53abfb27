"""The user's namespace as one pickle stream, and back: how an edited predict cell meets the state of a past training.

One stream, so that objects shared between variables, and between variables and the session, stay shared. A function
of the notebook is stored without the globals it reads: its ``__globals__`` *is* the namespace, in the stream by
reference, so that a restored function sees every later rebinding, as it did in the kernel that defined it.
"""

from __future__ import annotations

import os
import pickle
import random
import sys
import warnings
from collections.abc import Callable, Collection
from pathlib import Path
from types import FunctionType
from typing import Any, BinaryIO

import cloudpickle

from nbforge.training.kernel.hooks import SESSION

Namespace = dict[str, Any]

_NAMESPACE = "nbforge.namespace"


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    def __init__(self, file: Any, namespace: Namespace) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._namespace = namespace

    def persistent_id(self, obj: Any) -> str | None:
        return _NAMESPACE if obj is self._namespace else None

    def _dynamic_function_reduce(self, func: Any) -> Any:
        reduced = super()._dynamic_function_reduce(func)
        if func.__globals__ is not self._namespace:
            return reduced
        make, (code, _globals, *rest), (attributes, slots), *tail = reduced
        return make, (code, self._namespace, *rest), (attributes, {**slots, "__globals__": {}}), *tail


class Lost:
    """Stands for an object of the session's that no pickle takes; using it raises ``LookupError``."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what pickle and copy ask for
            raise AttributeError(name)
        raise LookupError(f"a {self._what} could not be saved")


class _TolerantPickler(_Pickler):
    """Writes :class:`Lost` for an object that refuses, where the plain pickler gives up."""

    def reducer_override(self, obj: Any) -> Any:
        reduced = super().reducer_override(obj)
        by_name = isinstance(obj, type | FunctionType) or type(obj) in self.dispatch_table
        if reduced is not NotImplemented or by_name:
            return reduced
        try:
            return obj.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001  # as in save
            return Lost, (type(obj).__qualname__,)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, namespace: Namespace) -> None:
        super().__init__(file)
        self._namespace = namespace

    def persistent_load(self, pid: Any) -> Namespace:
        if pid != _NAMESPACE:
            raise pickle.UnpicklingError(f"unknown reference {pid!r}")
        return self._namespace


class _Nowhere:
    """A file that keeps nothing: finding out whether a value pickles needs no memory."""

    def write(self, data: Any) -> int:
        return len(data)


def save(
    namespace: Namespace, path: Path, skip: Collection[str], state: Any = None
) -> tuple[list[str], dict[str, str]]:
    """Write ``namespace`` and the session's ``state`` to ``path``.

    Args:
        namespace: the kernel's user namespace itself (not a copy).
        path: the file; written whole or not at all.
        skip: names to leave out (the shell's own).
        state: values held outside the namespace. What of it no pickle takes is :class:`Lost`.

    Returns:
        The names saved, and the names that no pickle takes with the reason; :data:`SESSION` among them when the state
        lacks something.

    Raises:
        OSError: the disk is full.
    """
    names = {name: value for name, value in namespace.items() if name not in skip and not name.startswith("__")}
    temporary = path.with_name(path.name + ".part")
    unsaved: dict[str, str] = {}
    try:
        try:
            _write(temporary, _Pickler, namespace, names, state)
        except OSError:
            raise
        except Exception:  # noqa: BLE001  # pickling runs code of every library there is
            unsaved = {name: reason for name, value in names.items() if (reason := _why_not(value, namespace))}
            names = {name: value for name, value in names.items() if name not in unsaved}
            lacking = _why_not(state, namespace)
            if lacking:
                unsaved[SESSION] = lacking
            _write(temporary, _TolerantPickler if lacking else _Pickler, namespace, names, state)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return list(names), unsaved


def restore(path: Path, namespace: Namespace) -> Any:
    """Bring ``namespace``, and the process's settings, to what :func:`save` saw; returns its ``state``.

    Names that ``namespace`` already has (the shell's) stay unless the checkpoint has them too.
    """
    with path.open("rb") as file:
        _apply_process(pickle.load(file))  # noqa: S301  # this user's own cache, readable by nobody else
        unpickler = _Unpickler(file, namespace)
        names, state, settings = unpickler.load()
    namespace.update(names)
    for setter, value in settings:
        _SETTINGS[setter][1](value)
    return state


def _write(path: Path, pickler: type[_Pickler], namespace: Namespace, names: Namespace, state: Any) -> None:
    with path.open("wb") as file:
        path.chmod(0o600)
        pickle.dump(_process(), file)
        pickler(file, namespace).dump((names, state, _settings()))


def _why_not(value: Any, namespace: Namespace) -> str:
    try:
        _Pickler(_Nowhere(), namespace).dump(value)
    except Exception as error:  # noqa: BLE001  # as above
        return f"{type(error).__name__}: {error}"
    return ""


_environ_at_start = dict(os.environ)


def _process() -> dict[str, Any]:
    """What unpickling itself may depend on: working directory, import path, environment variables."""
    changed = {name: value for name, value in os.environ.items() if _environ_at_start.get(name) != value}
    return {
        "cwd": str(Path.cwd()),
        "path": list(sys.path),
        "environ": changed,
        "removed": [name for name in _environ_at_start if name not in os.environ],
    }


def _apply_process(saved: dict[str, Any]) -> None:
    os.chdir(saved["cwd"])
    # What the notebook put first stays first; entries of this process (another run's overlay, say) stay reachable.
    sys.path[:] = [*saved["path"], *(entry for entry in sys.path if entry not in saved["path"])]
    os.environ.update(saved["environ"])
    for name in saved["removed"]:
        os.environ.pop(name, None)


def _settings() -> list[tuple[str, Any]]:
    """Settings of libraries that the notebook has imported, best effort: one that fails is left as it is."""
    found = []
    for module, (get, _set) in _SETTINGS.items():
        if module in sys.modules:
            try:
                value = get()
                _Pickler(_Nowhere(), {}).dump(value)
            except Exception:  # noqa: BLE001, S112  # best effort, as said
                continue
            found.append((module, value))
    return found


def _pandas_options() -> dict[str, Any]:
    import pandas as pd

    groups = {name: getattr(pd.options, name) for name in ("display", "mode", "compute", "future")}
    values = {f"{name}.{key}": getattr(group, key) for name, group in groups.items() for key in dir(group)}
    return {key: value for key, value in values.items() if isinstance(value, bool | int | float | str | None)}


def _set_pandas_options(saved: dict[str, Any]) -> None:
    import pandas as pd

    now = _pandas_options()
    for key, value in saved.items():
        if now.get(key) != value:
            pd.set_option(key, value)


def _numpy_state() -> Any:
    import numpy as np

    return np.random.get_state(), np.geterr(), np.get_printoptions()


def _set_numpy_state(saved: Any) -> None:
    import numpy as np

    np.random.set_state(saved[0])
    np.seterr(**saved[1])
    np.set_printoptions(**saved[2])


def _sklearn_config() -> dict[str, Any]:
    import sklearn

    return dict(sklearn.get_config())


def _set_sklearn_config(saved: dict[str, Any]) -> None:
    import sklearn

    sklearn.set_config(**saved)


def _set_filters(saved: list[Any]) -> None:
    warnings.filters[:] = saved  # type: ignore[index]  # a list, which typeshed declares as a sequence


_SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
    "random": (random.getstate, random.setstate),
    "numpy": (_numpy_state, _set_numpy_state),
    "pandas": (_pandas_options, _set_pandas_options),
    "sklearn": (_sklearn_config, _set_sklearn_config),
    "warnings": (lambda: list(warnings.filters), _set_filters),
}
