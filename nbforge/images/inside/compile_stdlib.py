"""Compiles a base image's standard library into a tree of its own: ``compile_stdlib.py DIRECTORY``.

Run where a base has no ``.pyc``: a non-root user can never write them, and every start would compile it all again.
"""

import os
import py_compile
import sys
import sysconfig
from pathlib import Path

# Never part of a service, and large.
SKIPPED = frozenset(
    [
        "__pycache__",
        "dist-packages",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "pydoc_data",
        "site-packages",
        "test",
        "tests",
        "tkinter",
        "turtledemo",
    ]
)


def main(target: str) -> None:
    """Write ``target`` + the file's own path for every module."""
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    for folder, names, files in os.walk(stdlib):
        names[:] = sorted(name for name in names if name not in SKIPPED and not name.startswith("config-"))
        for name in sorted(files):
            if name.endswith(".py"):
                cached = Path(folder, "__pycache__", f"{name[:-3]}.{sys.implementation.cache_tag}.pyc")
                py_compile.compile(
                    str(Path(folder, name)),
                    f"{target}{cached}",
                    doraise=True,
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                )


if __name__ == "__main__":
    main(sys.argv[1])
