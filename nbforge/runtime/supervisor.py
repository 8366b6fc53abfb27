"""Several workers behind one listening socket: the parent loads, forks, replaces who dies, and never predicts.

A parent that has predicted and then forks hangs scikit-learn's HistGradientBoosting, xgboost and lightgbm in the child:
their thread pools do not survive a fork. Loading starts none.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType

from nbforge.runtime.board import Board
from nbforge.runtime.logs import LOGGER
from nbforge.runtime.sentinel import Sentinel

_STOPPING = (signal.SIGTERM, signal.SIGINT)
_QUICK_SECONDS = 1.0
_QUICK_DEATHS = 5
_PAUSE_SECONDS = 1.0
_HEARD = 2
"""Signals that are passed on: to drain, to skip that; one more ends the workers at once."""


class Supervisor:
    """Keeps ``workers`` children alive.

    Args:
        workers: how many.
        work: what a child does: gets its number, and a file that ends when the parent is gone; returns its exit code.
        buried: called in the parent with the number of a worker that died on its own.
        board: where it says that all of them are to end.
        sentinel: answers for children who cannot.
    """

    def __init__(
        self,
        workers: int,
        work: Callable[[int, int], int],
        buried: Callable[[int], None],
        board: Board,
        sentinel: Sentinel,
    ) -> None:
        self._workers, self._work, self._buried = workers, work, buried
        self._board, self._sentinel = board, sentinel
        self._children: dict[int, int] = {}
        self._born: dict[int, float] = {}
        self._quick = 0
        self._asked: list[int] = []
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._life_read, self._life_write = os.pipe()

    def run(self) -> int:
        """Until a signal ends it: 0 after a graceful end, 1 where workers die as soon as they are born."""
        for number in (*_STOPPING, signal.SIGCHLD):
            signal.signal(number, self._note)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for worker in range(self._workers):
            self._fork(worker)
        code = 0
        told = 0
        while self._children:
            self._sentinel.watch(_PAUSE_SECONDS, self._wake_read)
            self._drain()
            for asked in self._asked[told:]:
                self._board.stop()
                self._tell(asked if told < _HEARD else signal.SIGKILL)
                told += 1
            for worker in self._reap():
                if told or code:
                    continue
                self._buried(worker)
                if self._hopeless(worker):
                    LOGGER.error("Workers die as soon as they start; giving up.", extra={"event": "hopeless"})
                    code = 1
                    self._tell(signal.SIGTERM)
                else:
                    self._fork(worker)
        return code

    def _fork(self, worker: int) -> None:
        pid = os.fork()
        if pid:
            self._children[pid] = worker
            self._born[worker] = time.monotonic()
            return
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*_STOPPING, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            for end in (self._wake_read, self._wake_write, self._life_write):
                os.close(end)
            code = self._work(worker, self._life_read)
        except BaseException as error:  # noqa: BLE001 - a child must never run on as a second parent
            LOGGER.error("A worker failed.", extra={"error": type(error).__name__})
        finally:
            logging.shutdown()
            os._exit(code)

    def _note(self, number: int, _: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked.append(number)

    def _drain(self) -> None:
        while select.select([self._wake_read], [], [], 0)[0]:
            os.read(self._wake_read, 4096)

    def _tell(self, number: int) -> None:
        for pid in self._children:
            os.kill(pid, number)

    def _reap(self) -> list[int]:
        gone = []
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            worker = self._children.pop(pid, None)
            if worker is not None:
                LOGGER.info("A worker ended.", extra={"event": "worker", "worker": worker, "status": status})
                gone.append(worker)
        return gone

    def _hopeless(self, worker: int) -> bool:
        quick = time.monotonic() - self._born[worker] < _QUICK_SECONDS
        self._quick = self._quick + 1 if quick else 0
        return self._quick >= _QUICK_DEATHS
