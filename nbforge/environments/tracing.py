"""Finding out what scoring imports: a bundle scores its own rows in a fresh process that then says which files it
used.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbforge.environments import cache
from nbforge.errors import ProofError
from nbforge.values import Environment, Json

_SCRIPT: Final = Path(__file__).with_name("traced.py")
_ERROR_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Used:
    """A distribution that scoring imported: ``files`` are relative to where it is installed; ``source`` is its direct
    URL's kind.
    """

    name: str
    version: str
    files: tuple[str, ...]
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What one bundle's scoring used of an environment.

    ``installed`` is everything there by normalised name; ``unowned`` are modules that belong to no distribution.
    """

    used: tuple[Used, ...]
    installed: Mapping[str, str] = field(default_factory=dict)
    unowned: tuple[str, ...] = ()

    def files(self) -> Mapping[str, frozenset[str]]:
        """The files used, by normalised name of their distribution."""
        return {each.name: frozenset(each.files) for each in self.used}


def trace(
    root: Path,
    environment: Environment,
    *,
    overlay: Path | None = None,
    imports: Sequence[str] = (),
    withheld: Sequence[str] = (),
) -> Trace:
    """Score a bundle's rows in a process of ``environment`` and see what that used; kept for the same bundle and
    environment.

    Args:
        root: the bundle; ``contract.json``, ``bundle.json``, ``artifacts/`` and ``service/`` are there.
        environment: whose interpreter and distributions.
        overlay: appended to the import path.
        imports: modules imported besides.
        withheld: modules that cannot be imported, as if they were not installed.

    Raises:
        ProofError: the bundle cannot score there.
    """
    besides = sorted(each.name for each in overlay.glob("*.dist-info")) if overlay else []
    asked = [environment.fingerprint, _digests(root), besides, list(imports), list(withheld)]
    key = cache.key(*asked, _SCRIPT.read_text("utf-8"))
    found = cache.value("traces", key, lambda: _run(root, environment, overlay, imports, withheld))
    used = tuple(Used(each["name"], each["version"], tuple(each["files"]), each["source"]) for each in found["used"])
    return Trace(used, found["installed"], tuple(found["unowned"]))


def remember(lock: str, used: Trace) -> None:
    """Keep a trace beside the text of the lock that it led to, see :func:`remembered`."""
    cache.value("lock-traces", cache.key(lock), lambda: [sorted(each.files) for each in used.used])


def remembered(lock: str) -> frozenset[str]:
    """The files that scoring with this lock was seen to use on this machine; empty where none was."""
    found = cache.find("lock-traces", cache.key(lock)) or []
    return frozenset(file for files in found for file in files)


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(
    root: Path, environment: Environment, overlay: Path | None, imports: Sequence[str], withheld: Sequence[str]
) -> Json:
    with tempfile.TemporaryDirectory(prefix="nbforge-trace-") as folder:
        asked, answer = Path(folder, "asked.json"), Path(folder, "answer.json")
        asked.write_text(
            json.dumps(
                {"root": str(root), "overlay": str(overlay or ""), "imports": [*imports], "withheld": [*withheld]}
            ),
            "utf-8",
        )
        done = subprocess.run(
            [environment.python, "-B", _SCRIPT, asked, answer],
            env={**os.environ, "MPLBACKEND": "agg", "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd=folder,
        )
        if done.returncode or not answer.is_file():
            raise _cannot_score(done.stdout)
        return json.loads(answer.read_bytes())


def _cannot_score(output: str) -> ProofError:
    lines = output.strip().splitlines()
    return ProofError(
        f"the packaged service cannot score in a fresh process: {lines[-1] if lines else 'it died without a word'}",
        remedy="The detail shows where; what scoring needs must be importable, not left over in the kernel.",
        code="scoring-failed",
        detail="\n".join(lines[-_ERROR_LINES:]),
    )


def _digests(root: Path) -> list[tuple[str, str]]:
    """What the trace depends on, as digests of files; bundles hold few and small ones."""
    import hashlib

    files = [root / "contract.json", root / "evidence" / "proof.json"]
    files += sorted((root / "artifacts").rglob("*")) + sorted((root / "service").rglob("*.py"))
    return [
        (file.relative_to(root).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest())
        for file in files
        if file.is_file()
    ]
