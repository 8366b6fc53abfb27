"""A folder for temporary files where the file system is read-only: TensorFlow, for one, asks for it on import."""

from __future__ import annotations

import os
import tempfile
from collections.abc import MutableMapping

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a container has it with a read-only root too


def ensure(environment: MutableMapping[str, str]) -> None:
    """Name shared memory as the folder where there is no other that can be written to."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        environment["TMPDIR"] = _SHARED_MEMORY
        if not os.access(_SHARED_MEMORY, os.W_OK):
            tempfile.tempdir = _SHARED_MEMORY  # what only asks for its name can load; what writes says that it cannot
