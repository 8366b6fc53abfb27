"""Compiling modules ahead of their first import, as the same bytes wherever they lie."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from nbforge.errors import EnvironmentFailure

_HEADER_BYTES: Final = 8
"""PEP 552: a magic number, and flags."""
_BY_HASH: Final = (0b01, 0b11)
"""The flags where the source's hash follows, unchecked or checked; with others, its time and size do."""

_COMPILE: Final = """
import json, py_compile, sys
from concurrent.futures import ProcessPoolExecutor

def one(name):
    # By hash: no time stamp of the source gets in. The import system puts the true file name in when it loads.
    try:
        mode = py_compile.PycInvalidationMode[sys.argv[2]]
        py_compile.compile(name, dfile=name, doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, SyntaxError, ValueError):
        return name
    return None

if __name__ == "__main__":
    names = json.load(sys.stdin)
    with ProcessPoolExecutor(max_workers=int(sys.argv[1])) as pool:
        print(json.dumps([name for name in pool.map(one, names, chunksize=16) if name]))
"""


def is_dated(path: Path) -> bool:
    """Whether a ``.pyc`` file is an interpreter's own, left over from a run: it does not go by its source's hash."""
    with path.open("rb") as stream:
        header = stream.read(_HEADER_BYTES)
    return int.from_bytes(header[4:], "little") not in _BY_HASH


def compile_modules(python: Path, root: Path, modules: Iterable[str], *, checked: bool = False) -> tuple[str, ...]:
    """Write ``__pycache__`` files for some modules, and return those that do not compile (templates, other versions'
    syntax).

    Args:
        python: an interpreter of the version that will import them.
        root: the directory that the names are relative to; the names, not ``root``, get into the files.
        modules: relative paths of ``.py`` files.
        checked: whether a file counts only while its source is the same; slower by a reading of the source.
    """
    names = sorted(modules)
    if not names:
        return ()
    workers = min(os.cpu_count() or 1, 8, 1 + len(names) // 50)
    try:
        done = subprocess.run(
            [python, "-I", "-c", _COMPILE, str(workers), "CHECKED_HASH" if checked else "UNCHECKED_HASH"],
            input=json.dumps(names),
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise EnvironmentFailure(
            "the modules of the lock could not be compiled",
            remedy="See the details; a full disk is the usual reason.",
            code="bytecode",
            detail=str(getattr(error, "stderr", "") or error),
        ) from error
    return tuple(json.loads(done.stdout))
