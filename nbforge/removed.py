"""Calls that libraries have removed or renamed, and what replaces them; the facts are in ``removed.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_MIXIN_OF = {
    "NDFrame": "DataFrame",
    "StringMethods": "str",
    "XGBModel": "XGBClassifier",
    "LGBMModel": "LGBMClassifier",
    "_BaseRidgeCV": "RidgeCV",
    "FigureBase": "Figure",
}
"""Where a method that Python's own message names was written, and a class that has it."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Something that a library no longer has.

    Attributes:
        library: the distribution.
        name: what is gone, as people write it: ``pandas.Panel``, ``DataFrame.append``, ``OneHotEncoder(sparse=...)``.
        since: the first version without it.
        replacement: what to use; code in backticks; begins with ``nothing`` where it is simply left out.
        pin: a requirement that still has it, where Python 3.11 can run that.
    """

    library: str
    name: str
    since: str
    replacement: str
    pin: str | None = None

    def told(self) -> str:
        """Two sentences for people: what happened, what to do."""
        version = f"{self.library} {self.since}"
        if self.replacement.startswith("nothing"):
            _, _, instead = self.replacement.partition(": ")
            return f"{version} removed `{self.name}`. Nothing replaces it{f': {instead}' if instead else ''}."
        return f"{version} removed `{self.name}`. Use {self.replacement}."


_Entries = Iterator[tuple[Any, str, str]]
"""Key, name for people, replacement."""


@dataclass(frozen=True, slots=True)
class _Tables:
    paths: Mapping[str, Removed]
    methods: Mapping[tuple[str, str], Removed]
    parameters: Mapping[tuple[str, str], Removed]
    values: Mapping[tuple[str, str, str], Removed]
    positional: Mapping[str, Removed]
    defaults: Mapping[str, Removed]
    kinds: Mapping[str, tuple[str, ...]]
    same: frozenset[str]
    moved: Mapping[str, str]


def entries() -> Iterator[Removed]:
    """All that is known to be gone."""
    tables = _tables()
    for table in (tables.paths, tables.methods, tables.parameters, tables.values, tables.positional, tables.defaults):
        yield from table.values()


def same(entry: Removed) -> str | None:
    """What may stand in the place of what is gone, as it is, where that only got another name."""
    name, _, rest = entry.replacement.removeprefix("`").partition("`")
    return name if entry.name in _tables().same and (not rest or rest.startswith(",")) else None


def moved(module: str, name: str) -> str | None:
    """The module that has ``name`` of a removed ``module`` now; empty where it is one itself."""
    table = _tables().moved
    return table.get(f"{module}.{name}", table.get(module))


def lookup(dotted_path: str) -> Removed | None:
    """What became of a module, function, class or constant.

    Args:
        dotted_path: with the library's import name: ``sklearn.cross_validation.train_test_split``. What a removed
            module held is found by the module.
    """
    path = dotted_path
    while path:
        if found := _tables().paths.get(path):
            return found
        path = path.rpartition(".")[0]
    return None


def method(name: str, kind: str | None = None) -> Removed | None:
    """What became of a method or an attribute of an object.

    Args:
        name: of the method.
        kind: a kind of ``removed.toml`` (``frame``, ``array``, ...) or the name of a class (``DataFrame``). Without
            one, any kind's, if all kinds that had the name say the same.
    """
    methods = _tables().methods
    if kind is not None:
        found = (methods.get((each, name)) for each in (kind, *kinds_of(kind)))
        return next((entry for entry in found if entry), None)
    entries = [entry for (_, each), entry in methods.items() if each == name]
    return entries[0] if len({entry.replacement for entry in entries}) == 1 else None


def parameter(callee: str, keyword: str) -> Removed | None:
    """What became of a parameter.

    Args:
        callee: ``sklearn.preprocessing.OneHotEncoder``, or an end of it; a method as ``XGBClassifier.fit`` or by its
            own name.
        keyword: of the parameter.
    """
    return _by_end(callee, {path: entry for (path, each), entry in _tables().parameters.items() if each == keyword})


def value(callee: str, keyword: str, given: str) -> Removed | None:
    """What became of a value of a parameter, such as ``max_features="auto"``; ``callee`` as in :func:`parameter`."""
    fitting = {path: entry for (path, key, each), entry in _tables().values.items() if (key, each) == (keyword, given)}
    return _by_end(callee, fitting)


def positional(callee: str) -> Removed | None:
    """What has to be named now in a call that gave it by position; ``callee`` as in :func:`parameter`."""
    return _by_end(callee, _tables().positional)


def default(callee: str) -> Removed | None:
    """What has to be said now in a call that did without; ``callee`` as in :func:`parameter`."""
    return _by_end(callee, _tables().defaults)


def kinds_of(class_name: str) -> tuple[str, ...]:
    """The kinds that a class is of, by the class's own name."""
    return tuple(kind for kind, classes in _tables().kinds.items() if class_name in classes)


