"""The documentation as data: pages, tables, links, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*(?:\[[^\]]*\][^\]]*)*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$|((?:^(?: {4}|\t).*\n?)+)", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every page that people read."""
    return [ROOT / "README.md", ROOT / "sample_notebooks" / "README.md", *sorted(DOCS.rglob("*.md"))]


def text(name: str) -> str:
    """A page of the reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def rows(page: str, heading: str = "") -> list[list[str]]:
    """Rows of the tables below a heading (all of the page without one), as cells; heads and rulers are left out."""
    part = page
    if heading:
        level = heading.split(maxsplit=1)[0]
        part = page.split(f"\n{heading}\n", 1)[1]
        part = re.split(rf"^{level} ", part, maxsplit=1, flags=re.MULTILINE)[0]
    lines = part.splitlines()
    rulers = {index for index, line in enumerate(lines) if re.fullmatch(r"\|[-:| ]+\|", line)}
    body = [line for index, line in enumerate(lines) if line.startswith("|") and not {index, index + 1} & rulers]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def links(page: Path) -> Iterator[str]:
    """Targets of a page's links, those in code left out."""
    prose = re.sub(r"`[^`\n]+`", "``", _FENCE.sub("", page.read_text(encoding="utf-8")))
    yield from (match[1] for match in _LINK.finditer(prose))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    heads = [match[1] for match in re.finditer(r"^#+ (.*)$", prose, re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The words of every line in a page's code that calls ``program``, continued lines joined, comments left out."""
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        code = (block[1] or block[2]).replace("\\\n", " ")
        for line in code.splitlines():
            words = re.sub(r"\s#.*$", "", line).strip().removeprefix("$ ").split()
            while words and re.match(r"[A-Z][A-Z0-9_]*=", words[0]):
                words = words[1:]
            if words[:1] == [program]:
                yield words[1:]
