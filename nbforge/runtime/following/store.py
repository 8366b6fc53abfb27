"""The predictions of the last rows, by request: memory that all workers share, each writing a part of its own.

A part is a ring of values and a table of requests: buckets of four entries of a key, the number of the first row and
how many there are. A request is known as long as none of its rows was written over.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

_WAYS = 4
_ENTRY = 3


def digest(text: str) -> int:
    """64 bits that stand for a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True)


@dataclass(frozen=True, slots=True)
class Found:
    """The remembered rows of a request: the first, of ``n``, in a worker's part."""

    worker: int
    first: int
    n: int


class Store:
    """Room for the predictions of ``rows`` rows a worker.

    Args:
        rows: how many.
        workers: how many processes share it.
        mine: the number of this process.
        kind: ``d`` for numbers, ``q`` for whole numbers of 64 bits.
    """

    def __init__(self, rows: int, workers: int, mine: Callable[[], int], kind: str) -> None:
        self._rows, self._workers, self._mine = rows, workers, mine
        self._buckets = max(1, rows // _WAYS)
        # The number of the next row, the table, the values; then a byte for each row whose truth is known.
        table = _ENTRY * _WAYS * self._buckets
        self._part = 1 + table + rows
        words = workers * self._part
        memory = memoryview(mmap.mmap(-1, 8 * words + workers * rows))
        self._table = memory[: 8 * words].cast("q")
        self._values = memory[: 8 * words].cast(kind)  # type: ignore[call-overload]
        self._known = memory[8 * words :]

    def remember(self, request: str, values: Sequence[float]) -> None:
        """Keep a request's predictions; more rows than there is room for are not kept."""
        n = len(values)
        if not 0 < n <= self._rows:
            return
        worker = self._mine()
        base = worker * self._part
        first = self._table[base]
        start = base + self._part - self._rows
        for row, value in enumerate(values, first):
            self._values[start + row % self._rows] = value
            self._known[worker * self._rows + row % self._rows] = 0
        self._table[base] = first + n
        key = digest(request)
        entry = self._entry(base, key)
        self._table[entry + 2] = 0
        self._table[entry], self._table[entry + 1], self._table[entry + 2] = key, first, n

    def _entry(self, base: int, key: int) -> int:
        """Where the key is, or else the entry of its bucket that is the oldest."""
        table = self._table
        oldest, end = -1, 0
        for at in self._bucket(base, key):
            if table[at] == key:
                return at
            if oldest < 0 or table[at + 1] + table[at + 2] < end:
                oldest, end = at, table[at + 1] + table[at + 2]
        return oldest

    def _bucket(self, base: int, key: int) -> range:
        first = base + 1 + key % self._buckets * _WAYS * _ENTRY
        return range(first, first + _WAYS * _ENTRY, _ENTRY)

    def find(self, request: str) -> Found | None:
        """The rows of a request, as long as all of them are remembered."""
        key = digest(request)
        for worker in range(self._workers):
            base = worker * self._part
            for at in self._bucket(base, key):
                found, first, n = self._table[at : at + _ENTRY]
                if found == key and n and first + self._rows >= self._table[base]:
                    return Found(worker, first, n)
        return None

    def value(self, found: Found, row: int) -> float:
        """The prediction of a row."""
        value: float = self._values[(found.worker + 1) * self._part - self._rows + (found.first + row) % self._rows]
        return value

    def tell(self, found: Found, row: int) -> bool:
        """Note that a row's truth is known; whether that is new."""
        at = found.worker * self._rows + (found.first + row) % self._rows
        new = not self._known[at]
        self._known[at] = 1
        return new
