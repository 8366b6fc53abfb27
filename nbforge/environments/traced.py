"""Run as a script in any environment, ``traced.py ASKED.json ANSWER.json``: scores a bundle's rows and says what that
used.

Only the standard library is imported here, and the bundle's own runtime; nothing of nbforge's tool side is on the path.
"""

# ruff: noqa: PTH100, PTH118, PTH119, PTH120
# Paths as text: RECORDs hold a hundred thousand of them, and pathlib is slow at that.

from __future__ import annotations

import csv
import importlib
import importlib.metadata
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_ROWS = 200


class Withheld:
    """A finder that makes some top-level modules look as if they were not installed."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuses the withheld names, knows no other."""
        del path, target
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class Owners:
    """Which distribution a file belongs to, by the RECORDs of the import path."""

    def __init__(self) -> None:
        self.installed: dict[str, importlib.metadata.Distribution] = {}
        self._files: dict[str, tuple[str, str]] = {}
        self._folders: dict[str, str] = {}
        for distribution in importlib.metadata.distributions():
            name = normalised(distribution.metadata["Name"] or "")
            if name and name not in self.installed:
                self.installed[name] = distribution
                self._record(name, distribution)

    def _record(self, name: str, distribution: importlib.metadata.Distribution) -> None:
        base = os.path.realpath(str(distribution.locate_file("")))
        record = distribution.read_text("RECORD")
        if record is None:  # such as Debian's own packages: only the top level is known
            for top in (distribution.read_text("top_level.txt") or name.replace("-", "_")).split():
                self._folders[os.path.join(base, top)] = name
            return
        for row in csv.reader(record.splitlines()):
            self._files[os.path.join(base, row[0])] = (name, row[0])

    def of(self, file: str) -> tuple[str, str] | None:
        """``(distribution, path relative to its site directory)``, or ``None``."""
        found = self._files.get(file)
        if found:
            return found
        for folder, name in self._folders.items():
            if file == folder + ".py" or file.startswith(folder + os.sep):
                return name, os.path.relpath(file, os.path.dirname(folder))
        return None


def main(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Score, then collect."""
    opened: set[str] = set()
    before = modules() | mapped()  # what the environment's .pth files import at every start is no need of scoring
    root = Path(asked["root"])
    sys.path[0] = str(root / "service")
    if asked["overlay"]:
        sys.path.append(asked["overlay"])
    sys.meta_path.insert(0, Withheld(asked["withheld"]))
    sys.addaudithook(lambda event, arguments: note(opened, event, arguments))
    score(root)
    for name in asked["imports"]:
        importlib.import_module(name)
    return collect({settled(file) for file in (opened | modules() | mapped()) - before}, os.path.realpath(root))


def score(root: Path) -> None:
    """Load the bundle and answer its proof's rows, or its examples, together and one alone."""
    from nbforge.runtime.scorer import Scorer

    scorer = Scorer.load(root)
    rows = recorded(root)
    fields = scorer.contract.inputs
    for part in (rows[:_ROWS], rows[:1]):
        if part:
            scorer.score({field.name: [row.get(field.name, field.fill) for row in part] for field in fields}, len(part))


def recorded(root: Path) -> Sequence[Mapping[str, Any]]:
    """The rows of the proof, else the contract's examples."""
    proof = root / "evidence" / "proof.json"
    if proof.is_file():
        return json.loads(proof.read_bytes())["rows"]  # type: ignore[no-any-return]
    return json.loads((root / "contract.json").read_bytes()).get("examples") or ()


def note(opened: set[str], event: str, arguments: tuple[Any, ...]) -> None:
    """Remember a file opened for reading."""
    if event == "open" and isinstance(arguments[0], str) and isinstance(arguments[1], str) and "r" in arguments[1]:
        opened.add(os.path.abspath(arguments[0]))


def modules() -> set[str]:
    """The files of the imported modules."""
    found = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {file for file in found if isinstance(file, str)}


def mapped() -> set[str]:
    """Shared libraries in this process, those loaded through ctypes among them; Linux only."""
    try:
        lines = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
    except OSError:
        return set()
    return {line.split(maxsplit=5)[5] for line in lines if line.count("/") and ".so" in line}


def collect(files: Iterable[str], root: str) -> dict[str, Any]:
    """Files to distributions."""
    owners = Owners()
    used: dict[str, set[str]] = {}
    unowned: set[str] = set()
    imported = {settled(file) for file in modules()}
    for file in sorted(files):
        owner = owners.of(source_of(file))
        if owner:
            # Reading another distribution's metadata (a version check, a search of entry points) is no use of it.
            if ".dist-info" not in owner[1]:
                used.setdefault(owner[0], set()).add(owner[1])
        elif file in imported and not below(file, [root, os.path.realpath(sys.argv[0])]) and not is_standard(file):
            unowned.add(file)
    return {
        "used": [described(name, owners.installed[name], found) for name, found in sorted(used.items())],
        "installed": {name: each.version for name, each in sorted(owners.installed.items())},
        "unowned": sorted(unowned),
    }


def described(name: str, distribution: importlib.metadata.Distribution, files: set[str]) -> dict[str, Any]:
    """One used distribution as JSON; ``source`` says if it did not come from an index."""
    direct = json.loads(distribution.read_text("direct_url.json") or "{}")
    source = None
    if direct:
        source = "directory" if "dir_info" in direct else "repository" if "vcs_info" in direct else "archive"
    return {"name": name, "version": distribution.version, "files": sorted(files), "source": source}


def settled(file: str) -> str:
    """The file in its folder's true place; the file itself may be a link into an installer's cache."""
    return os.path.join(os.path.realpath(os.path.dirname(file)), os.path.basename(file))


def source_of(file: str) -> str:
    """The source of a ``__pycache__`` file; any other file itself."""
    folder, name = os.path.split(file)
    if os.path.basename(folder) == "__pycache__" and name.endswith(".pyc"):
        return os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
    return file


def is_standard(file: str) -> bool:
    """Whether a file is of the standard library; the folders of what is installed may lie within it."""
    import sysconfig

    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.dirname(os.__file__)]
    installed = {"site-packages", "dist-packages"}
    return below(file, [os.path.realpath(each) for each in folders if each]) and installed.isdisjoint(Path(file).parts)


def below(file: str, folders: Iterable[str]) -> bool:
    """Whether a file is one of some folders or in one."""
    return any(file == folder or file.startswith(folder + os.sep) for folder in folders)


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    answer = main(json.loads(Path(sys.argv[1]).read_bytes()))
    Path(sys.argv[2]).write_text(json.dumps(answer), "utf-8")
