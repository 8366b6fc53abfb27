"""What objects lead to, kept as long as objects only come to hold more: an answer grows with what is added to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

Value = frozenset[int]
Fields = Sequence[dict[str, set[int]]]


@dataclass(slots=True)
class Closure:
    """``found``: what is led to; ``passed``: what is gone through without being part of it; ``known``: how many of the
    additions it has.
    """

    found: set[int]
    passed: set[int] = field(default_factory=set)
    value: Value = frozenset()
    known: int = 0


Follow = Callable[[Closure, str, Collection[int]], Iterable[int]]
"""What holding something under a label adds to a closure; gives what has to be looked at for it."""


class Closures:
    """Closures over ``fields`` by the question that they answer, and what they begin with.

    ``work`` counts what was looked at; of larger collections one in ``looked_at``.
    """

    def __init__(self, fields: Fields, looked_at: int) -> None:
        self.fields, self.looked_at = fields, looked_at
        self.work = 0
        self._added: list[tuple[int, str, Value]] = []
        self._answers: dict[Hashable, dict[Value, Closure]] = {}

    def add(self, owner: int, label: str, fresh: Value) -> None:
        """``owner`` holds more."""
        if self._answers:
            self._added.append((owner, label, fresh))

    def forget(self) -> None:
        """Something is held no more."""
        self._added.clear()
        self._answers.clear()

    def of(self, question: Hashable, value: Value, follow: Follow) -> Value:
        """What ``value`` leads to by ``follow``, which has to be the same whenever the question is."""
        answers = self._answers.setdefault(question, {})
        closure = answers.get(value)
        if closure is None:
            closure = answers[value] = Closure(set(value))
            self._grow(closure, value, follow)
        elif closure.known < len(self._added):
            fresh: list[int] = []
            for owner, label, members in self._added[closure.known :]:
                if owner in closure.found or owner in closure.passed:
                    self.work += 1
                    fresh.extend(follow(closure, label, members))
            if fresh:
                self._grow(closure, fresh, follow)
        closure.known = len(self._added)
        return closure.value

    def _grow(self, closure: Closure, fresh: Iterable[int], follow: Follow) -> None:
        stack = list(fresh)
        while stack:
            held = self.fields[stack.pop()]
            self.work += len(held)
            for label, members in held.items():
                self.work += len(members) // self.looked_at
                stack.extend(follow(closure, label, members))
        closure.value = frozenset(closure.found)
