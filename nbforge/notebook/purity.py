"""What calls do to their receiver and arguments: the tables in ``purity/*.toml``, looked up by name.

A table speaks for the ``modules`` it names. ``[[function]]`` rules name functions and classes by their path below the
module, ``[[method]]`` rules name methods of whatever receiver. Keys of a rule:

``changes``    what the call may mutate: ``"receiver"`` (itself), ``"receiver*"`` (and what it holds),
               ``"arguments"``, a position or a keyword
``on``         ``frame``: the rule is for objects that are known to be of pandas, and goes before others
``gives``      ``nothing`` (a value that cannot change), ``fresh``, ``parts`` (a tuple of fresh), ``copy`` (shallow),
               ``holds`` (a new object that holds the arguments), ``iterator`` (the same, used up by reading),
               ``view`` (may share memory with them), ``self``
               (the receiver, or something that holds it)
``keeps``      the receiver keeps a reference to the arguments
``draws``      the global random generator it draws from, unless keyword ``unless`` is given
``trains``     it draws from whatever the objects involved draw from
``seeds``      the global random generator whose state it sets
``reads``, ``writes``   position of the path of the file it reads or writes
``settings``   it changes a setting that anything later may depend on
``quiet``      only shows something: functions given to it are not called
``generator``  it makes a random generator, which drawing changes
``spares``     the object it makes never changes what it holds
``retains``    the object it makes keeps what its methods are given, and never changes it
``rough``      the object it makes keeps, and may change, what its methods are given
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

_ORDER = ("nothing", "fresh", "parts", "copy", "iterator", "self", "holds", "view")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one call does; see the module's text."""

    changes: tuple[str | int, ...] = ()
    gives: str = "fresh"
    keeps: bool = False
    draws: str = ""
    unless: str = ""
    trains: bool = False
    seeds: str = ""
    reads: int | None = None
    writes: int | None = None
    settings: bool = False
    quiet: bool = False
    spares: bool = False
    generator: bool = False
    rough: bool = False
    retains: bool = False
    known: bool = True


UNKNOWN_FUNCTION = Rule(changes=("arguments",), gives="holds", known=False)
UNKNOWN_METHOD = Rule(changes=("receiver*", "arguments"), gives="view", keeps=True, known=False)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, merged: functions by full path, methods by name, and what holds for what is not listed."""

    functions: Mapping[str, Rule]
    methods: Mapping[str, Rule]
    frame_methods: Mapping[str, Rule]
    defaults: Mapping[str, tuple[Rule, Rule]]  # module: (functions, classes)
    modules: frozenset[str]
    words: Mapping[str, frozenset[str]]
    generators: frozenset[str]

    def function(self, path: str) -> Rule:
        """The rule of a library's function or class by its dotted path, such as ``numpy.random.seed``."""
        rule = self.functions.get(path)
        if rule is not None:
            return rule
        head, _, name = path.rpartition(".")
        while head:
            if head in self.defaults:
                return self.defaults[head][1 if name.lstrip("_")[:1].isupper() else 0]
            head = head.rpartition(".")[0]
        return UNKNOWN_FUNCTION

    def method(self, name: str, frame: bool = False) -> Rule:
        """The rule of a method, whatever its receiver is; ``frame``: it is known to be of pandas."""
        if frame and name in self.frame_methods:
            return self.frame_methods[name]
        return self.methods.get(name, UNKNOWN_METHOD)

    def knows(self, module: str) -> bool:
        """Whether a table speaks for ``module``."""
        return module.split(".", maxsplit=1)[0] in self.modules


@cache
def tables() -> Tables:
    """The tables as shipped."""
    functions: dict[str, Rule] = {}
    methods: dict[str, Rule] = {}
    frame_methods: dict[str, Rule] = {}
    defaults: dict[str, tuple[Rule, Rule]] = {}
    words: dict[str, set[str]] = {}
    for file in sorted((Path(__file__).parent / "purity").glob("*.toml")):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        for module in table["modules"]:
            if "functions" in table:
                defaults[module] = (_rule(table["functions"]), _rule(table.get("classes", table["functions"])))
            for raw in table.get("function", ()):
                functions.update({f"{module}.{name}".lstrip("."): _rule(raw) for name in raw["names"]})
        for raw in table.get("method", ()):
            if raw.get("on") == "frame":
                frame_methods.update({name: _rule(raw) for name in raw["names"]})
                continue
            for name in raw["names"]:
                methods[name] = _merged(methods[name], _rule(raw)) if name in methods else _rule(raw)
        for key, listed in table.get("words", {}).items():
            words.setdefault(key, set()).update(listed)
    modules = frozenset(module.split(".")[0] for module in defaults) | {path.split(".")[0] for path in functions}
    frozen = {key: frozenset(listed) for key, listed in words.items()}
    generators = frozenset(rule.seeds for rule in functions.values() if rule.seeds)
    return Tables(functions, methods, frame_methods, defaults, modules, frozen, generators)


def is_stdlib(module: str) -> bool:
    """Whether a module comes with Python."""
    return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def _rule(raw: Mapping[str, Any]) -> Rule:
    known = {key: value for key, value in raw.items() if key not in {"names", "on"}}
    if "changes" in known:
        known["changes"] = tuple(known["changes"])
    return Rule(**known)


def _merged(left: Rule, right: Rule) -> Rule:
    """The cautious answer where two libraries use one name."""
    return replace(
        left,
        changes=tuple(dict.fromkeys(left.changes + right.changes)),
        gives=max(left.gives, right.gives, key=_ORDER.index),
        keeps=left.keeps or right.keeps,
        draws=left.draws or right.draws,
        unless=left.unless if left.unless == right.unless or not right.draws else left.unless or right.unless,
        trains=left.trains or right.trains,
        reads=left.reads if left.reads is not None else right.reads,
        writes=left.writes if left.writes is not None else right.writes,
        settings=left.settings or right.settings,
        quiet=left.quiet and right.quiet,
    )
