"""Prints what a base image is, as JSON: its Python, its C library, its shared libraries and their symbol versions."""

import importlib.util
import json
import platform
import re
import sys
import sysconfig
from pathlib import Path

SYMBOLS = re.compile(rb"(?:GLIBC|GLIBCXX|CXXABI|GCC|GOMP|OMP)_[0-9][0-9.]*")


def main() -> None:
    """Collect and print."""
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    names: set[str] = set()
    versions: set[str] = set()
    for folder in folders():
        for file in folder.iterdir() if folder.is_dir() else ():
            if ".so" in file.name and file.is_file() and file.name not in names:
                content = file.read_bytes()
                if content.startswith(b"\x7fELF"):
                    names.add(file.name)
                    versions.update(found.decode() for found in SYMBOLS.findall(content))
    compiled = importlib.util.cache_from_source(str(stdlib / "asyncio" / "base_events.py"))
    facts = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libc": platform.libc_ver(),
        "compiled": Path(compiled).exists(),
        "libraries": sorted(names),
        "versions": sorted(versions),
    }
    sys.stdout.write(json.dumps(facts))


def folders() -> list[Path]:
    """Where the loader looks by default."""
    triplet = getattr(sys.implementation, "_multiarch", "")
    multiarch = [Path(folder, triplet) for folder in ("/lib", "/usr/lib") if triplet]
    return [*multiarch, *(Path(folder) for folder in ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"))]


if __name__ == "__main__":
    main()
