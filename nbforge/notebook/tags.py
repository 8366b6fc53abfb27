"""From tags and ``# nbforge:`` comments to roles: what a cell means to a build."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

TAGGED = frozenset({"predict", "data", "features", "train", "example", "validate", "test"})
"""Roles that a user gives with ``nbforge:<role>`` or the comment."""

ROLES = TAGGED | {"parameters", "skip", "raises-exception", "metrics"}

KEPT = TAGGED | {"parameters", "metrics"}
"""Cells with one of these roles always run in training, whole."""

SERVING = frozenset({"predict", "validate", "example", "test"})
"""Cells with one of these roles run on the finished training state."""

STANDARD = {
    "parameters": "parameters",
    "pipeline-parameters": "parameters",
    "skip": "skip",
    "skip-execution": "skip",
    "raises-exception": "raises-exception",
    "pipeline-metrics": "metrics",
}
"""Tags of papermill, Kale and nbclient that mean something here."""

_COMMENT = re.compile(r"^\s*#\s*nbforge\s*:\s*(?P<names>.*?)\s*$")
_IGNORES = re.compile(r"\bignore(?:-cell)?\s*\[[^\]]*\]")
_NEAR_PREFIX = re.compile(r"^nb[-_ ]?forge\s*[:\-_./ ]\s*(?P<name>.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A tag or comment that looks like one of ours and is none."""

    written: str
    suggestion: str
    comment: bool


def comment_names(source: str) -> tuple[str, ...]:
    """The names after ``# nbforge:`` on the first line (the second after a ``%%`` magic), as written.

    What suppresses findings of ``nbforge lint`` (``ignore[...]``, ``ignore-cell[...]``) is none, and may have a line of
    its own above.
    """
    lines = source.lstrip("\ufeff\n").splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        lines = lines[1:]
    for line in lines:
        match = _COMMENT.match(line)
        names = _IGNORES.sub(" ", match["names"]) if match else ""
        found = tuple(name for name in re.split(r"[,\s]+", names) if name)
        if found or match is None or names == match["names"]:
            return found
    return ()


def roles(tags: Iterable[str], source: str) -> frozenset[str] | NearMiss:
    """What ``tags`` and the comment in ``source`` mean, or the first of them that is misspelt."""
    found: set[str] = set()
    for tag in tags:
        known = role(tag)
        if known is not None:
            found.add(known)
        elif miss := _near(tag):
            return miss
    for name in comment_names(source):
        bare = name.removeprefix("nbforge:")
        if bare not in TAGGED and bare not in STANDARD:
            return NearMiss(f"# nbforge: {name}", f"# nbforge: {_closest(bare)}", comment=True)
        found.add(STANDARD.get(bare, bare))
    return frozenset(found)


def spelt_roles(tags: Iterable[str], source: str) -> frozenset[str]:
    """:func:`roles` of those that are spelt right."""
    commented = (name.removeprefix("nbforge:") for name in comment_names(source))
    found = {role(tag) for tag in tags} | {STANDARD.get(name, name if name in TAGGED else None) for name in commented}
    return frozenset(each for each in found if each is not None)


def full_name(word: str) -> str | NearMiss:
    """The tag that ``word`` means on the command line: ``predict`` is short for ``nbforge:predict``."""
    if word in TAGGED:
        return f"nbforge:{word}"
    if role(word) is not None:
        return word
    if miss := _near(word):
        return miss
    close = difflib.get_close_matches(word.lower(), sorted(TAGGED | STANDARD.keys()), 1, 0.8)
    return NearMiss(word, close[0], comment=False) if close else word


def role(tag: str) -> str | None:
    """What a tag means to a build, if anything."""
    return STANDARD.get(tag) or (tag[8:] if tag.startswith("nbforge:") and tag[8:] in TAGGED else None)


def _near(tag: str) -> NearMiss | None:
    match = _NEAR_PREFIX.match(tag.strip())
    if match:
        return NearMiss(tag, f"nbforge:{_closest(match['name'])}", comment=False)
    close = difflib.get_close_matches(tag.lower(), [f"nbforge:{role}" for role in TAGGED], 1, 0.85)
    return NearMiss(tag, close[0], comment=False) if close else None


def _closest(name: str) -> str:
    lowered = name.lower().strip()
    return difflib.get_close_matches(lowered, sorted(TAGGED), 1, 0.0)[0]
