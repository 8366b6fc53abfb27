"""Links lead somewhere, commands exist, the first screen is true."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.docs import pages

PAGES = [pytest.param(page, id=str(page.relative_to(pages.ROOT))) for page in pages.pages()]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    for link in pages.links(page):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{link} leads nowhere"
        assert file.is_relative_to(pages.ROOT), f"{link} leads out of the repository"
        if anchor:
            assert anchor in pages.anchors(file), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists(page: Path) -> None:
    from scripts import cli_reference

    flags = set(cli_reference.flags())
    verbs = {verb for verb, _ in flags}
    for words in pages.commands(page, "nbforge"):
        if not words[0].startswith("-"):
            assert words[0] in verbs, f"nbforge {' '.join(words)}"
        for word in words[1:]:
            if word.startswith("-"):
                assert (words[0], word.split("=")[0]) in flags, f"nbforge {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_and_script_exists(page: Path) -> None:
    makefile = (pages.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for words in pages.commands(page, "make"):
        assert words[0] in targets, f"make {' '.join(words)}"
    for name in re.findall(r"\bmake ([a-z]+)`", page.read_text(encoding="utf-8")):
        assert name in targets, f"make {name}"
    for script in re.findall(r"\bscripts/[\w.-]+", page.read_text(encoding="utf-8")):
        assert (pages.ROOT / script).exists(), script


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [pages.ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        inner = [link.partition("#")[0] for link in pages.links(page) if not re.match(r"[a-z]+:", link)]
        waiting += [(page.parent / link).resolve() for link in inner if link]
    assert set(pages.pages()) <= seen, sorted(str(page) for page in set(pages.pages()) - seen)


def test_the_readme_opens_with_three_lines_a_picture_and_two_commands() -> None:
    lines = (pages.ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# nbforge"
    assert all(lines[2:5]), "three lines say what it does"
    assert not lines[5]
    assert lines[6].startswith("![")
    first = "\n".join(lines[:14])
    assert first.index("make demo") < first.index("make test")


def test_the_picture_stands_alone() -> None:
    picture = pages.DOCS / "images" / "notebook-to-service.svg"
    tree = ET.parse(picture)
    assert "prefers-color-scheme: dark" in picture.read_text(encoding="utf-8")
    kinds = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert {"title", "desc"} <= kinds, "it can be read aloud"
    assert not kinds & {"script", "image", "foreignObject"}, "it loads nothing"
