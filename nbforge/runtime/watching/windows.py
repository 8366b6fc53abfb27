"""Tumbling windows of a number of rows, over all workers.

Each worker counts in its own region of the ledger. Whoever finds that a block of rows is full takes the difference of
all regions' sums since the block began: every count is in exactly one window, and no row waits for a lock. With one
worker a window has exactly the rows it should; with several it may have those more that others counted meanwhile.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence

import numpy as np

from nbforge.runtime.ledger import Cell
from nbforge.runtime.watching.exclusion import Exclusion

BLOCKS = 10
_TURN = 0
_ROWS = 0
"""The first count is that of the rows."""
_FEW = 16
"""Fewer rows are counted faster one by one."""


class Windows:
    """Counts rows, and hands over each window.

    Args:
        cell: what is counted; its first value is the number of rows.
        rows: of a window.
        workers: how many processes count.
        locks: between them.
        closed: gets the counts of each window's blocks, ``[BLOCKS, counts]``; called by whoever counted its last row.
    """

    def __init__(
        self, cell: Cell, rows: int, workers: int, locks: Exclusion, closed: Callable[[np.ndarray], None]
    ) -> None:
        self._cell, self._closed, self._locks, self._alone = cell, closed, locks, workers == 1
        self._lengths = [rows * (at + 1) // BLOCKS - rows * at // BLOCKS for at in range(BLOCKS)]
        size = cell.size
        memory = np.frombuffer(mmap.mmap(-1, 8 * (1 + (BLOCKS + 1) * size)), dtype="float64")
        self._full, self._start = memory[:1], memory[1 : 1 + size]
        self._blocks = memory[1 + size :].reshape(BLOCKS, size)
        self._left = self._lengths[0]

    def one(self, places: Sequence[int]) -> None:
        """Count a row: one in each of these places."""
        self._cell.bump(places, 1)
        self._left -= 1
        if self._left <= 0 or not self._alone:
            self._turn()

    def many(self, by_field: Sequence[Sequence[int] | np.ndarray], rows: int) -> None:
        """Count rows: one in each place of each row, by field."""
        if rows < _FEW and rows < self._left and self._alone:
            self._cell.bump([place for places in by_field for place in places], rows)
            self._left -= rows
            return
        places, at = np.array(by_field, dtype=np.intp).reshape(len(by_field), rows), 0
        while at < rows:
            some = places[:, at : at + max(1, self._left)]
            counts = np.bincount(some.ravel(), minlength=self._cell.size).astype("float64")
            counts[_ROWS] = some.shape[1]
            self._cell.increase(counts)
            at += some.shape[1]
            self._left -= some.shape[1]
            if self._left <= 0 or not self._alone:
                self._turn()

    def under_way(self) -> int:
        """Rows of the window that is not full yet."""
        full = int(self._full[0])
        return int(self._blocks[:full, _ROWS].sum() + self._cell.total() - self._start[_ROWS])

    def _turn(self) -> None:
        """End the block, if it is full: no other worker may be at it."""
        if self._alone:
            self._end()
            return
        self._left = self._missing()
        if self._left <= 0:
            with self._locks.tried(_TURN) as mine:
                # Somebody else may have ended it meanwhile; where one is at it, the next row finds it done.
                if mine and self._missing() <= 0:
                    self._end()

    def _missing(self) -> int:
        seen = self._cell.total() - self._start[_ROWS]
        return int(self._lengths[int(self._full[0])] - seen)

    def _end(self) -> None:
        counted = self._cell.everywhere()
        full = int(self._full[0])
        self._blocks[full] = counted - self._start
        self._start[:] = counted
        full = (full + 1) % BLOCKS
        self._full[0] = full
        self._left = self._lengths[full]
        if full == 0:
            self._closed(self._blocks.copy())
