"""What calls cost is learned from them, and how many rows are worth merging follows from it."""

from __future__ import annotations

import random

import pytest

from nbforge.runtime.costs import Cost


def learnt(fixed: float, each: float, sizes: list[int], noise: float = 0.0) -> Cost:
    draw = random.Random(3)
    cost = Cost()
    for rows in sizes:
        cost.note(rows, (fixed + each * rows) * (1 + draw.uniform(-noise, noise)))
    return cost


@pytest.mark.parametrize(("fixed", "each"), [(0.0025, 4e-6), (0.0005, 2e-7), (0.2, 0.01), (0.0, 0.001)])
def test_a_straight_line_is_found_through_noise(fixed: float, each: float) -> None:
    cost = learnt(fixed, each, [1, 1000, 30, 200, 5] * 40, noise=0.1)
    for rows in (1, 50, 1000):
        assert cost.seconds(rows) == pytest.approx(fixed + each * rows, rel=0.15)


def test_an_hour_of_single_rows_does_not_wash_away_what_a_batch_costs() -> None:
    cost = learnt(0.002, 1e-4, [1, 256] + [1] * 5000, noise=0.2)
    assert cost.seconds(256) == pytest.approx(0.002 + 0.0256, rel=0.25)


def test_a_paused_process_is_no_dearer_model() -> None:
    cost = learnt(0.002, 0.0, [1] * 50)
    cost.note(1, 3.0)
    assert cost.seconds(1) < 0.003
    for _ in range(60):
        cost.note(1, 0.02)
    assert cost.seconds(1) == pytest.approx(0.02, rel=0.1), "but a dearer model is noticed"


def test_rows_are_merged_while_it_is_worth_it() -> None:
    sizes = [1, 64, 256, 1024, 4096]
    assert learnt(0.0025, 4e-6, sizes).rows() == pytest.approx(0.0225 / 4e-6, rel=0.05), "ten times the fixed cost"
    assert learnt(1e-5, 1e-4, sizes).rows() == pytest.approx(100, rel=0.05), "ten milliseconds are always good"
    assert learnt(2.0, 0.1, sizes).rows() == 20, "a long call is at most doubled"
    assert Cost().rows() == 64, "nothing is known yet"
    assert learnt(0.001, 0.0, [1]).rows() == 64, "what lies far off is not known"
    assert learnt(0.001, 0.0, [1, 100]).rows() == 400
