"""What objects lead to is the same, whether it was asked before objects came to hold more or only then."""

from __future__ import annotations

import random

import pytest

from nbforge.notebook.heap import Heap

LABELS = ("[]", "a", "*", "source", "__class__")


def grown(seed: int, *, asking: bool) -> list[object]:
    """The answers at the end of a heap that grows at random, and now and then lets something go."""
    chance = random.Random(seed)
    heap = Heap()
    for at in range(12):
        heap.make(at, kind=chance.choice(("value", "container", "class")))
    for _ in range(60):
        owner, label = chance.randrange(12), chance.choice(LABELS)
        held = chance.sample(range(12), chance.randrange(1, 3))
        if chance.random() < 0.1:
            heap.replace(owner, label, held)
        else:
            heap.link({owner}, label, held)
        asked = chance.sample(range(12), 2)
        if asking:
            answers(heap, asked)
    return [answers(heap, [first, second]) for first in range(12) for second in range(12)]


def answers(heap: Heap, value: list[int]) -> object:
    return heap.parts(value), heap.reach(value), heap.reach(value, {"__class__", "a"})


@pytest.mark.parametrize("seed", range(40))
def test_asking_on_the_way_changes_no_answer(seed: int) -> None:
    assert grown(seed, asking=True) == grown(seed, asking=False)


def test_what_was_known_is_not_looked_at_again() -> None:
    heap = Heap()
    for at in range(400):
        heap.make(at)
        heap.link({at - 1} if at else set(), "[]", {at})
        assert len(heap.parts({0})) == at + 1
    assert heap.work < 2_000
