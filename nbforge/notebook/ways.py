"""The ways that a run may take through a statement, and what is assigned at the end of each."""

from __future__ import annotations

import ast
from collections.abc import Callable

from nbforge.notebook.patterns import Patterns
from nbforge.notebook.routes import End, Route


class Ways(Patterns):
    """Runs branches, one of several, and loops. ``left``: the way at hand ended in return, raise, break or continue."""

    def __init__(self) -> None:
        super().__init__()
        self.left = False

    def branch(self, *steps: Callable[[], None]) -> set[str] | None:
        """Run one path; what is assigned at its end, ``None`` where it does not get there."""
        with self.route():
            return self._run_weakly(*steps)

    def _run_weakly(self, *steps: Callable[[], None]) -> set[str] | None:
        before, left = set(self.assigned), self.left
        self.weak += 1
        for step in steps:
            step()
        self.weak -= 1
        end = None if self.left else self.assigned
        self.assigned, self.left = before, left
        return end

    def one_of(self, *ways: Callable[[], None]) -> list[set[str] | None]:
        """Run several paths, of which a run takes one; for each, what :meth:`branch` says."""
        ends: list[End] = []
        assigned = []
        for way in ways:
            self.routes.append(Route())
            at_end: set[str] | None = None
            try:
                at_end = self._run_weakly(way)
            finally:
                ends.append(self.end(reached=at_end is not None))
            assigned.append(at_end)
        self.meet(ends)
        return assigned

    def join(self, *ends: set[str] | None) -> None:
        """Go on where ways meet: assigned is what is assigned at each end that is reached."""
        reached = [end for end in ends if end is not None]
        if reached:
            self.assigned = set.intersection(*reached)
        else:
            self.left = True

    def loop(self, node: ast.For | ast.AsyncFor | ast.While, *steps: Callable[[], None]) -> set[str] | None:
        """A body that may run any number of times; what is assigned at its end, as :meth:`branch` says."""
        end: set[str] | None = None

        def once() -> None:
            nonlocal end
            end = self.branch(*steps)

        self.stable(once, self.bound_alone(node))
        return end
