"""The slice of a notebook ends with the value that the whole notebook ends with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from nbforge.errors import NotebookError
from nbforge.notebook.slicing import slice_notebooks
from tests.notebook import programs
from tests.notebook.build import notebook

EXAMPLES = int(os.environ.get("NBFORGE_SOUNDNESS", "80"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def test_most_generated_programs_run(folder: Path) -> None:
    import random

    draw = random.Random(7)
    written = [programs.write(draw.choice, 5) for _ in range(20)]
    outcomes = [programs.execute(programs.repaired(program, folder).cells, folder) for program in written]
    assert sum(not outcome.error for outcome in outcomes) > 10


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 1000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
@given(data=st.data(), size=st.integers(2, 8))
def test_slices_are_sound(folder: Path, data: st.DataObject, size: int) -> None:
    seeds = data.draw(st.randoms(use_true_random=False))
    program = programs.repaired(programs.write(lambda options: options[seeds.randrange(len(options))], size), folder)
    whole = programs.execute(program.cells, folder)
    assume(not whole.error and programs.execute(program.cells, folder, seed=2) == whole)
    note("\n----\n".join(program.cells))
    try:
        found = slice_notebooks((notebook(*program.cells),), {})
    except NotebookError as error:
        pytest.fail(f"a notebook that runs was refused: {error}")
    kept = [cell.source for cell in found.cells if cell.included]
    note("kept:\n" + "\n----\n".join(kept))
    assert programs.execute(kept, folder) == whole
