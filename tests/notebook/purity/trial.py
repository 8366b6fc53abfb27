"""One call of a library, tried: what it changed, gave, kept, drew, read, wrote and set.

An example is a line of Python whose last statement is the call; what stands before it sets things up. Names come from
the pantry, fresh for each example.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import importlib.util
import inspect
import os
import shutil
import sys
import warnings
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tests.notebook.purity.pantry import ALIASES, Pantry
from tests.notebook.purity.survey import Survey, family, immutable, survey
from tests.notebook.purity.world import at_home, quiet, world

GENERATORS = ("numpy", "random")


@dataclass(frozen=True, slots=True)
class Call:
    """An example as it is written. ``path`` is the function's dotted path, or ``method`` the method's name."""

    text: str
    node: ast.Call
    path: str
    method: str
    setup: tuple[ast.stmt, ...]

    @property
    def keywords(self) -> dict[str, ast.expr]:
        """What is given by keyword."""
        return {keyword.arg: keyword.value for keyword in self.node.keywords if keyword.arg}


@dataclass(slots=True)
class Seen:
    """What one call was seen to do."""

    receiver: bool = False  # it changed
    arguments: set[str | int] = field(default_factory=set)  # which changed
    gave: str = "fresh"
    kept: bool = False  # the receiver holds an argument, as it did not before
    drew: set[str] = field(default_factory=set)
    same_state: bool = False  # of the generators, whatever it was before
    opened: set[str] = field(default_factory=set)
    wrote: set[str] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)
    on: Any = None
    given: dict[str | int, Any] = field(default_factory=dict)
    value: Any = None


def parse(text: str) -> Call:
    """Read an example."""
    *setup, last = ast.parse(text).body
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Call):
        raise TypeError(f"no call: {text}")
    node = last.value
    dotted = _dotted(node.func)
    made = {
        name.id
        for statement in setup
        for name in ast.walk(statement)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    path = _path(dotted) if dotted and dotted.partition(".")[0] not in made else ""
    method = node.func.attr if not path and isinstance(node.func, ast.Attribute) else ""
    return Call(text, node, path, method, tuple(setup))


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=base, attr=name):
            inner = _dotted(base)
            return f"{inner}.{name}" if inner else ""
    return ""


def _path(dotted: str) -> str:
    head, _, rest = dotted.partition(".")
    if head in ALIASES:
        return f"{ALIASES[head]}.{rest}" if rest else ALIASES[head]
    if head in Pantry.names():
        return ""
    if hasattr(builtins, head):
        return f"builtins.{dotted}"
    return dotted if importlib.util.find_spec(head) is not None else ""


def module(path: str) -> Any:
    """The object at a dotted path; modules on the way are imported."""
    parts = path.split(".")
    found: Any = importlib.import_module(parts[0])
    for position, part in enumerate(parts[1:], 1):
        if not hasattr(found, part) and isinstance(found, ModuleType):
            importlib.import_module(".".join(parts[: position + 1]))
        found = getattr(found, part)
    return found


class Laboratory:
    """Where examples are tried: a folder of their own, and all that is watched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[str] | None = None
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if (
            self._opened is not None
            and event in {"open", "os.listdir", "os.scandir"}
            and isinstance(args[0], str | bytes | os.PathLike)
        ):
            self._opened.append(os.fsdecode(args[0]))

    def try_out(self, call: Call) -> Seen:
        """Run an example, once, and look at everything before and after."""
        with quiet(), at_home(), contextlib.chdir(self.folder):
            space = Pantry()
            try:
                for statement in call.setup:
                    exec(compile(ast.Module([statement], []), "<setup>", "exec"), space)
                seen = self._watched(call, space)
                if isinstance(seen.value, MutableMapping) and hasattr(seen.value, "close"):
                    seen.value.close()  # a database that is collected later writes where the process is then
                return seen
            finally:
                self._clear()

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _watched(self, call: Call, space: Pantry) -> Seen:
        seen = Seen()
        function: Any
        if call.path:
            function = module(call.path)
        elif isinstance(call.node.func, ast.Attribute):
            seen.on = _value(call.node.func.value, space)
            function = getattr(seen.on, call.node.func.attr)
        else:
            seen.on = function = _value(call.node.func, space)
        args = []
        for position, item in enumerate(call.node.args):
            value = _value(item.value if isinstance(item, ast.Starred) else item, space)
            seen.given[position] = value
            args += list(value) if isinstance(item, ast.Starred) else [value]
        keywords = {keyword.arg or "": _value(keyword.value, space) for keyword in call.node.keywords}
        seen.given.update(keywords)
        before = {key: survey(value) for key, value in seen.given.items()}
        receiver = survey(seen.on)
        before_world, files, modules = world(), self._files(), len(sys.modules)
        self._opened = []
        try:
            seen.value = function(*args, **keywords)
            if inspect.isgenerator(seen.value):
                seen.gave = "iterator"
        finally:
            opened, self._opened = self._opened, None
        if len(sys.modules) > modules:
            before_world["warnings"] = len(warnings.filters)  # importing a module may add to them
        seen.opened = {Path(name).name for name in opened if self._mine(name)}
        seen.wrote = {name for name, stamp in self._files().items() if files.get(name) != stamp} | (
            files.keys() - self._files().keys()
        )
        _compare_world(seen, before_world, world())
        after = survey(seen.on)
        seen.receiver = receiver.digest != after.digest
        seen.arguments = {key for key, value in seen.given.items() if survey(value).digest != before[key].digest}
        if seen.gave != "iterator":
            seen.gave = _given(seen, receiver, before)
        seen.kept = _kept(after, receiver, before, seen.given)
        return seen

    def _mine(self, name: str) -> bool:
        return not Path(name).is_absolute() or Path(name).is_relative_to(self.folder)

    def _files(self) -> dict[str, tuple[int, int]]:
        found = {}
        for path in self.folder.rglob("*"):
            stat = path.stat()
            found[path.name] = (stat.st_size, stat.st_mtime_ns) if path.is_file() else (0, 0)
        return found


