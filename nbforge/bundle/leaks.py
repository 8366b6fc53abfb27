"""The last look at a bundle before anybody gets it: no secret, index address or path of this machine is in any file.

In evidence and training material such text is replaced, because it is what a run happened to print. Anywhere else it
is part of the service, so the build is refused.
"""

from __future__ import annotations

import io
import json
import os
import re
import socket
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from nbforge.environments import cache, settings
from nbforge.errors import NotebookError
from nbforge.project import Project
from nbforge.values import Environment, Notebook

_REDACTED: Final = ("evidence", "training", "README.md")
_PROOF: Final = ("evidence", "proof.json")
"""Its rows and answers belong together: a changed word in a row would be another row. Secrets in it are refused."""

_OURS: Final = (("service", "nbforge"), ("service", "static"), ("service", "app.py"))
_SHORTEST: Final = 6
"""Shorter values are found everywhere by chance; a secret of five characters is none."""

_INDEX_VARIABLES: Final = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
)
_PUBLIC_HOSTS: Final = ("pypi.org", "files.pythonhosted.org", "127.0.0.1", "localhost")
_CHUNK = 64 << 20


@dataclass(frozen=True, slots=True)
class Needle:
    """Text that must not be there, and what names it without showing it.

    ``everywhere``: refused in the service too; ``word``: only where no word goes on around it.
    """

    what: str
    text: str
    stands_for: str
    everywhere: bool = True
    word: bool = False


def of_this_machine(notebooks: Sequence[Notebook], environment: Environment, project: Project) -> list[Needle]:
    """Values of ``--env``, index addresses, the paths that a run meets, and this machine's name."""
    folders = [("the notebook's folder", notebook.path.absolute().parent) for notebook in notebooks]
    others = [
        ("the working directory", Path.cwd()),
        ("the training environment", environment.python.absolute().parent.parent),
        ("the cache", cache.root()),
        ("the output", project.output.parent),
        ("the home directory", Path.home()),
    ]
    return [
        *secrets({name: os.environ[name] for name in project.env if name in os.environ}),
        *addresses(settings.variables()),
        *paths([*folders, *others]),
        *host(socket.gethostname()),
    ]


def secrets(values: Mapping[str, str]) -> list[Needle]:
    """The values of variables that ``--env`` names, also as JSON and URLs write them."""
    found: list[Needle] = []
    for name, value in values.items():
        forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
        found += [
            Needle(f"the value of `{name}`", form, f"***{name}***") for form in sorted(forms) if len(value) >= _SHORTEST
        ]
    return found


def paths(named: Sequence[tuple[str, Path]]) -> list[Needle]:
    """Absolute paths of this machine, the longest first so that a folder in the home directory is named as what it is.

    A path of one part (``/data``) tells nothing, and would be found by chance: it is only replaced in evidence.
    """
    resolved = {str(path.resolve()): label for label, path in reversed(named)} | {
        str(path.absolute()): label for label, path in reversed(named)
    }
    return [
        Needle(
            f"the path of {label}", path, f"<{label.removeprefix('the ')}>", everywhere=path.count("/") > 1, word=True
        )
        for path, label in sorted(resolved.items(), key=lambda item: -len(item[0]))
        if path != "/"
    ]


def addresses(variables: Mapping[str, str]) -> list[Needle]:
    """Addresses of package indices other than the public one, found in uv's variables, and their hosts.

    Credentials may stand in the address; a host alone is only replaced in evidence.
    """
    found: list[Needle] = []
    for name in _INDEX_VARIABLES:
        for url in variables.get(name, "").replace(",", " ").split():
            place = urlsplit(url.rpartition("=")[2] if "=" in url.partition("://")[0] else url)
            if place.hostname in (None, *_PUBLIC_HOSTS):
                continue
            found.append(Needle("the address of a package index", place.geturl(), "<index>"))
            if place.password:
                found.append(Needle("a package index's password", place.password, "***"))
            found.append(Needle("a package index's host", str(place.hostname), "<index>", everywhere=False, word=True))
    return [needle for needle in found if len(needle.text) >= _SHORTEST]


def host(name: str) -> list[Needle]:
    """This machine's name, in evidence only: short names are words."""
    known = len(name) >= _SHORTEST and name != "localhost"
    return [Needle("this machine's name", name, "<host>", everywhere=False, word=True)] if known else []


def clean(root: Path, needles: Sequence[Needle]) -> None:
    """Replace what may be replaced in the bundle at ``root``; refuse what may not.

    Raises:
        NotebookError: names the file and what is in it, never the value.
    """
    if not needles:
        return
    patterns = [(needle, _pattern(needle)) for needle in needles]
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        parts = file.relative_to(root).parts
        if any(parts[: len(ours)] == ours for ours in _OURS):
            continue
        if parts == _PROOF:
            _refuse(file, "evidence/proof.json", [pair for pair in patterns if not pair[0].word])
        elif parts[0] in _REDACTED:
            _redact(file, patterns)
        else:
            _refuse(file, file.relative_to(root).as_posix(), patterns)


def _pattern(needle: Needle) -> re.Pattern[bytes]:
    text = re.escape(needle.text.encode())
    # A path ends where a component ends; `/home/jo` is not in `/home/joan`.
    return re.compile(rb"(?<![\w.-])" + text + rb"(?![\w-])" if needle.word else text)


def _redact(file: Path, patterns: Sequence[tuple[Needle, re.Pattern[bytes]]]) -> None:
    content = file.read_bytes()
    cleaned = content
    for needle, pattern in patterns:
        cleaned = pattern.sub(needle.stands_for.encode().replace(b"\\", rb"\\"), cleaned)
    if cleaned != content:
        file.write_bytes(cleaned)


def _refuse(file: Path, shown: str, patterns: Sequence[tuple[Needle, re.Pattern[bytes]]]) -> None:
    for content in _contents(file):
        for needle, pattern in patterns:
            if needle.everywhere and pattern.search(content):
                raise NotebookError(
                    f"{needle.what} would be in `{shown}`",
                    remedy="Scoring must not hold it: compute without it, or keep it in training only.",
                    code="leak",
                    name=shown,
                )


def _contents(file: Path) -> Iterator[bytes]:
    """The file's bytes in overlapping chunks, and those of each member where it is a zip archive."""
    overlap = b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield overlap + chunk
            overlap = chunk[-4096:]
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
            for name in archive.namelist():
                yield archive.read(name)
