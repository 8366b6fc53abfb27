"""What a rule claims about a call, against what the call was seen to do: it may claim too much, never too little."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbforge.notebook.callee import is_constant
from nbforge.notebook.containers import USED_UP
from nbforge.notebook.purity import Rule, Tables
from tests.notebook.purity.survey import family
from tests.notebook.purity.trial import Call, Seen, share_nothing

_COVERS = {
    "nothing": {"nothing"},
    "fresh": {"nothing", "fresh"},
    "parts": {"nothing", "fresh"},
    "copy": {"nothing", "fresh", "copy"},
    "list": {"nothing", "fresh", "copy", "holds"},
    "iterator": {"nothing", "fresh", "copy", "iterator", "holds"},
    "tuples": {"nothing", "fresh", "copy", "iterator", "holds"},
    "iterators": {"nothing", "fresh", "copy", "iterator", "holds"},
    "element": {"nothing", "fresh", "copy", "iterator", "self", "holds", "view"},
    "self": {"nothing", "fresh", "copy", "self", "holds"},
    "holds": {"nothing", "fresh", "copy", "holds"},
    "view": {"nothing", "fresh", "copy", "iterator", "self", "holds", "view"},
    "module": {"nothing", "fresh", "copy"},
}
PICTURES = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "altair")


def rules(tables: Tables, call: Call, seen: Seen) -> Iterator[Rule]:
    """The rules that the analysis may go by: a receiver may be known to be of pandas, or not."""
    if call.path:
        yield tables.function(call.path)
        return
    known = kind(seen.on)
    if known not in {"picture", "style"}:  # what is not known to be one, is not followed
        yield tables.method(call.method)
    if known:
        yield tables.method(call.method, known)


def kind(value: object) -> str:
    """The kind of objects that tables know ``value`` as."""
    if type(value).__name__ == "Styler":
        return "style"
    if family(value) == "pandas" or family(value) in PICTURES:  # bars of a picture are a tuple, too
        return "frame" if family(value) == "pandas" else "picture"
    return "container" if isinstance(value, list | tuple | dict | set | frozenset | deque) else ""


def complaints(tables: Tables, rule: Rule, call: Call, seen: Seen) -> Iterator[str]:
    """Where ``rule`` says less than what was seen."""
    yield from _changes(tables, rule, call, seen)
    passed_on = rule.gives in USED_UP and hasattr(seen.value, "__next__")  # who reads it reads what it was given
    if seen.gave not in _COVERS[_gives(tables, rule, call, seen)] and not passed_on:
        yield f"gives {seen.gave}, not {rule.gives}"
    if rule.gives == "parts" and not share_nothing(seen.value):
        yield "gives no tuple of parts that share nothing"
    if seen.kept and not _may_keep(tables, rule, seen):
        yield "the receiver keeps an argument"
    yield from _state(tables, rule, call, seen)
    yield from _files(rule, call, seen)


def _given(call: Call, keyword: str, harmless: Any) -> bool:
    return keyword in call.keywords and not is_constant(call.keywords[keyword], harmless)


def _changes(tables: Tables, rule: Rule, call: Call, seen: Seen) -> Iterator[str]:
    claimed = set(rule.changes) | _keywords(tables, call) | ({"arguments"} if _rough(tables, seen) else set())
    receiver = bool(claimed & {"receiver", "receiver*"})
    receiver |= "picture" in claimed and kind(seen.on) == "picture"
    receiver |= hasattr(seen.on, "__next__")  # iterators are used up by whoever is given them
    if seen.receiver and not receiver:
        yield "changes its receiver"
    if rule.out is not None:
        claimed.add(rule.out)
    same = {id(seen.given.get(key)) for key in claimed | {"out"}} | ({id(seen.on)} if receiver else set())
    for key in sorted(seen.arguments, key=str):
        used_up = hasattr(seen.given[key], "__next__")
        # A picture that is given to another belongs to it from then on.
        handed_over = "picture" in claimed and kind(seen.given[key]) == "picture"
        known = handed_over or {"arguments", key} & claimed or key == "out" or id(seen.given[key]) in same
        if not (known or used_up or _generator(seen.given[key])):
            yield f"changes argument {key}"


def _generator(value: object) -> bool:
    return type(value).__name__ in {"Generator", "RandomState", "Random"}


def _gives(tables: Tables, rule: Rule, call: Call, seen: Seen) -> str:
    out = _given(call, "out", None) or rule.out in seen.given
    return "view" if out or _keywords(tables, call, spared=False) or _rough(tables, seen) else rule.gives


def _keywords(tables: Tables, call: Call, spared: bool = True) -> set[str]:
    """What the keywords of a call change, whatever the call is."""
    given = [rule for name, rule in tables.keywords.items() if _given(call, name, rule.harmless)]
    return {rule.changes for rule in given if not (spared and call.path.startswith(rule.spares))}


def _rough(tables: Tables, seen: Seen) -> bool:
    """Whether the receiver is of a class that may change what it is given, or was made with ``copy=False``."""
    rules = (tables.functions[path] for path in public(tables, type(seen.on)))
    named = [name for name, rule in tables.keywords.items() if rule.changes == "arguments" and rule.harmless is True]
    return any(rule.rough for rule in rules) or any(getattr(seen.on, name, True) is False for name in named)


def _may_keep(tables: Tables, rule: Rule, seen: Seen) -> bool:
    if kind(seen.on) == "picture":
        return True  # what a picture shows is taken to be as it was when it was drawn
    return (rule.keeps or rule.takes) and (
        not rule.trains or any(made.retains or made.rough for _, made in _classes(tables, seen))
    )


def _classes(tables: Tables, seen: Seen) -> Iterator[tuple[Any, Rule]]:
    """All that takes part, with the rules of its classes."""
    for value in (seen.on, *seen.given.values()):
        for part in _parts(value):
            yield from ((part, tables.functions[path]) for path in public(tables, type(part)))


def _drawn_by(tables: Tables, seen: Seen) -> Iterator[str]:
    """The generators that what takes part draws from, as it was made."""
    for part, made in _classes(tables, seen):
        asked = [key for key, values in made.draws_with.items() if getattr(part, key, None) in values]
        if asked or not made.draws_with:
            yield made.draws


def _parts(value: Any) -> Iterator[Any]:
    yield value
    params = getattr(value, "get_params", None)
    if callable(params) and not isinstance(value, type):
        yield from params().values()


def public(tables: Tables, kind: type) -> list[str]:
    """The paths under which tables name a class."""
    head = kind.__module__.split(".")[0]
    return [path for path in tables.functions if path.startswith(f"{head}.") and path.endswith(f".{kind.__name__}")]


def _state(tables: Tables, rule: Rule, call: Call, seen: Seen) -> Iterator[str]:
    allowed = {rule.seeds, rule.jitters, "" if rule.unless and _given(call, rule.unless, None) else rule.draws}
    if rule.trains:
        allowed |= set(_drawn_by(tables, seen))
    for generator in sorted(seen.drew - allowed):
        yield f"draws from {generator}"
    if seen.settings and not rule.settings:
        yield f"sets {', '.join(sorted(seen.settings))}"


def _files(rule: Rule, call: Call, seen: Seen) -> Iterator[str]:
    if seen.wrote and rule.writes is None and not _opens(call):
        yield f"writes {', '.join(sorted(seen.wrote))}"
    if seen.opened - seen.wrote and rule.reads is None and rule.writes is None:
        yield f"reads {', '.join(sorted(seen.opened - seen.wrote))}"
    if rule.writes is not None and seen.wrote and not any(_names(rule.writes, call, seen, name) for name in seen.wrote):
        yield f"writes {', '.join(sorted(seen.wrote))}, which is not what position {rule.writes} names"


def _opens(call: Call) -> bool:
    return (call.method or call.path).rpartition(".")[2] == "open" and isinstance(call.node, ast.Call)


def _names(position: int, call: Call, seen: Seen, name: str) -> bool:
    if position == 99:
        return True
    value = seen.on if position < 0 else seen.given.get(position)
    named = [Path(str(item)) for item in (value, *(item for key, item in seen.given.items() if isinstance(key, str)))]
    return any(path.name == name or path.name == name.rpartition(".")[0] for path in named)


# Which entries an example is of, and what it shows


def pattern(path: str) -> str:
    """``path`` with its last part but one replaced by ``*``."""
    head, _, name = path.rpartition(".")
    return f"{head.rpartition('.')[0]}.*.{name}"


def entries(call: Call, seen: Seen) -> Iterator[str]:
    """The names of the entries that an example may be of."""
    if call.path:
        yield from (call.path, pattern(call.path))
        return
    yield f".{call.method}"
    if kind(seen.on):
        yield f"{kind(seen.on)}:.{call.method}"


def effects(call: Call, seen: Seen) -> set[str]:
    """What a call was seen to do, in the words of :func:`effective`."""
    shown = {f"draws from {name}" for name in seen.drew}
    if seen.receiver:
        shown.add("changes its receiver")
    if seen.arguments:
        shown.add("changes an argument")
    if seen.wrote:
        shown.add("writes a file")
    if seen.settings:
        shown.add("sets something")
    return shown


def effective(raw: dict[str, Any]) -> set[str]:
    """What an entry claims that an example has to show, because claiming it for nothing makes slices larger."""
    claimed = set()
    changes = raw.get("changes", ())
    if {"receiver", "receiver*"} & set(changes):
        claimed.add("changes its receiver")
    elif changes and "picture" not in changes:
        claimed.add("changes an argument")
    claimed |= {f"draws from {raw[key]}" for key in ("draws", "seeds") if key in raw}
    for key, shown in (("writes", "writes a file"), ("settings", "sets something")):
        if key in raw and raw[key] != 99:
            claimed.add(shown)
    return claimed
