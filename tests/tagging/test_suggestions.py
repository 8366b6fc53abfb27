"""Cases in ``cases/*.txt``: notebooks without tags, and above each cell the tag that is suggested for it.

``=`` before a tag: the cell has it already; ``?`` behind one: a weak suggestion. The end of a case may say, behind
``+++``, what cell is offered to be added, or with a tag, what cell a proposal adds that may add one; behind ``note:``
what the notes name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbforge.errors import NotebookError
from nbforge.notebook.slicing import slice_notebooks
from nbforge.notebook.suggest import suggest, tagged
from tests.notebook.build import notebook

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    cells: tuple[tuple[str, str], ...]
    expected: tuple[str, ...]
    new: str
    adds: bool
    note: str


def _case(file: Path, block: str) -> Case:
    name, _, rest = block.partition("\n")
    rest, _, note = rest.partition("\nnote:")
    rest, _, new = rest.partition("\n+++")
    cells, expected = [], []
    for part in re.split(r"^---", rest, flags=re.MULTILINE)[1:]:
        words, _, body = part.partition("\n")
        has = [word[1:] for word in words.split() if word.startswith("=")]
        cells.append((" ".join(has), body.strip("\n")))
        expected.append(" ".join(word for word in words.split() if not word.startswith("=")))
    adds = new.startswith(" nbforge:predict\n")
    source = new.removeprefix(" nbforge:predict\n").strip()
    return Case(f"{file.stem}: {name}", tuple(cells), tuple(expected), source, adds, note.strip())


def cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.txt")):
        yield from (_case(file, block) for block in file.read_text().split("=== ")[1:])


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_the_cells_that_matter_are_suggested_with_reasons(case: Case) -> None:
    given = notebook(*case.cells)
    found = suggest(given, add_cell=case.adds)
    by_cell = ["" for _ in case.cells]
    for each in found.suggestions:
        if each.cell is not None:
            weak = "?" if each.confidence == "low" else ""
            by_cell[each.cell] = f"{by_cell[each.cell]} {each.tag}{weak}".strip()
    assert by_cell == list(case.expected)
    added = [each for each in found.suggestions if each.cell is None]
    sources = [each.source for each in added] if case.adds else [found.offer.source] if found.offer else []
    assert sources == ([case.new] if case.new else [])
    assert all(each.reason and each.confidence in {"high", "medium", "low"} for each in found.suggestions)
    assert case.note in " ".join(found.notes)
    assert found.complete
    sliced = slice_notebooks((tagged(given, list(found.suggestions)),), {})
    assert sliced.entry is not None


def test_without_the_new_cell_the_rest_is_suggested_and_the_cell_offered() -> None:
    case = next(each for each in cases() if each.new.startswith("model.predict(scaler"))
    found = suggest(notebook(*case.cells))
    assert not found.complete
    assert found.offer is not None
    assert found.offer.source == case.new
    assert [each.tag for each in found.suggestions] == ["nbforge:data", "nbforge:train"]


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(["import pandas as pd", "pd.read_csv('a.csv').plot()"], id="only a plot"),
        pytest.param(
            ["from sklearn.preprocessing import StandardScaler", "s = StandardScaler().fit([[1]])"], id="scaler"
        ),
        pytest.param(["x = 1"], id="a constant"),
        pytest.param(["this is (no Python"], id="no Python"),
    ],
)
def test_nothing_that_predicts_is_said_to_be_nothing(cells: list[str]) -> None:
    with pytest.raises(NotebookError) as raised:
        suggest(notebook(*cells))
    assert (raised.value.code, raised.value.exit_code) == ("nothing-to-suggest", 3)
    assert "--set" in raised.value.remedy
