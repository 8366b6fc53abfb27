"""How often the body of a loop is run, so that all it may do is known.

A body is run until it teaches nothing new. Once is enough where no run can depend on what another one did: it changed
nothing that was there before the loop, and reads no name before it binds it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from nbforge.notebook.machine import TooInvolvedError
from nbforge.notebook.namespaces import Namespaces
from nbforge.notebook.scope import bindings, every, walk_body

_LIMIT = 50
NO_NAMES: frozenset[str] = frozenset()


class Loops(Namespaces):
    """Runs of bodies, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._alone: dict[int, frozenset[str] | None] = {}

    def bound_alone(self, node: ast.For | ast.AsyncFor | ast.While) -> frozenset[str] | None:
        """The names that the body of a loop binds; ``None`` where by its text a run may read what another one bound."""
        if id(node) not in self._alone:
            self._alone[id(node)] = _bound_by(node)
        return self._alone[id(node)]

    def stable(self, body: Callable[[], None], bound: frozenset[str] | None) -> None:
        """Run ``body`` until it teaches nothing new.

        Args:
            body: what runs any number of times.
            bound: the local names that it binds before it reads them; ``None`` where it may read one earlier.
        """
        for _ in range(_LIMIT):
            self.spend()
            version = self.heap.version
            with self.route() as route:
                apart = self._runs_apart(body, bound)
            if apart or (self.heap.version == version and not route.grew):
                return
        raise TooInvolvedError

    def _runs_apart(self, body: Callable[[], None], bound: frozenset[str] | None) -> bool:
        """Run ``body``, and say whether another run would find all that it reads as this one did."""
        if bound is None:
            body()
            return False
        heap, before, assigned = self.heap, self._state(), set(self.assigned)
        mark, heap.mark = heap.mark, len(heap.regions)
        (rebound, self.rebound), (taken, self.taken) = (self.rebound, set()), (self.taken, set())
        body()
        unread = self.rebound.isdisjoint(self.effects.uses) and self.rebound.isdisjoint(assigned)
        apart = unread and self.taken.isdisjoint(bound) and before == self._state()
        heap.mark = mark
        self.rebound |= rebound
        self.taken |= taken
        return apart

    def _state(self) -> tuple[object, ...]:
        """What a body may change, other than names and what was made in it."""
        known = self.constants, self.seeded, self.written, self.submodules, self.patched, self.libraries
        return self.heap.carried, self.set_so_far, self.moved, *map(len, known)


def _bound_by(node: ast.For | ast.AsyncFor | ast.While) -> frozenset[str] | None:
    targets: Sequence[ast.AST] = [] if isinstance(node, ast.While) else [node.target]
    bound = NO_NAMES.union(*(bindings(child) for child in walk_body([*targets, *node.body])))
    sure = _stored(targets)
    for statement in node.body:
        if not (_read(statement) & bound).issubset(sure):
            return None
        if isinstance(statement, ast.Assign):
            sure |= _stored(statement.targets)
    return bound


def _stored(targets: Sequence[ast.AST]) -> set[str]:
    names = (child for child in every(*targets) if isinstance(child, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _read(statement: ast.stmt) -> set[str]:
    """The names that ``statement`` may read, or change in place."""
    found: set[str] = set()
    for child in every(statement):
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Store):
            found.add(child.id)
        elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
            found.add(child.target.id)
    return found
