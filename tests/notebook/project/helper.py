"""A module of the project that generated programs import: it has state, and changes what it is given."""

from __future__ import annotations

from typing import Any

count = 0
scale = 2
items: list[Any] = []


def bump() -> int:
    global count  # noqa: PLW0603 - what the programs are about
    count += 1
    items.append(count)
    return count


def scaled(v: int) -> int:
    return v * scale


def add(to: list[Any], v: Any) -> None:
    to.append(v)


class Gauge:
    read_so_far = 0

    def __init__(self, value: int) -> None:
        self.value = value

    def read(self) -> int:
        Gauge.read_so_far += 1
        return self.value + Gauge.read_so_far
