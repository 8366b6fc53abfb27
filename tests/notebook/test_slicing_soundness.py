"""The slice of a generated program ends with the value that the whole program ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook import programs, soundness
from tests.notebook.limits import TooLongError, limited

CHUNKS = 2
PROGRAMS = 60


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_slices_of_generated_programs_are_sound(chunk: int, tmp_path: Path) -> None:
    box = soundness.sandbox(tmp_path)
    comparable = 0
    for seed in range(chunk, PROGRAMS, CHUNKS):
        try:
            with limited(1.5):  # few take longer; the nightly run gives them more
                program = box.repaired(programs.write(seed))
                trial = soundness.attempt(program, box)
        except TooLongError:
            continue
        if trial.verdict in {"other", "refused"}:
            small = soundness.shrunk(program, box, trial.verdict)
            text = soundness.case(small, soundness.sliced(small) if trial.verdict == "other" else None)
            pytest.fail(f"program {seed}: {soundness.attempt(small, box).message}\n{text}")
        comparable += trial.verdict == "same"
    assert comparable > PROGRAMS // CHUNKS // 2


def test_a_slice_that_is_too_small_is_found_out(tmp_path: Path) -> None:
    box = soundness.sandbox(tmp_path)
    program = programs.Program((("l0 = [1]",), ("l0.append(2)",)), "(l0,)", "(l0,)")
    trial = soundness.attempt(program, box)
    assert (trial.verdict, soundness.needed(trial, box)) == ("same", ("l0 = [1]", "l0.append(2)"))
    assert box.run(("l0 = [1]",), program) != box.run(trial.kept, program)