def _value(node: ast.expr, space: Pantry) -> Any:
    return eval(compile(ast.Expression(node), "<example>", "eval"), space)


def _compare_world(seen: Seen, before: dict[str, Any], after: dict[str, Any]) -> None:
    for name, was in before.items():
        if was != after[name]:
            (seen.drew if name in GENERATORS else seen.settings).add(name)


# What the call gave, in the words of the tables


def _given(seen: Seen, receiver: Survey, before: dict[str | int, Survey]) -> str:
    value = seen.value
    inputs = [seen.on, *seen.given.values()]
    if immutable(value):
        return "nothing"
    if value is seen.on:
        return "nothing" if type(value).__name__.endswith("Index") else "self"  # nobody changes an index
    if any(value is item for item in inputs):
        return "view"
    if _drawn(value):
        return "holds"  # all of a picture hangs together
    objects = receiver.objects | {key: item for found in before.values() for key, item in found.objects.items()}
    found = survey(value)
    arrays = [*receiver.arrays, *(item for one in before.values() for item in one.arrays)]
    if id(value) in objects or (_memory(value) and _overlap(value, inputs, found.arrays, arrays)):
        return "view"
    if hasattr(value, "__next__"):
        return "iterator"
    held = {key for key in found.objects if key in objects}
    guarded = family(value) == "pandas" and _copies_on_write()
    open_to = [item for item in inputs if _memory(item) and not (guarded and family(item) == "pandas")]
    if any(id(item) in held for item in inputs) or _shared(
        found.arrays, [a for i in open_to for a in survey(i).arrays]
    ):
        return "holds"
    return "copy" if held or _shared(found.arrays, arrays) else "fresh"


def _drawn(value: object) -> bool:
    items = value if isinstance(value, list | tuple) else [value]
    return any(family(item) in {"matplotlib", "mpl_toolkits"} and hasattr(item, "axes") for item in items)


def _memory(value: object) -> bool:
    """Whether writing to ``value`` writes to an array below."""
    return (
        isinstance(value, np.ndarray)
        or family(value) == "pandas"
        or type(value).__name__.endswith(("_matrix", "_array"))
    )


def _overlap(value: object, inputs: list[Any], mine: list[Any], theirs: list[Any]) -> bool:
    if family(value) == "pandas" and _copies_on_write():
        # What pandas objects share among themselves, they copy before it is written to.
        theirs = [array for item in inputs if family(item) != "pandas" for array in survey(item).arrays]
    return _shared(mine, theirs)


def _copies_on_write() -> bool:
    import pandas as pd

    return int(pd.__version__.split(".")[0]) >= 3


def _shared(mine: list[Any], theirs: list[Any]) -> bool:
    return any(a.size and b.size and np.may_share_memory(a, b) for a in mine for b in theirs)


def share_nothing(items: Any) -> bool:
    """Whether what is in a tuple has no memory and no mutable part in common."""
    found = [survey(item) for item in items if not immutable(item)]
    for position, left in enumerate(found):
        for right in found[position + 1 :]:
            if left.objects.keys() & right.objects.keys() or _shared(left.arrays, right.arrays):
                return False
    return True


def _kept(after: Survey, before: Survey, given: dict[str | int, Survey], values: dict[str | int, Any]) -> bool:
    """Whether the receiver now holds memory or mutable parts of an argument that it did not hold before."""
    for key, found in given.items():
        if immutable(values[key]):
            continue
        fresh = (after.objects.keys() - before.objects.keys()) & found.objects.keys()
        if fresh:
            return True
        if _shared(after.arrays, found.arrays) and not _shared(before.arrays, found.arrays):
            return True
    return False
