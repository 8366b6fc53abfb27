"""What calls do to their receiver and arguments: the tables in ``purity/*.toml``, looked up by name.

A table speaks for the ``modules`` it names. ``[[function]]`` rules name functions and classes by their path below the
module, ``[[method]]`` rules name methods of whatever receiver. Keys of a rule:

``changes``    what the call may mutate: ``"receiver"`` (itself), ``"receiver*"`` (and what it holds), ``"picture"``
               (itself, where it is known to be one), ``"arguments"``, a position or a keyword
``out``        position or keyword of an array that, where given, it writes to and gives; the keyword ``out`` always is
``on``         a kind of objects (``makes``; ``container``: of Python): the rule is for receivers known to be of it, and
               goes before others
``gives``      ``nothing`` (a value that cannot change), ``fresh``, ``parts`` (a tuple of fresh), ``copy`` (shallow),
               ``holds`` (a new object that holds the arguments), ``list`` (a container of their elements), ``iterator``
               (the same, used up by reading), ``tuples`` (an iterator over tuples of them), ``iterators`` (such as
               use each other up), ``element`` (one of them), ``view`` (may share memory with them), ``self``
               (the receiver, or something that holds it), ``module`` (state of the module)
``pours``      of containers that it holds, down to this depth, only the elements
``again``      the iterator can be read as often as one likes
``makes``      the kind of what it gives: ``frame`` (of pandas), ``picture``, ``style`` (of a frame), ``class``,
               ``filling`` (asking it for a key may add the key)
``keeps``      the receiver keeps a reference to the arguments
``takes``      the receiver keeps references to the elements of the arguments
``draws``      the global random generator it draws from, unless keyword ``unless`` is given; with ``draws_with``, only
               where one of these keywords is given one of these values, or one that is not known
``jitters``    the global random generator that a plot draws from, which no plot is kept for
``trains``     it draws from whatever the objects involved draw from
``seeds``      the global random generator whose state it sets
``reads``, ``writes``   position of the path of the file it reads or writes; -1 is the receiver, 99 any file
``opens``      what it gives reads and writes the file at ``reads`` later on; ``r``: it only reads, unless a mode is
               given that says otherwise, ``w``: it may write whatever mode is given
``settings``   it changes a setting that anything later may depend on
``quiet``      functions given to it are not called: it only shows something, or gives what calls them later
``generator``  it makes a random generator, which drawing changes
``spares``     the object it makes never changes what it holds
``fixed``      the object it makes is never changed by being used, only by assigning to its attributes
``retains``    the object it makes keeps what its methods are given, and never changes it
``rough``      the object it makes keeps, and may change, what its methods are given
``removed``    the library has it no longer: since when
``untested``   why the rule is not tried out on the library itself; of a table, why none of it is

``[[keyword]]`` rules say what a keyword does whatever it is given to: ``changes`` (``"receiver"`` or
``"arguments"``) unless its value is ``harmless``; not in calls of anything below ``spares``. A path in ``names`` may
have ``*`` for one part: ``stats.*.rvs``.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

_ORDER = (
    *("nothing", "fresh", "parts", "copy", "list", "iterator", "tuples"),
    *("self", "holds", "iterators", "element", "view"),
)
_ANY_FILE = 99
_RECEIVERS = frozenset({"receiver", "receiver*"})
_BUILTIN_CLASSES = frozenset(
    {"list", "dict", "set", "str", "bytes", "bytearray", "tuple", "frozenset", "deque", "defaultdict"}
)
_NOTES = frozenset({"names", "on", "removed", "untested"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What one call does; see the module's text."""

    changes: tuple[str | int, ...] = ()
    gives: str = "fresh"
    makes: str = ""
    out: int | str | None = None
    pours: int = 0
    again: bool = False
    keeps: bool = False
    takes: bool = False
    draws: str = ""
    unless: str = ""
    draws_with: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    jitters: str = ""
    trains: bool = False
    seeds: str = ""
    reads: int | None = None
    writes: int | None = None
    opens: str = ""
    settings: bool = False
    quiet: bool = False
    spares: bool = False
    fixed: bool = False
    generator: bool = False
    rough: bool = False
    retains: bool = False
    known: bool = True
    calm: bool = field(init=False, compare=False)  # nothing but what it gives, and what it calls back, needs a look
    acts: bool = field(init=False, compare=False)  # it does something wherever it is called

    def __post_init__(self) -> None:
        changing = self.changes or self.out is not None or self.keeps or self.takes or self.trains or self.settings
        around = self.draws or self.seeds or self.reads is not None or self.writes is not None
        acts = self.known and (self.changes or self.settings or around)
        object.__setattr__(self, "acts", bool(acts))
        object.__setattr__(self, "calm", self.known and not changing and not around)


@dataclass(frozen=True, slots=True)
class Keyword:
    """What giving a keyword does."""

    changes: str
    harmless: object
    spares: tuple[str, ...] = ()


