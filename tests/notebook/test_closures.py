"""What objects lead to is the same, whether it was asked before objects came to hold more or only then."""

from __future__ import annotations

import random

import pytest

from nbforge.notebook.heap import SOURCE, Heap

LABELS = ("[]", "a", "*", SOURCE, "__class__")
WITHOUT = {"__class__", "a"}


def grown(seed: int, *, asking: bool) -> tuple[Heap, list[object]]:
    """A heap that grows at random, and now and then lets something go, and the answers at its end."""
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
        asked = chance.sample(range(12), chance.choice((1, 2, 5)))
        if asking:
            answers(heap, asked)
    return heap, [answers(heap, value) for value in VALUES]


VALUES = [[first, second] for first in range(12) for second in range(12)] + [list(range(at, 12)) for at in range(10)]


def answers(heap: Heap, value: list[int]) -> object:
    return heap.parts(value), heap.reach(value), heap.reach(value, WITHOUT)


def plainly(heap: Heap, value: list[int]) -> object:
    """The same, found by looking at everything until nothing is new."""
    handed, passed, reached, cut = set(value), set[int](), set(value), set(value)
    for _ in range(12):
        for region in [*handed, *passed]:
            for label, members in heap.fields[region].items():
                through = {each for each in members if label == SOURCE and heap.regions[each].kind == "container"}
                passed |= through if label != "__class__" else set()
                handed |= members - through if label != "__class__" else set()
        for region in [*reached]:
            reached.update(*heap.fields[region].values())
        for region in [*cut]:
            cut.update(*(members for label, members in heap.fields[region].items() if label not in WITHOUT))
    return handed, reached, cut


@pytest.mark.parametrize("seed", range(40))
def test_asking_on_the_way_changes_no_answer(seed: int) -> None:
    heap, found = grown(seed, asking=True)
    assert found == grown(seed, asking=False)[1]
    assert found == [plainly(heap, value) for value in VALUES]


def test_what_is_known_of_one_object_is_not_looked_at_again_for_others() -> None:
    heap = Heap()
    for at in range(200):
        heap.make(at)
    for at in range(200):
        heap.link({at}, "*", {(at + 1) % 200})
    assert all(len(heap.parts({at, at // 2, at // 3})) == 200 for at in range(200))
    assert heap.work < 200 * 200 / 3  # each of 200 looks at 200


def test_what_was_known_is_not_looked_at_again() -> None:
    heap = Heap()
    for at in range(400):
        heap.make(at)
        heap.link({at - 1} if at else set(), "[]", {at})
        assert len(heap.parts({0})) == at + 1
    assert heap.work < 2_000
