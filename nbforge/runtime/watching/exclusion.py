"""Locks between the processes of a service: the kernel gives them back when their holder dies."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


class Exclusion:
    """Numbered locks, shared by fork. Two threads of one process do not exclude each other."""

    def __init__(self) -> None:
        # Linux needs no writable directory; open for as long as the service runs.
        create = getattr(os, "memfd_create", None)
        self._file = os.fdopen(create("nbforge"), "r+b") if create else tempfile.TemporaryFile()  # noqa: SIM115

    @contextmanager
    def held(self, number: int) -> Iterator[None]:
        """Wait for a lock."""
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, number)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)

    @contextmanager
    def tried(self, number: int) -> Iterator[bool]:
        """Whether a lock could be had at once."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)
