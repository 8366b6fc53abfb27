"""Reads what skops wrote, without importing skops.

skops' own loader first imports every estimator that scikit-learn has, to know their names, though a service needs two
or three. So a file's record lists the types that the file names, skops having judged them when the file was saved, and
this reader constructs these and no others. Which files it can read is tried when they are saved: what does not come
back the same is left to skops.

The format is that of skops' protocol 2: a tree of nodes, each naming a type and the ``__loader__`` that makes it.
"""

from __future__ import annotations

import functools
import importlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

PROTOCOL = 2

_NO_TYPE = "JsonNode"

Node = Mapping[str, Any]


class UnreadableError(Exception):
    """The file holds what only skops can read, or names a type that its record does not list."""


def types_of(path: Path) -> set[str]:
    """Every type that a file names."""
    with zipfile.ZipFile(path) as archive:
        return _names(json.loads(archive.read("schema.json")))


def read(path: Path, types: Collection[str]) -> Any:
    """The object in a file.

    Args:
        path: the file.
        types: those that may be constructed, as ``module.name``.

    Raises:
        UnreadableError: the file is of another protocol, or names what is not listed; nothing of it was constructed.
    """
    with zipfile.ZipFile(path) as archive:
        schema = json.loads(archive.read("schema.json"))
        if schema.get("protocol") != PROTOCOL:
            raise UnreadableError(f"protocol {schema.get('protocol')}")
        unlisted = _names(schema) - set(types)
        if unlisted:
            raise UnreadableError(f"types that its record does not list: {', '.join(sorted(unlisted))}")
        unknown = {node["__loader__"] for node in nodes(schema) if "__loader__" in node} - _MAKERS.keys()
        if unknown:
            raise UnreadableError(f"nodes of {', '.join(sorted(unknown))}")
        return _Reading(archive).make(schema)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a schema, depth first, in the order in which it is written."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield each
            stack.extend(reversed(list(each.values())))
        elif isinstance(each, list):
            stack.extend(reversed(each))


def _names(schema: Any) -> set[str]:
    named = (node for node in nodes(schema) if node.get("__loader__", _NO_TYPE) != _NO_TYPE)
    return {f"{node['__module__']}.{node['__class__']}" for node in named}


class _Reading:
    """One file being read. What several places share is made once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._made: dict[Any, Any] = {}

    def make(self, node: Node) -> Any:
        number = node.get("__id__")
        if number is None:
            return _MAKERS[node["__loader__"]](self, node)
        if number not in self._made:
            self._made[number] = _MAKERS[node["__loader__"]](self, node)
        return self._made[number]

    def file(self, node: Node) -> bytes:
        return self._archive.read(node["file"])


def _type(node: Node) -> Any:
    return getattr(importlib.import_module(node["__module__"]), node["__class__"])


def _dict(reading: _Reading, node: Node) -> Any:
    content = _type(node)()
    key_types = reading.make(node["key_types"])
    for kind, (key, value) in zip(key_types, node["content"].items(), strict=True):
        content[kind(key)] = reading.make(value)
    return content


def _default_dict(reading: _Reading, node: Node) -> Any:
    made = defaultdict(None, reading.make(node["content"]["main"]))
    made.default_factory = reading.make(node["content"]["default_factory"])
    return made


def _sequence(reading: _Reading, node: Node) -> Any:
    return _type(node)([reading.make(each) for each in node["content"]])


def _tuple(reading: _Reading, node: Node) -> Any:
    kind, content = _type(node), tuple(reading.make(each) for each in node["content"])
    return kind(*content) if hasattr(kind, "_fields") else content


def _bytes(reading: _Reading, node: Node) -> Any:
    return _type(node)(reading.file(node))


def _slice(_: _Reading, node: Node) -> slice:
    return slice(*(node["content"][each] for each in ("start", "stop", "step")))


def _named(_: _Reading, node: Node) -> Any:
    return _type(node)


def _partial(reading: _Reading, node: Node) -> Any:
    function, args, keywords, namespace = (
        reading.make(node["content"][each]) for each in ("func", "args", "kwds", "namespace")
    )
    made = functools.partial(function, *args, **keywords)
    vars(made).update(namespace or {})
    return made


def _called(reading: _Reading, node: Node) -> Any:
    return _type(node)(*reading.make(node["content"]))


def _object(reading: _Reading, node: Node) -> Any:
    kind = _type(node)
    made = kind.__new__(kind)
    if node.get("content") is not None:
        _restore(made, reading.make(node["content"]))
    return made


def _reduced(reading: _Reading, node: Node) -> Any:
    made = _type(node)(*reading.make(node["__reduce__"]["args"]))
    _restore(made, reading.make(node["content"]) or None)
    return made


def _restore(made: Any, state: Any) -> None:
    if state is None:
        return
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
    else:
        vars(made).update(state)


def _json(_: _Reading, node: Node) -> Any:
    return json.loads(node["content"])


def _array(reading: _Reading, node: Node) -> Any:
    if node["type"] == "numpy":
        content: Any = np.load(io.BytesIO(reading.file(node)), allow_pickle=False)
        kind = _type(node)
        return content if kind is np.ndarray else kind(content)
    items = [reading.make(each) for each in node["content"]]
    if len(reading.make(node["shape"])) != 1:
        return np.array(items, dtype=object)
    content = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        content[position] = item
    return content


def _dtype(reading: _Reading, node: Node) -> Any:
    return reading.make(node["content"]).dtype


def _random_state(reading: _Reading, node: Node) -> Any:
    made = _type(node)()
    made.set_state(reading.make(node["content"]))
    return made


def _random_generator(reading: _Reading, node: Node) -> Any:
    state = reading.make(node["content"]["bit_generator"])
    # The one type that a file names in its data: nothing but a bit generator is called.
    kind = getattr(np.random, state["bit_generator"], None)
    if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
        raise UnreadableError(f"{state['bit_generator']!r} is no bit generator")
    bits = kind(np.random.SeedSequence(**reading.make(node["content"]["seed_seq"])))
    bits.state = state
    return _type(node)(bits)


def _sparse(reading: _Reading, node: Node) -> Any:
    from scipy.sparse import load_npz

    return load_npz(io.BytesIO(reading.file(node)))


_MAKERS: Mapping[str, Callable[[_Reading, Node], Any]] = {
    "DictNode": _dict,
    "DefaultDictNode": _default_dict,
    "ListNode": _sequence,
    "SetNode": _sequence,
    "TupleNode": _tuple,
    "BytesNode": _bytes,
    "BytearrayNode": _bytes,
    "SliceNode": _slice,
    "FunctionNode": _named,
    "TypeNode": _named,
    "PartialNode": _partial,
    "ConstructorFromReduceNode": _called,
    "ObjectNode": _object,
    "TreeNode": _reduced,
    "LossNode": _reduced,
    "JsonNode": _json,
    "NdArrayNode": _array,
    "DTypeNode": _dtype,
    "RandomStateNode": _random_state,
    "RandomGeneratorNode": _random_generator,
    "SparseMatrixNode": _sparse,
}
