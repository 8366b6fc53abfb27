"""Every folder here is a notebook with what must come of it; see ``sample_notebooks/README.md``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import cases, expect
from tests.support.cli import Nbforge
from tests.support.serving import serve


def _parameter(case: cases.Case) -> object:
    marks = [getattr(pytest.mark, need) for need in case.section("build").get("needs", ())]
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [_parameter(case) for case in cases.collect(Path(__file__).parent)])
def test_case(case: cases.Case, tmp_path: Path) -> None:
    project = case.lay_out(tmp_path / case.name)
    outcome = project.build()
    assert outcome.code in case.exits, str(outcome)
    if outcome.code:
        expect.failure(project, outcome)
        return
    expect.success(project, outcome)
    if case.section("slice"):
        inspection = Nbforge(project.directory)("inspect", *project.notebooks, "--json").json
        expect.cells(case.section("slice"), inspection, project.notebooks)
    if "predict" in case.expect:
        with serve(project.bundle) as client:
            expect.predictions(case, client)
