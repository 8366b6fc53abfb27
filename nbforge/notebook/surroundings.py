"""What code depends on without naming it: settings of libraries, files, the working directory; and known texts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from nbforge.notebook.unnamed import Unnamed

if TYPE_CHECKING:
    from nbforge.notebook.regions import Frame, Value

FOLDERS = "<folders>"
"""Folders that were made, whatever they are called."""
MODULES = "sys.modules"
PLANTED = "<modules>"
"""Modules that code has put where imports look first."""
_LIBRARY = frozenset({"external", "module"})
_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
}


class Surroundings(Unnamed):
    """Settings, files and constants so far."""

    frame: Frame | None

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[str, str] = {}
        self.libraries_of: dict[Value, set[str]] = {}  # of values that hold nothing else
        self.written: set[str] = set()  # names of files that the notebook has written so far
        self.set_so_far = False  # a setting that code may depend on
        self.showing = False  # what is at hand goes to the screen
        self.caught = 0  # > 0 where what is printed goes elsewhere
        self.moved = False  # the working directory is another one than at the start

    def in_project(self, module: str) -> bool:
        """Whether the top-level ``module`` is the user's own code."""
        raise NotImplementedError

    # Settings

    def sets(self, library: str) -> None:
        """Something is set that code of ``library``, or any other, may depend on."""
        self.heap.note("other")
        self.effects.settings.add(library)
        self.part.sets = True
        self.set_so_far = True

    def touch_libraries(self, value: Value) -> None:
        """Record whose objects ``value`` reaches; where that is not known, ``*``."""
        touches = self.effects.touches
        if "*" in touches or not value:
            return
        known = self.libraries_of.get(value)
        if known is not None:
            touches |= known
            return
        regions = self.heap.regions
        through = []
        direct = set()
        for region in value:
            facts = regions[region]
            if facts.kind not in _LIBRARY:
                through.append(region)
                continue
            library = facts.qual.partition(".")[0]
            direct.add(library)
            if self.in_project(library):
                through.append(region)
        touches |= direct
        for region in self.heap.reach(through) if through else ():
            facts = regions[region]
            if facts.kind in _LIBRARY:
                touches.add(facts.qual.partition(".")[0])
            elif facts.kind == "value":
                touches.add("pandas" if facts.qual in {"frame", "labels"} else facts.library or "*")
        touches.discard("builtins")
        if not through:
            self.libraries_of[value] = direct - {"builtins"}

    def spell(self, value: Value) -> None:
        """A text is made of ``value``, and not only shown: settings of how things look count."""
        if self.set_so_far and value and not self.showing:
            self.spelled()

    def spelled(self) -> None:
        """A text is made of something."""
        self.heap.note("text")
        self.effects.touches.add("text")

    def move(self) -> None:
        """The working directory changes."""
        self.heap.note("other")
        self.moved = True
        self.look_around()
        self.touch("<folder>")

    def look_around(self) -> None:
        """The working directory matters."""
        if self.moved:
            self.use_hidden("<folder>")

    # Files

    def writes(self, file: str) -> None:
        """A file is written. Files are told apart by their last path component; ``*`` is any."""
        self.look_around()
        if file not in self.written:
            self.written.add(file)
            self.libraries_of.clear()  # what is written may be a module
        self.touch(f"<file {file}>")
        self.touch("<files>")
        if file == "*":
            self.touch(FOLDERS)

    def reads(self, file: str) -> None:
        """A file is read."""
        self.look_around()
        self.use_hidden("<files>" if file == "*" else f"<file {file}>")
        if file != "*":
            self.use_hidden("<file *>")

    # Texts that are known

    def literal(self, node: ast.expr) -> str | None:
        """The text that ``node`` is known to be."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return None if self._is_local(name) else self.constants.get(name)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                parts = [self.literal(left), self.literal(right)]
            case ast.JoinedStr(values=values):
                parts = [self._in_text(value) for value in values]
            case _:
                return None
        known = [part for part in parts if part is not None]
        return "".join(known) if len(known) == len(parts) else None

    def _in_text(self, node: ast.expr) -> str | None:
        """What a part of an f-string gives, where that is known."""
        if not isinstance(node, ast.FormattedValue):
            return self.literal(node)
        if node.format_spec is not None or node.conversion != -1:
            return None
        number = whole(node.value)
        return str(number) if number is not None else self.literal(node.value)

    def _is_local(self, name: str) -> bool:
        frame = self.frame
        while frame is not None and name not in frame.declared_global:
            if name in frame.local:
                return True
            frame = frame.parent
        return False


def whole(node: ast.expr) -> int | None:
    """The whole number that ``node`` is, written out or as a sum, difference, product or remainder."""
    match node:
        case ast.Constant(value=int(number)) if not isinstance(node.value, bool):
            return number
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _ARITHMETIC:
            first, second = whole(left), whole(right)
            if first is None or second is None or (second == 0 and isinstance(kind, ast.Mod)):
                return None
            return _ARITHMETIC[type(kind)](first, second)
    return None
