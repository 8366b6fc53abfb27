"""Which of the statements inside of a branch, a loop or a ``try`` are needed for the names that are needed of it.

Backwards, as between statements of a notebook: what is needed after a statement goes, and what it reads comes. A loop
is gone through until nothing comes any more. What may leave a loop stays with it. The body of a ``try`` that has
handlers stays whole, because each of its statements may be the one that fails, and so does that of a ``with``, which
may see all that happens in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from nbforge.notebook.effects import Effects, Part
from nbforge.notebook.scope import bindings

Compound = ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar | ast.Match
_NOTHING = Part()


def inside(node: ast.stmt | None, effects: Effects) -> Inside | None:
    """What is in a statement of a notebook; ``None`` where it cannot be divided."""
    known = not (effects.opaque or effects.binds_anything or effects.history)
    return Inside(node, effects.parts) if known and isinstance(node, Compound) else None


@dataclass(slots=True)
class Inside:
    """One compound statement. ``kept``: the identities of the statements in it that stay, itself included.

    ``reads``: the names that are needed before it, as far as they are needed by what stays.
    """

    node: Compound
    parts: dict[int, Part]
    names: set[str] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    _leaving: set[int] = field(default_factory=set)  # statements that leave loops which stay
    _jumps: bool = False  # a loop around the code at hand may be left: what follows a statement need not come next

    def need(self, name: str) -> bool:
        """Keep what ``name`` needs, too; whether it is known which of the statements change it."""
        self.names.add(name)
        before = None
        while before != len(self._leaving):  # what is found to leave a loop is needed by all of it
            before = len(self._leaving)
            self.reads = self._before(self.node, self.names)
        if id(self.node) not in self.kept:
            self.reads = self.reads | self._part(self.node).reads
        return name == "<settings>" or any(name in part.writes for part in self.parts.values())

    def reading(self, names: AbstractSet[str]) -> set[str]:
        """Those of the ``names`` that the statement reads, or that nobody knows who reads, that what stays needs."""
        return {name for name in names if name in self.reads or not any(name in p.reads for p in self.parts.values())}

    @property
    def writes(self) -> set[str]:
        """The names that what stays changes or binds."""
        return set[str]().union(*(part.writes for key, part in self.parts.items() if key in self.kept))

    @property
    def presumed(self) -> dict[str, ast.Call]:
        """What is presumed of the calls in what is left out, as :class:`Effects` has it."""
        found: dict[str, ast.Call] = {}
        for key, part in self.parts.items():
            if key not in self.kept:
                found |= part.presumed
        return found

    def _block(self, body: Sequence[ast.stmt], live: set[str]) -> set[str]:
        for node in reversed(body):
            live = self._before(node, live)
        return live

    def _before(self, node: ast.stmt, live: set[str]) -> set[str]:
        """What is needed before ``node`` where ``live`` is needed after it."""
        match node:
            case ast.If():
                return self._headed(node, [node.body, node.orelse], live)
            case ast.Match():
                return self._headed(node, [case.body for case in node.cases], live)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, live)
            case ast.Try() | ast.TryStar():
                return self._try(node, live)
        if not self._wanted([node], live):
            return live
        self._keep([node])
        return (live if self._jumps else live - _bound(node)) | self._reads([node])

    def _headed(self, node: ast.If | ast.Match, ways: Sequence[Sequence[ast.stmt]], live: set[str]) -> set[str]:
        before = live.union(*(self._block(way, live) for way in ways))
        if not (self._stays(node, live) or self._any(*ways)):
            return live
        self.kept.add(id(node))
        return before | self._part(node).reads

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, live: set[str]) -> set[str]:
        around = live | self._block(node.orelse, live)
        stays, leaving = self._stays(node, live), {id(inner) for inner in _leaving(node.body)}
        jumps, self._jumps = self._jumps, self._jumps or bool(leaving)
        known = -1
        while known != len(around):
            known = len(around)
            around |= self._block(node.body, around)
            stays = stays or self._any(node.body, node.orelse)
            if stays:
                around |= self._part(node).reads
                self._leaving |= leaving
        self._jumps = jumps
        if not stays:
            return live
        self.kept.add(id(node))
        return around

    def _try(self, node: ast.Try | ast.TryStar, live: set[str]) -> set[str]:
        end = self._block(node.finalbody, live)
        after = self._block(node.orelse, end)
        if not node.handlers:
            before = self._block(node.body, after)
            if not (self._stays(node, live) or self._any(node.body, node.orelse, node.finalbody)):
                return live
            self.kept.add(id(node))
            return before
        handled = after.union(*(self._block(handler.body, end) for handler in node.handlers))
        ways = [node.orelse, *(handler.body for handler in node.handlers)]
        if self._stays(node, end) or self._any(*ways) or self._wanted(node.body, handled):
            self._keep(node.body)
            self.kept.add(id(node))
            return handled | end | self._reads(node.body) | self._part(node).reads
        if self._any(node.finalbody):
            self.kept.add(id(node))
        return end

    def _part(self, node: ast.stmt) -> Part:
        return self.parts.get(id(node), _NOTHING)

    def _stays(self, node: ast.stmt, live: set[str]) -> bool:
        part = self._part(node)
        return id(node) in self._leaving or part.sets or not part.writes.isdisjoint(live)

    def _any(self, *bodies: Iterable[ast.stmt]) -> bool:
        return any(id(node) in self.kept for body in bodies for node in body)

    # Of what stays whole

    def _wanted(self, body: Sequence[ast.stmt], live: set[str]) -> bool:
        return any(self._stays(node, live) for node in statements(body))

    def _keep(self, body: Sequence[ast.stmt]) -> None:
        self.kept.update(id(node) for node in statements(body))

    def _reads(self, body: Sequence[ast.stmt]) -> set[str]:
        return set[str]().union(*(self._part(node).reads for node in statements(body)))


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks that a compound statement is divided into."""
    match node:
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            yield from (node.body, node.orelse)
        case ast.Match():
            yield from (case.body for case in node.cases)
        case ast.Try() | ast.TryStar():
            yield from (node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody)
        case ast.With() | ast.AsyncWith():
            yield node.body


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of ``body``, with those inside of them; not those of functions and classes."""
    for node in body:
        yield node
        for inner in _bodies(node):
            yield from statements(inner)


def _leaving(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """What ends a run of the loop with ``body`` early."""
    for node in body:
        match node:
            case ast.Break() | ast.Continue():
                yield node
            case ast.For() | ast.AsyncFor() | ast.While():
                yield from _leaving(node.orelse)
            case _:
                for inner in _bodies(node):
                    yield from _leaving(inner)


def _bound(node: ast.stmt) -> set[str]:
    """The names that ``node`` binds whatever they were before."""
    match node:
        case ast.Assign(targets=targets):
            return {name for target in targets for inner in ast.walk(target) for name in bindings(inner)}
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return bindings(node)
    return set()
