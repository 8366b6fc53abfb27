"""What each rule finds in the notebooks of ``cases/*.txt``, and what it leaves alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from nbforge.lint.engine import lint
from nbforge.lint.options import Options
from nbforge.lint.registry import all_rules
from tests.lint.cases import Case, cases, told

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_findings_are_exactly_those_that_are_expected(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(case.notebook), encoding="utf-8")
    every = case.code in {"ALL", "NBF002"}  # what suppresses is judged when the other rules have been tried
    found = lint(path, "notebook.ipynb", Options(select=() if every else (case.code,)))
    found = [finding for finding in found if case.code in {"ALL", finding.rule}]
    wanted = [line if case.code == "ALL" else f"{case.code} {line}" for line in case.expected]
    assert sorted(f"{finding.rule} {told(finding)}" for finding in found) == sorted(wanted), found


@pytest.mark.parametrize("code", [rule.CODE for rule in all_rules() if rule.CODE != "NBF001"])
def test_each_rule_has_three_notebooks_with_findings_and_three_without(code: str) -> None:
    counts = Counter(bool(case.expected) for case in CASES if case.code == code)
    assert counts[True] >= 3, f"{code}: only {counts[True]} cases with findings"
    assert counts[False] >= 3, f"{code}: only {counts[False]} cases without"
