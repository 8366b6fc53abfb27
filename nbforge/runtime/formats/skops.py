"""scikit-learn estimators, and what is built of them, by ``skops``: it constructs only types it was told to trust.

The record's ``trusted`` lists the types beyond those that skops knows to be safe, as it gives them, and ``known`` the
others that the file names: what skops knows depends on what is imported, such as scikit-learn's experimental
estimators, so exactly all of them are passed to its loader. skops names members by ``id()`` and stamps them with the
time; here they are numbered in order of appearance, sets are sorted, and immutable values share a number where they
are equal, so that the same object makes the same bytes in any process.

Where :mod:`~nbforge.runtime.formats._skops_reader` cannot read a file, its record says ``"reader": "skops"``.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nbforge.runtime.errors import FormatError
from nbforge.runtime.formats import _archive, _skops_reader

PRIORITY = 50
SUFFIX = ".skops"
UNSAFE = False

_IMMUTABLE = {"JsonNode", "TypeNode", "FunctionNode"}
_SETS = {"SetNode"}


def can_save(value: Any) -> bool:
    """Whether it is meant for this value."""
    import importlib.util

    # A bare class or function needs no file: the scoring module defines or imports it.
    return not isinstance(value, type) and importlib.util.find_spec("skops") is not None


def save(value: Any, path: Path) -> dict[str, Any]:
    """Write the file."""
    from skops.io import dumps, get_untrusted_types

    from nbforge.runtime.formats import _pickling

    # skops writes an object that hides its state in C as an empty one.
    _pickling.check(value)
    content = _canonical(dumps(value))
    _archive.write(path, content)
    trusted = list(get_untrusted_types(file=path))
    types = _skops_reader.types_of(path)
    if any(name.startswith("pyarrow.") for name in {*types, *trusted}):
        raise FormatError("skops writes Arrow's arrays as empty ones, which cannot be read without a crash")
    known = sorted(types - set(trusted))
    own = _reads_back(path, [*trusted, *known], content)
    return {"trusted": trusted, "known": known, **({} if own else {"reader": "skops"})}


def load(path: Path, record: Mapping[str, Any]) -> Any:
    """Read it back."""
    types = [*record["trusted"], *record.get("known", ())]
    if "known" in record and record.get("reader") != "skops":
        return _skops_reader.read(path, types)
    import skops.io

    return skops.io.load(path, trusted=types)


def _reads_back(path: Path, types: list[str], content: dict[str, bytes]) -> bool:
    """Whether the reader gives an object that skops writes as the same content."""
    from skops.io import dumps

    try:
        return _canonical(dumps(_skops_reader.read(path, types))) == content
    except Exception:  # noqa: BLE001 - whatever it is, skops can still read the file
        return False


def _canonical(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read("schema.json"))
        _forget_ids(schema)
        _sort_sets(schema)
        files, numbers = _numbering(schema)
        members = {new: _content(archive.read(old)) for old, new in files.items()}
    for node in _skops_reader.nodes(schema):
        if "__id__" in node:
            node["__id__"] = numbers[_identity(node)]
        if isinstance(node.get("file"), str) and node["file"] in files:
            node["file"] = files[node["file"]]
    text = json.dumps(schema, separators=(",", ":"))
    return {"schema.json": text.encode(), **members}


def _numbering(schema: dict[str, Any]) -> tuple[dict[str, str], dict[Any, int]]:
    files: dict[str, str] = {}
    numbers: dict[Any, int] = {}
    for node in _skops_reader.nodes(schema):
        if "__id__" in node:
            numbers.setdefault(_identity(node), len(numbers) + 1)
        file = node.get("file")
        if isinstance(file, str) and "__loader__" in node:
            files.setdefault(file, f"{len(files)}{Path(file).suffix}")
    return files, numbers


def _identity(node: Mapping[str, Any]) -> Any:
    if node.get("__loader__") in _IMMUTABLE:
        return node["__module__"], node["__class__"], repr(node.get("content"))
    return node["__id__"]


def _forget_ids(schema: dict[str, Any]) -> None:
    """Text vectorizers keep an ``id()`` to remember that their stop words were checked; 0 makes them check again."""
    for node in _skops_reader.nodes(schema):
        if isinstance(node.get("_stop_words_id"), dict):
            node["_stop_words_id"]["content"] = "0"


def _sort_sets(schema: dict[str, Any]) -> None:
    for node in reversed(list(_skops_reader.nodes(schema))):
        if node.get("__loader__") in _SETS:
            node["content"].sort(key=_anonymous)


def _anonymous(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_anonymous(each)}" for key, each in value.items() if key != "__id__") + "}"
    return "[" + ",".join(map(_anonymous, value)) + "]" if isinstance(value, list) else repr(value)


def _content(data: bytes) -> bytes:
    """Padding inside the records of a tree's nodes is whatever memory held; all else is deterministic."""
    if data[:6] != np.lib.format.MAGIC_PREFIX:
        return data
    array = _archive.array_of(data)
    return _archive.array_bytes(array) if array.dtype.names else data
