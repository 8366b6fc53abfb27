"""Values of ``--env`` never appear in what a run writes."""

from __future__ import annotations

import base64
import html
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from nbforge.errors import NotebookError, UsageError
from nbforge.training.launcher import looks_like_credential
from nbforge.values import Json

PLAIN_SETTING = 6
"""A value shorter than this (``dev``, ``1``), of a variable whose name is no credential's, is a setting and stays."""

CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces values by ``***NAME***``, in every spelling a text file may give them."""

    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], environ: Mapping[str, str]) -> Redactor:
        """Take the values of ``names`` from ``environ``; one that is not set raises ``UsageError`` (exit 2)."""
        missing = [name for name in names if name not in environ]
        if missing:
            raise UsageError(
                f"the environment variable {missing[0]} is not set",
                remedy=f"Set {missing[0]} before the build, or leave out --env {missing[0]}.",
                code="missing-env",
                name=missing[0],
            )
        values = {name: environ[name] for name in names if _is_secret(name, environ[name])}
        longest_first = sorted(values.items(), key=lambda item: -len(item[1]))
        return cls(tuple(longest_first))

    def text(self, text: str) -> str:
        """``text`` without the values; also finds them as JSON, HTML, URL and base64 spell them."""
        for name, value in self.values:
            for spelling in _spellings(value):
                text = text.replace(spelling, f"***{name}***")
        return text

    def json(self, value: Json) -> Json:
        """A JSON value without the values, in keys and texts."""
        return json.loads(self.text(json.dumps(value))) if self.values else value

    def find(self, path: Path) -> str | None:
        """The name of the variable whose value is in a file, also inside a zip archive; ``None`` when there is none."""
        if not self.values:
            return None
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    with archive.open(name) as member:
                        found = self._search(iter(lambda: member.read(CHUNK), b""))  # used at once
                    if found:
                        return found
        with path.open("rb") as file:
            return self._search(iter(lambda: file.read(CHUNK), b""))

    def clean(self, directory: Path) -> None:
        """Redact the JSON and text files directly in ``directory``, and refuse an artifact below it that holds a value.

        Raises:
            NotebookError: exit 3, naming the artifact: a fitted object cannot be edited, only fitted without the
            secret.
        """
        for path in sorted(directory.iterdir()) if self.values else ():
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                if (cleaned := self.text(text)) != text:
                    path.write_text(cleaned, encoding="utf-8")
        for path in sorted(directory.rglob("*")) if self.values else ():
            if path.is_file() and (name := self.find(path)):
                raise NotebookError(
                    f"the value of {name} is inside the captured object `{path.stem}`",
                    remedy="Keep the secret out of what is fitted: read it only where it is used.",
                    code="secret-in-artifact",
                    name=path.stem,
                )

    def _search(self, chunks: Iterator[bytes]) -> str | None:
        spellings = [(name, s.encode()) for name, value in self.values for s in _spellings(value)]
        spellings += [(name, value.encode("utf-16-le")) for name, value in self.values]
        overlap = max(len(spelling) for _, spelling in spellings)
        tail = b""
        for chunk in chunks:
            window = tail + chunk
            for name, spelling in spellings:
                if spelling in window:
                    return name
            tail = window[-overlap:]
        return None


def _is_secret(name: str, value: str) -> bool:
    return len(value) >= PLAIN_SETTING or (len(value) > 1 and looks_like_credential(name, value))


def _spellings(value: str) -> list[str]:
    """As it is, in JSON (once and twice encoded: notebooks hold JSON in JSON), HTML, a URL, and base64."""
    once = json.dumps(value)[1:-1]
    spellings = [value, once, json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(once)[1:-1], html.escape(value)]
    spellings += [repr(value)[1:-1], quote(value, safe="")]
    if len(value) >= PLAIN_SETTING:  # of less, base64 is three letters that stand anywhere
        spellings.append(base64.b64encode(value.encode()).decode().rstrip("="))
    return sorted(set(spellings), key=len, reverse=True)
