"""A notebook file changed in place: whole or not at all, and not when somebody else has saved it meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from nbforge.errors import NotebookError


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``; owner and mode stay, and a link goes on pointing at the file.

    Raises:
        NotebookError: the file is not what was read any more, or may not be written.
    """
    target = path.resolve()
    if not os.access(target, os.W_OK):
        raise NotebookError(
            "the file may not be written.",
            remedy="Change its permissions, or work on a copy.",
            code="read-only-notebook",
            notebook=path.name,
        )
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        _like(staged, target)
        if target.read_bytes() != before:
            raise NotebookError(
                "the file was saved by another program meanwhile; it was left as it is.",
                remedy="Run the command again.",
                code="notebook-changed",
                notebook=path.name,
            )
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)


def _like(staged: Path, target: Path) -> None:
    shutil.copymode(target, staged)
    status = target.stat()
    with contextlib.suppress(PermissionError):  # only the superuser may give files away
        os.chown(staged, status.st_uid, status.st_gid)
