"""Libraries whose readers and writers bypass Python's ``open``, so that audit hooks do not see them: data, then one
loader.

A row is ``module: (callables...)``; a callable is a function of the module or ``Class.__init__``. The first argument
(or the one named) is a path, a URL, or a list of them.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

Notice = Callable[[object], None]

READERS: dict[str, tuple[str, ...]] = {
    "pyarrow.parquet.core": (
        "read_table",
        "read_pandas",
        "read_schema",
        "read_metadata",
        "ParquetFile.__init__",
        "ParquetDataset.__init__",
    ),
    "pyarrow.parquet": ("read_table", "read_pandas", "read_schema", "read_metadata"),
    "pyarrow.feather": ("read_table", "read_feather"),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.json": ("read_json", "open_json"),
    "pyarrow.orc": ("read_table", "ORCFile.__init__"),
    "pyarrow.dataset": ("dataset", "parquet_dataset"),
    "pyarrow": ("memory_map",),
    "polars": (
        "read_csv",
        "read_parquet",
        "read_ipc",
        "read_json",
        "read_ndjson",
        "read_avro",
        "scan_csv",
        "scan_parquet",
        "scan_ipc",
        "scan_ndjson",
    ),
    "duckdb": ("connect", "read_csv", "read_parquet", "read_json", "from_parquet", "from_csv_auto"),
    "h5py._hl.files": ("File.__init__",),
    "tables.file": ("open_file",),
    "xgboost.core": ("DMatrix.__init__", "Booster.load_model"),
    "lightgbm.basic": ("Dataset.__init__",),
    "cv2": ("imread",),
    "onnxruntime.capi.onnxruntime_inference_collection": ("InferenceSession.__init__",),
    "psycopg2": ("connect",),
    "pymysql": ("connect",),
}
KEYWORDS = ("source", "where", "path", "paths", "file", "name", "database", "data", "fname", "filename", "host", "dsn")
COMMANDS: dict[str, tuple[str, ...]] = {
    "ipykernel.zmqshell": ("ZMQInteractiveShell.system_piped", "ZMQInteractiveShell.system"),
    "IPython.core.interactiveshell": ("InteractiveShell.getoutput", "InteractiveShell.system_raw"),
}
"""The shell escapes ``!command`` and ``files = !command``, which fork without an audit event."""


def first_argument(function: str, args: Sequence[Any], kwargs: dict[str, Any]) -> object:
    """What a wrapped callable is asked to read; ``None`` when that cannot be told."""
    values = args[1:] if "." in function else args
    if values:
        return values[0]
    return next((kwargs[keyword] for keyword in KEYWORDS if keyword in kwargs), None)


def watch(module: ModuleType, names: Sequence[str], notice: Notice) -> None:
    """Replace each of ``names`` in ``module`` by a wrapper that gives ``notice`` what is about to be read."""
    for name in names:
        owner: Any = module
        *path, last = name.split(".")
        for part in path:
            owner = getattr(owner, part, None)
        original = vars(owner).get(last) if owner is not None else None
        if callable(original):
            setattr(owner, last, _wrapped(original, name, notice))


def _wrapped(original: Callable[..., Any], name: str, notice: Notice) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        notice(first_argument(name, args, kwargs))
        return original(*args, **kwargs)

    return call


class AfterImport(importlib.abc.MetaPathFinder):
    """Watches the callables of a module as soon as the notebook imports it; imports nothing by itself."""

    def __init__(self, table: dict[str, tuple[tuple[str, ...], Notice]]) -> None:
        self._table = dict(table)

    def install(self) -> None:
        """Watch what is loaded already, and stand first in line for the rest."""
        for name in list(self._table):
            if name in sys.modules:
                watch(sys.modules[name], *self._table.pop(name))
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec that the other finders give, its loader extended by :func:`watch`."""
        names, notice = self._table.pop(fullname, (None, None))
        if names is None or notice is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                _extend(spec.loader, names, notice)
                return spec
        return None


def _extend(loader: Any, names: Sequence[str], notice: Notice) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        watch(module, names, notice)

    loader.exec_module = exec_module
