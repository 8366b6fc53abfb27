"""State that has no name in the notebook, such as that of random generators: statements read it and change it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbforge.notebook.effects import Effects, Part
    from nbforge.notebook.heap import Heap


class Unnamed:
    """Hidden state, recorded under names in angle brackets."""

    heap: Heap
    effects: Effects
    part: Part

    def __init__(self) -> None:
        super().__init__()
        self.assigned: set[str] = set()  # what the statement at hand has bound, or set, for sure
        self.seeded: set[str] = set()

    def touch(self, hidden: str) -> None:
        """Hidden state is read and changed."""
        self.heap.note("touch", hidden)
        self.effects.updates.add(hidden)
        self.part.writes.add(hidden)

    def use_hidden(self, hidden: str) -> None:
        """Hidden state is read."""
        self.heap.note("use", hidden)
        self.part.reads.add(hidden)
        if hidden not in self.assigned:
            self.effects.uses.setdefault(hidden, False)

    def draw(self, generator: str) -> None:
        """Random numbers are drawn from a global generator; what was never seeded cannot be repeated anyway."""
        if generator in self.seeded:
            self.use_hidden(f"<random {generator}>")
            self.touch(f"<random {generator}>")

    def may_draw(self, call: ast.Call) -> None:
        """A call that may draw: seeds before it count, but it is taken not to move on what others draw from."""
        for generator in sorted(self.seeded):
            self.use_hidden(f"<seed {generator}>")
            self.presume_draw(generator, call)

    def presume_draw(self, generator: str, call: ast.Call) -> None:
        """``call`` is taken not to move on what others draw from ``generator``."""
        self.heap.note("presume draw", generator, call)
        self.effects.presumed.setdefault(f"<random {generator}>", call)
        self.part.presumed.setdefault(f"<random {generator}>", call)

    def seed(self, generator: str) -> None:
        """The state of a global generator is set."""
        self.heap.note("other")
        self.seeded.add(generator)
        for hidden in (f"<random {generator}>", f"<seed {generator}>"):
            self.assigned.add(hidden)
            self.effects.may_define.add(hidden)
            self.part.writes.add(hidden)
