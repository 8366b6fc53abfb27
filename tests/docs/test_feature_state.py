"""The page on state in feature cells shows the tables that the kernel goes by."""

from __future__ import annotations

import pytest

from nbforge.training.kernel.refusals import refusals
from nbforge.training.kernel.replays import REPLAYS
from tests.docs import pages

PAGE = (pages.DOCS / "explanation" / "feature-state.md").read_text(encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


@pytest.mark.parametrize("name", REPLAYS)
def test_each_replay_is_shown(name: str) -> None:
    for replay in REPLAYS[name]:
        notebook, service = map(_cell, replay.shown)
        assert f"| `{notebook}` | `{service}` |" in PAGE


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.pattern[:30])
def test_each_remedy_is_shown_with_its_first_example(refusal: object) -> None:
    entry = next(each for each in refusals() if each is refusal)
    example = entry.examples[0].strip().splitlines()[-1]
    assert f"| `{_cell(example)}` | {_cell(entry.remedy)} |" in PAGE
