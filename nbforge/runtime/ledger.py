"""Counts that several processes keep together: each writes a region of its own, all of them read all regions.

The memory is anonymous and shared by fork: it needs no file, and what a process counted stays when it is killed.
Nothing is ever removed; a region that was left is taken over by the next process, which counts on.

A region is an ``int64`` of bytes used and then entries: ``uint32`` length of the key, ``uint32`` number of values, the
key (UTF-8, padded to 8 bytes), the values (``float64``). An entry counts from the moment that ``used`` includes it, so
readers need no lock.
"""

from __future__ import annotations

import mmap
import struct
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

REGION_BYTES = 8 * 1024 * 1024
"""Of address space; memory is used only where something was written."""

_REGION = REGION_BYTES // 8
_SEPARATOR = "\x1f"
_HEAD = struct.Struct("<II")
_USED = struct.Struct("<q")

Key = tuple[str, ...]


class Ledger:
    """``workers`` regions. Cells that are made before :meth:`take` are in every region, at the same place.

    ``lost`` is called for each cell that finds its region full: what it counts, it counts for nobody.
    """

    def __init__(self, workers: int = 1, lost: Callable[[], None] = lambda: None) -> None:
        self.lost = lost
        self.workers = workers
        self._memory = mmap.mmap(-1, workers * REGION_BYTES)
        self._own = _Place(memoryview(self._memory).cast("d"), regions=workers)
        self._mine: int | None = None if workers > 1 else 0
        self._places: dict[Key, int] = {}
        self._lock = threading.Lock()
        for region in range(workers):
            self._set_used(region, _USED.size)

    def take(self, region: int) -> None:
        """Count in this region from now on; what is in it already counts on."""
        self._mine = region
        self._own.base = region * _REGION
        self._places = {key: at for key, at, _ in self._entries(region)}

    def number(self) -> int:
        """The region that this process counts in."""
        return self._mine or 0

    def cell(self, key: Key, size: int = 1) -> Cell:
        """The cell of a key: ``size`` values, 0 at first."""
        with self._lock:
            place = self._places.get(key)
            if place is None:
                place = self._allocate(key, size)
        if place is None:
            self.lost()
            return Cell(_Place(memoryview(array("d", bytes(8 * size)))), 0, size, self._lock)
        return Cell(self._own, place // 8, size, self._lock)

    def clear(self, region: int, names: Iterable[str]) -> None:
        """Set the values of these series to 0 in one region: what a process that is gone had under way."""
        chosen = set(names)
        for key, at, size in self._entries(region):
            if key[0] in chosen:
                self._block(region, at, size)[:] = array("d", bytes(8 * size))

    def totals(self) -> dict[Key, list[float]]:
        """The sums over all regions, by key."""
        found: dict[Key, list[float]] = {}
        for region in range(self.workers):
            for key, at, size in self._entries(region):
                values = self._block(region, at, size).tolist()
                known = found.get(key)
                found[key] = values if known is None else [a + b for a, b in zip(known, values, strict=True)]
        return found

    def _allocate(self, key: Key, size: int) -> int | None:
        text = _SEPARATOR.join(key).encode()
        padded = -(-len(text) // 8) * 8
        regions = range(self.workers) if self._mine is None else (self._mine,)
        start = max(self._used(region) for region in regions)
        end = start + _HEAD.size + padded + 8 * size
        if end > REGION_BYTES:
            return None
        for region in regions:
            base = region * REGION_BYTES + start
            _HEAD.pack_into(self._memory, base, len(text), size)
            self._memory[base + _HEAD.size : base + _HEAD.size + len(text)] = text
            self._set_used(region, end)
        self._places[key] = start + _HEAD.size + padded
        return self._places[key]

    def _entries(self, region: int) -> Iterator[tuple[Key, int, int]]:
        """Key, place of the values in the region in bytes, and how many there are."""
        base, at, used = region * REGION_BYTES, _USED.size, self._used(region)
        while at < used:
            length, size = _HEAD.unpack_from(self._memory, base + at)
            text = self._memory[base + at + _HEAD.size : base + at + _HEAD.size + length].decode()
            place = at + _HEAD.size + -(-length // 8) * 8
            yield tuple(text.split(_SEPARATOR)), place, size
            at = place + 8 * size

    def _block(self, region: int, place: int, size: int) -> Any:
        at = (region * REGION_BYTES + place) // 8
        return self._own.values[at : at + size]

    def _used(self, region: int) -> int:
        return int(_USED.unpack_from(self._memory, region * REGION_BYTES)[0])

    def _set_used(self, region: int, used: int) -> None:
        _USED.pack_into(self._memory, region * REGION_BYTES, used)


@dataclass(slots=True)
class _Place:
    """Where a process counts: values, and the index of its region's first one."""

    values: Any  # a memoryview of floats, which typeshed takes for one of integers
    base: int = 0
    regions: int = 1


class Cell:
    """Some values of one key."""

    __slots__ = ("_at", "_lock", "_place", "size")

    def __init__(self, place: _Place, at: int, size: int, lock: threading.Lock) -> None:
        self._place, self._at, self.size, self._lock = place, at, size, lock

    def inc(self, amount: float = 1, position: int = 0) -> None:
        """Add to one value."""
        place = self._place
        with self._lock:
            place.values[place.base + self._at + position] += amount

    def dec(self, amount: float = 1) -> None:
        """Take from the only value."""
        self.inc(-amount)

    def pair(self, position: int, value: float) -> None:
        """Count 1 at ``position``, and ``value`` into the last of the values."""
        place = self._place
        first = place.base + self._at
        with self._lock:
            place.values[first + position] += 1
            place.values[first + self.size - 1] += value

    def bump(self, positions: Iterable[int], first_by: float = 0) -> None:
        """Add 1 to each of these values, and ``first_by`` to the first."""
        place = self._place
        values, first = place.values, place.base + self._at
        with self._lock:
            values[first] += first_by
            for position in positions:
                values[first + position] += 1

    def increase(self, amounts: np.ndarray) -> None:
        """Add to all values."""
        place = self._place
        first = place.base + self._at
        with self._lock:
            own = np.frombuffer(place.values[first : first + self.size])
            own += amounts

    def everywhere(self) -> np.ndarray:
        """What all processes counted; only of a cell that was made before the processes parted."""
        parts = (self._place.values[at : at + self.size] for at in self._regions())
        total: np.ndarray = sum((np.frombuffer(part) for part in parts), np.zeros(self.size))
        return total

    def total(self) -> float:
        """The first value of :meth:`everywhere`."""
        values = self._place.values
        return float(sum([values[at] for at in self._regions()]))

    def _regions(self) -> range:
        return range(self._at, self._at + self._place.regions * _REGION, _REGION)
