"""Putting a directory in place whole: whoever looks, and whenever the process dies, sees the old one or the new one."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbforge.environments.processes import alive
from nbforge.errors import UsageError

_MARK = ".nbforge-"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h of macOS


def check_target(target: Path) -> None:
    """Refuse to replace anything but a bundle.

    Raises:
        UsageError: ``target`` is a file, or a directory that holds something and no ``bundle.json``.
    """
    if not target.exists() and not target.is_symlink():
        return
    if target.is_dir() and ((target / "bundle.json").is_file() or not any(target.iterdir())):
        return
    raise UsageError(
        f"`{target}` exists and is not a bundle",
        remedy="Choose another directory with -o; nothing there was touched.",
        code="not-a-bundle",
        name=str(target),
    )


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A new directory beside ``target``, on the same file system, gone at the end unless it was published.

    What killed processes left beside the target is removed first; an old bundle that one of them had moved away is
    moved back.
    """
    check_target(target)
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    _clean(target)
    staged = Path(tempfile.mkdtemp(prefix=f".{target.name}{_MARK}{os.getpid()}-", dir=target.parent))
    staged.chmod(0o755)
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def publish(staged: Path, target: Path) -> None:
    """Make ``staged`` the directory at ``target``.

    Raises:
        UsageError: in the meantime something that is no bundle has appeared there.
    """
    check_target(target)
    target = target.resolve()
    if not target.exists() or not any(target.iterdir()):
        staged.rename(target)
    elif not exchange(staged, target):
        aside = staged.with_name(staged.name + "-old")
        target.rename(aside)
        staged.rename(target)
        shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step; false where the system or the file system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        result = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        result = library.renamex_np(first, second, _RENAME_SWAP)
    else:
        return False
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _clean(target: Path) -> None:
    for leftover in target.parent.glob(f".{target.name}{_MARK}*"):
        owner = leftover.name.rpartition(_MARK)[2].partition("-")[0]
        if owner.isdigit() and alive(int(owner)):
            continue
        if leftover.name.endswith("-old") and not target.exists():
            with contextlib.suppress(OSError):
                leftover.rename(target)
                continue
        shutil.rmtree(leftover, ignore_errors=True)
