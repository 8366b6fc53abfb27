"""A log of predictions: a line of JSON for each row, in files that take turns, written by a thread of its own.

Nothing waits for it and nothing fails with it: what cannot be written, or comes faster than it is written, is counted
as dropped.
"""

from __future__ import annotations

import os
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from nbforge.runtime.answers import Answers
from nbforge.runtime.series import Counter

MOST_WAITING_ROWS = 20_000
_CHUNK = 256 * 1024
_RETRY_SECONDS = 1.0
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files are: ``files`` of ``max_bytes`` each for each worker; the oldest goes when there are more."""

    directory: Path
    max_bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class _Entry:
    at: float
    request: str
    columns: Mapping[str, Sequence[Any]]
    n: int
    answers: Answers


class PredictionLog:
    """The log of one worker.

    Args:
        place: where it is written.
        private: fields that are left out.
        dropped: counts rows that are not in it.
        mine: the number of this worker.
    """

    def __init__(self, place: Place, private: Iterable[str], dropped: Counter, mine: Callable[[], int]) -> None:
        self._place, self._private, self._dropped, self._mine = place, frozenset(private), dropped, mine
        self._waiting: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._put = self._taken = 0
        self._thread: threading.Thread | None = None

    def put(self, request: str, columns: Mapping[str, Sequence[Any]], n: int, answers: Answers) -> None:
        """Log the rows of a request, soon."""
        if self._put - self._taken + n > MOST_WAITING_ROWS:
            self._dropped.inc(n)
            return
        if self._thread is None:
            # Not before: threads do not survive the fork of the workers.
            self._thread = threading.Thread(target=self._run, name="nbforge-prediction-log", daemon=True)
            self._thread.start()
        self._put += n
        self._waiting.put(_Entry(time.time(), request, columns, n, answers))

    def stop(self) -> None:
        """Write what waits."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(_STOP_SECONDS)
            self._thread = None

    def _run(self) -> None:
        files = _Files(self._place, f"predictions-{socket.gethostname()}-{self._mine()}-")
        more = True
        while more:
            lines: list[bytes] = []
            size = 0
            while more and size < _CHUNK and (not lines or not self._waiting.empty()):
                entry = self._waiting.get()
                if entry is None:
                    more = False
                else:
                    size += self._add(entry, lines)
            if lines and not files.write(lines):
                self._dropped.inc(len(lines))

    def _add(self, entry: _Entry, lines: list[bytes]) -> int:
        """Append the lines of an entry; how many bytes they are."""
        self._taken += entry.n
        try:
            found = list(self._lines(entry))
        except (TypeError, ValueError, msgspec.MsgspecError):
            self._dropped.inc(entry.n)
            return 0
        lines += found
        return sum(map(len, found))

    def _lines(self, entry: _Entry) -> Iterator[bytes]:
        when = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
        columns = {name: values for name, values in entry.columns.items() if name not in self._private}
        for row in range(entry.n):
            line: dict[str, Any] = {"time": when, "request_id": entry.request, "row": row}
            line["inputs"] = {name: values[row] for name, values in columns.items()}
            line["prediction"] = entry.answers.predictions[row]
            if entry.answers.probabilities is not None:
                line["probabilities"] = entry.answers.probabilities[row]
            yield msgspec.json.encode(line) + b"\n"


class _Files:
    """Files of one name and rising numbers; numbers go on where an earlier process ended."""

    def __init__(self, place: Place, name: str) -> None:
        self._place, self._name = place, name
        self._number: int | None = None
        self._file = -1
        self._size = 0
        self._retry_at = 0.0

    def write(self, lines: Sequence[bytes]) -> bool:
        """Append lines; whether they are in the file. After a failure nothing is tried for a second."""
        if time.monotonic() < self._retry_at:
            return False
        try:
            self._append(b"".join(lines))
        except OSError:
            self._close()
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            return False
        return True

    def _append(self, data: bytes) -> None:
        if self._file < 0 or self._size + len(data) > self._place.max_bytes:
            self._next()
        if os.write(self._file, data) != len(data):
            raise OSError("the disk is full")
        self._size += len(data)

    def _next(self) -> None:
        self._close()
        self._place.directory.mkdir(parents=True, exist_ok=True)
        there = self._there()
        self._number = max([*there, self._number or 0]) + 1
        for number in sorted(there)[: max(0, len(there) + 1 - self._place.files)]:
            self._path(number).unlink(missing_ok=True)
        self._file = os.open(self._path(self._number), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o640)
        self._size = 0

    def _there(self) -> list[int]:
        pattern = re.compile(re.escape(self._name) + r"(\d+)\.ndjson")
        found = (pattern.fullmatch(path.name) for path in self._place.directory.iterdir())
        return [int(each[1]) for each in found if each]

    def _path(self, number: int) -> Path:
        return self._place.directory / f"{self._name}{number:06}.ndjson"

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
