"""What objects lead to, kept as long as objects only come to hold more: an answer grows with what is added to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Value = frozenset[int]
Fields = Sequence[dict[str, set[int]]]


@dataclass(slots=True)
class Closure:
    """``found``: what is led to; ``passed``: what is gone through without being part of it; ``known``: how many of the
    additions it has, below zero before the first look.
    """

    found: set[int]
    passed: set[int] = field(default_factory=set)
    value: Value = frozenset()
    known: int = -1


_SEVERAL = 4
"""Of the objects of a value, so many at most are taken to lead to all of the others."""
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
        self._answers: dict[Hashable, _Answers] = {}

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
        answers = self._answers.get(question)
        if answers is None:
            answers = self._answers[question] = _Answers(follow)
        closure = answers.of.get(value)
        if closure is None and len(value) > 1 and (found := self._together(answers, value)):
            return found
        return self._current(answers, closure or answers.begun(value)).value

    def _together(self, answers: _Answers, value: Value) -> Value:
        """The same out of what few of them lead to, where these lead to the others; else nothing."""
        singles = [region for region in sorted(value) if self.fields[region]]
        found: set[int] = set()
        looked_at = 0
        for region in sorted(singles, key=lambda region: region not in answers.single):
            if region in found:
                continue
            if looked_at == _SEVERAL:
                return frozenset()
            closure = answers.single.get(region) or answers.begun(frozenset({region}))
            found |= self._current(answers, closure).found
            looked_at += 1
        return value | found

    def _current(self, answers: _Answers, closure: Closure) -> Closure:
        """The closure, with all that was added since it was last looked at."""
        if closure.known < 0:
            self._grow(answers, closure, closure.found)
        elif closure.known < len(self._added):
            fresh = self._since(answers, closure)
            if fresh:
                self._grow(answers, closure, fresh)
        closure.known = len(self._added)
        return closure

    def _settled(self, closure: Closure) -> bool:
        """Whether nothing that was added since a look at a closure leads to more, as far as that shows at once."""
        if closure.known < 0:
            return False
        if any(not members <= closure.found for _, members in self._additions(closure)):
            return False
        closure.known = len(self._added)
        return True

    def _since(self, answers: _Answers, closure: Closure) -> list[int]:
        """What has to be looked at for what was added since."""
        fresh: list[int] = []
        for label, members in self._additions(closure):
            self.work += 1
            fresh.extend(answers.follow(closure, label, members))
        return fresh

    def _additions(self, closure: Closure) -> Iterator[tuple[str, Value]]:
        """What the objects of a closure came to hold since it was last looked at."""
        for owner, label, members in self._added[closure.known :]:
            if owner in closure.found or owner in closure.passed:
                yield label, members

    def _grow(self, answers: _Answers, closure: Closure, fresh: Iterable[int]) -> None:
        """Look at ``fresh`` and all that it leads to; where that is known of one object, not again."""
        stack = list(fresh)
        known: set[int] = set()
        while stack:
            region = stack.pop()
            if region in known:
                continue
            single = answers.single.get(region)
            if single is not None and single is not closure and region in closure.found and self._settled(single):
                self.work += 1
                closure.found |= single.found
                closure.passed |= single.passed
                known |= single.found
                continue
            held = self.fields[region]
            self.work += len(held)
            for label, members in held.items():
                self.work += len(members) // self.looked_at
                stack.extend(answers.follow(closure, label, members))
        closure.value = frozenset(closure.found)


class _Answers:
    """The closures of one question: by what they begin with; those of one object by that as well."""

    def __init__(self, follow: Follow) -> None:
        self.follow = follow
        self.of: dict[Value, Closure] = {}
        self.single: dict[int, Closure] = {}

    def begun(self, value: Value) -> Closure:
        """A closure that nothing was looked at for yet."""
        closure = self.of[value] = Closure(set(value))
        if len(value) == 1:
            self.single[next(iter(value))] = closure
        return closure
