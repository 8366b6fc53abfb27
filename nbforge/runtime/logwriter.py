"""Writes the log in a thread of its own.

Whoever reads it may be slow, or have stopped: a pipe then takes nothing more, and a service that waited for it would
hang. What finds no room is dropped and counted.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable

MOST_LINES = 4096
"""Lines that wait to be written."""
_CHUNK = 64
_FLUSH_SECONDS = 2.0


class LogWriter(logging.Handler):
    """Writes to an open file. ``lost`` is called for each line that is dropped."""

    def __init__(self, file: int) -> None:
        super().__init__()
        self.lost: Callable[[], None] = lambda: None
        self._file = file
        self._waiting: queue.SimpleQueue[bytes | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._put = self._written = 0
        os.register_at_fork(after_in_child=self._begin_again)

    def emit(self, record: logging.LogRecord) -> None:
        """See :meth:`logging.Handler.emit`; never waits."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        except Exception:  # noqa: BLE001 - whatever is wrong with what somebody logs, his caller goes on
            self.lost()
            return
        if self._put - self._written >= MOST_LINES:
            self.lost()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="nbforge-log", daemon=True)
            self._thread.start()
        self._put += 1
        self._waiting.put(line)

    def flush(self) -> None:
        """Wait until what was logged is written, a moment at most."""
        if self._thread is not None:
            written = threading.Event()
            self._waiting.put(written)
            written.wait(_FLUSH_SECONDS)

    def _begin_again(self) -> None:
        """In a child: threads do not survive a fork, and what waited is the parent's to write."""
        self._waiting, self._thread = queue.SimpleQueue(), None
        self._put = self._written = 0

    def _run(self) -> None:
        while True:
            lines: list[bytes] = []
            each = self._waiting.get()
            while isinstance(each, bytes):
                lines.append(each)
                if len(lines) == _CHUNK or self._waiting.empty():
                    break
                each = self._waiting.get()
            self._write(lines)
            if isinstance(each, threading.Event):
                each.set()

    def _write(self, lines: list[bytes]) -> None:
        data = b"".join(lines)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:  # nobody reads it any more, or the disk is full
            for _ in lines:
                self.lost()
        self._written += len(lines)
