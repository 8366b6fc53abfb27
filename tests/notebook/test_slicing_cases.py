"""Cases in ``cases/*.txt``: cells of a notebook, ``+`` before the lines that a build takes, ``-`` before the others.

``~`` stands before a line that ``pass`` takes the place of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbforge.notebook.slicing import slice_notebooks
from tests.notebook.build import notebook

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    cells: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]


def cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.txt")):
        for block in file.read_text().split("=== ")[1:]:
            name, _, rest = block.partition("\n")
            cells, kept = [], []
            for part in rest.strip().split("---")[1:]:
                tag, _, body = part.partition("\n")
                lines = body.strip("\n").split("\n")
                cells.append((tag.strip(), "\n".join(line[2:] for line in lines)))
                kept.append("\n".join(_kept(line) for line in lines if line[0] in "+~"))
            yield Case(f"{file.stem}: {name}", tuple(cells), tuple(kept))


def _kept(line: str) -> str:
    text = line[2:]
    return text if line.startswith("+") else text[: len(text) - len(text.lstrip())] + "pass"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_the_slice_is_exactly_what_is_needed(case: Case) -> None:
    found = slice_notebooks((notebook(*case.cells),), {})
    assert [cell.source for cell in found.cells] == list(case.kept)