def _by_end(callee: str, entries: Mapping[str, Removed]) -> Removed | None:
    parts = callee.split(".")
    wanted = ".".join(_MIXIN_OF.get(part, part) for part in parts)
    if wanted in entries:
        return entries[wanted]
    return next((entry for path, entry in entries.items() if path.endswith(f".{wanted}")), None)


@cache
def _tables() -> _Tables:
    document = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    pins, kinds, renamed = document.pop("pins"), document.pop("kinds"), document.pop("renamed")
    classes = {kind: tuple(path.rpartition(".")[2] for path in paths) for kind, paths in kinds.items()}
    tables = _Tables({}, {}, {}, {}, {}, {}, classes, frozenset(renamed["same"]), renamed["moved"])
    for library, versions in document.items():
        for since, sections in versions.items():
            for section, table in sections.items():
                known: dict[Any, Removed] = getattr(tables, section)
                pin = _pin(library, since, pins.get(library))
                for key, name, replacement in _READERS[section](table):
                    known[key] = Removed(library, name, since, replacement, pin)
    return tables


def _pin(library: str, since: str, oldest: str | None) -> str | None:
    newer = oldest is not None and _numbers(since) > _numbers(oldest)
    return f"{library}<{since}" if newer else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _paths(table: Mapping[str, str]) -> _Entries:
    return ((path, path.removeprefix("builtins."), replacement) for path, replacement in table.items())


def _methods(table: Mapping[str, Mapping[str, str]]) -> _Entries:
    return (
        ((kind, name), f".{name}", replacement) for kind, names in table.items() for name, replacement in names.items()
    )


def _parameters(table: Mapping[str, Mapping[str, str]]) -> _Entries:
    for path, parameters in table.items():
        for keyword, replacement in parameters.items():
            yield (path, keyword), f"{_short(path)}({keyword}=...)", replacement


def _values(table: Mapping[str, Mapping[str, Mapping[str, str]]]) -> _Entries:
    for path, parameters in table.items():
        for keyword, values in parameters.items():
            for given, replacement in values.items():
                yield (path, keyword, given), f"{_short(path)}({keyword}='{given}')", replacement


def _positional(table: Mapping[str, str]) -> _Entries:
    return ((path, f"{_short(path)}(..., value)", f"the name of the value: {names}") for path, names in table.items())


def _defaults(table: Mapping[str, str]) -> _Entries:
    return ((path, f"{_short(path)}() of a frame with text", said) for path, said in table.items())


_READERS: Mapping[str, Callable[[Any], _Entries]] = {
    "paths": _paths,
    "methods": _methods,
    "parameters": _parameters,
    "values": _values,
    "positional": _positional,
    "defaults": _defaults,
}


def _short(path: str) -> str:
    parts = path.split(".")
    classes = [index for index, part in enumerate(parts) if part[:1].isupper()]
    return ".".join(parts[classes[0] :] if classes else parts[-1:])