UNKNOWN_FUNCTION = Rule(changes=("arguments",), gives="holds", known=False)
UNKNOWN_METHOD = Rule(changes=("receiver*", "arguments"), gives="view", keeps=True, known=False)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, merged: functions by full path, methods by name, and what holds for what is not listed."""

    functions: Mapping[str, Rule]
    methods: Mapping[str, Rule]
    kinds: Mapping[str, Mapping[str, Rule]]  # kind of receiver: methods by name
    keywords: Mapping[str, Keyword]
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
        outer, _, owner = head.rpartition(".")
        rule = self.functions.get(f"{outer}.*.{name}")
        if rule is not None:
            return rule
        if name in self.methods and (owner.lstrip("_")[:1].isupper() or owner in _BUILTIN_CLASSES):
            return self._through_class(self.methods[name])
        while head:
            if head in self.defaults:
                return self.defaults[head][1 if name.lstrip("_")[:1].isupper() else 0]
            head = head.rpartition(".")[0]
        return UNKNOWN_FUNCTION

    def _through_class(self, rule: Rule) -> Rule:
        """The rule of a method that is called as ``list.append(found, item)``, or on the class itself."""
        changes = tuple(
            0 if item in _RECEIVERS else item + 1 if isinstance(item, int) else item for item in rule.changes
        )
        shift = {
            name: at + 1 for name in ("reads", "writes") if (at := getattr(rule, name)) is not None and at < _ANY_FILE
        }
        return replace(rule, changes=changes, gives="holds" if rule.gives == "self" else rule.gives, **shift)

    def method(self, name: str, kind: str = "") -> Rule:
        """The rule of a method, whatever its receiver is; ``kind``: what the receiver is known to be."""
        if kind:
            rule = self.kinds.get(kind, {}).get(name)
            if rule is not None:
                return rule
        return self.methods.get(name, UNKNOWN_METHOD)

    def knows(self, module: str) -> bool:
        """Whether a table speaks for ``module``."""
        return module.split(".", maxsplit=1)[0] in self.modules


@cache
def tables() -> Tables:
    """The tables as shipped."""
    reading = _Reading()
    for file in sorted((Path(__file__).parent / "purity").glob("*.toml")):
        reading.table(tomllib.loads(file.read_text(encoding="utf-8")))
    return reading.result()


class _Reading:
    """Tables, merged one after the other."""

    def __init__(self) -> None:
        self.functions: dict[str, Rule] = {}
        self.methods: dict[str, Rule] = {}
        self.kinds: dict[str, dict[str, Rule]] = {}
        self.keywords: dict[str, Keyword] = {}
        self.defaults: dict[str, tuple[Rule, Rule]] = {}
        self.words: dict[str, set[str]] = {}

    def table(self, table: Mapping[str, Any]) -> None:
        for module in table["modules"]:
            if "functions" in table:
                defaults = _rule(table["functions"]), _rule(table.get("classes", table["functions"]))
                self.defaults[module] = defaults
            for raw in table.get("function", ()):
                self.functions.update({f"{module}.{name}".lstrip("."): _rule(raw) for name in raw["names"]})
        for raw in table.get("method", ()):
            rule = _rule(raw)
            known = self.kinds.setdefault(raw["on"], {}) if "on" in raw else self.methods
            for name in raw["names"]:
                known[name] = _merged(known[name], rule) if name in known else rule
        for raw in table.get("keyword", ()):
            keyword = Keyword(raw["changes"], raw.get("harmless"), tuple(raw.get("spares", ())))
            self.keywords.update(dict.fromkeys(raw["names"], keyword))
        for key, listed in table.get("words", {}).items():
            self.words.setdefault(key, set()).update(listed)

    def result(self) -> Tables:
        modules = {module.split(".")[0] for module in self.defaults} | {path.split(".")[0] for path in self.functions}
        words = {key: frozenset(listed) for key, listed in self.words.items()}
        generators = frozenset(rule.seeds for rule in self.functions.values() if rule.seeds)
        return Tables(
            self.functions,
            self.methods,
            self.kinds,
            self.keywords,
            self.defaults,
            frozenset(modules),
            words,
            generators,
        )


@cache
def is_stdlib(module: str) -> bool:
    """Whether a module comes with Python."""
    return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def _rule(raw: Mapping[str, Any]) -> Rule:
    known = {key: value for key, value in raw.items() if key not in _NOTES}
    if "changes" in known:
        known["changes"] = tuple(known["changes"])
    if "draws_with" in known:
        known["draws_with"] = {key: tuple(values) for key, values in known["draws_with"].items()}
    return Rule(**known)


def _merged(left: Rule, right: Rule) -> Rule:
    """The cautious answer where two libraries use one name."""
    return replace(
        left,
        changes=tuple(dict.fromkeys(left.changes + right.changes)),
        gives=_either(left.gives, right.gives),
        makes=left.makes if left.makes == right.makes else "",
        keeps=left.keeps or right.keeps,
        draws=left.draws or right.draws,
        unless=left.unless if left.unless == right.unless or not right.draws else left.unless or right.unless,
        trains=left.trains or right.trains,
        reads=left.reads if left.reads is not None else right.reads,
        writes=left.writes if left.writes is not None else right.writes,
        settings=left.settings or right.settings,
        quiet=left.quiet and right.quiet,
    )


def _either(left: str, right: str) -> str:
    """What covers both; above ``copy``, one does not contain the other."""
    less, more = sorted((left, right), key=_ORDER.index)
    contained = less in {"nothing", "fresh", "parts", more} or (less == "copy" and more in {"iterator", "holds"})
    return more if contained else "view"
