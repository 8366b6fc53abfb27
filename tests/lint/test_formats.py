"""What people, programs, code scanning and GitHub are told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from nbforge import linting
from nbforge.lint.registry import all_rules
from tests.docs import pages
from tests.lint.cases import cases, notebook

# The OASIS Standard, errata 01: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
SCHEMA = Path(__file__).with_name("sarif-schema-2.1.0.json")
BAD = """
---
import pandas as pd
frame = pd.read_csv("/home/me/a, b: 100%.csv")
password = "Tr0ub4dor&3"
print(password)
%%% stdout
ghp\\x_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hI5
--- nbforge:predcit
frame
---
# nbforge: ignore-cell[NBF999]
"""


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> linting.Report:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my notebooks"
    folder.mkdir()
    (folder / "bad.ipynb").write_text(json.dumps(notebook(BAD), indent=1), encoding="utf-8")
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    return linting.lint([Path("my notebooks")])


def test_sarif_is_valid_and_leads_to_the_lines(report: linting.Report) -> None:
    log = json.loads(linting.render(report, "sarif"))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.CODE for rule in all_rules()]
    for rule in rules:
        page, _, anchor = rule["helpUri"].partition("#")
        assert anchor in pages.anchors(pages.ROOT / page)
    assert len(run["results"]) == len(report.findings) >= 5
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    prints = [result["partialFingerprints"]["nbforgeFinding/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    path = _result(run, "NBF303")["locations"][0]["physicalLocation"]
    lines = Path(unquote(path["artifactLocation"]["uri"])).read_text("utf-8").splitlines()
    assert "/home/me/a, b" in lines[path["region"]["startLine"] - 1]


def test_every_case_gives_valid_sarif(tmp_path: Path) -> None:
    for position, case in enumerate(cases()):
        (tmp_path / f"{position}.ipynb").write_text(json.dumps(case.notebook), encoding="utf-8")
    log = json.loads(linting.render(linting.lint([tmp_path]), "sarif"))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log)
    assert len(log["runs"][0]["results"]) > 100


def test_fingerprints_stay_when_cells_are_added_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    prints = []
    for above in ("", "--- md\nHello\n---\nx = 1\n"):
        Path("a.ipynb").write_text(json.dumps(notebook(f"\n{above}{BAD.lstrip()}")), encoding="utf-8")
        log = json.loads(linting.render(linting.lint([Path("a.ipynb")]), "sarif"))
        prints.append({result["partialFingerprints"]["nbforgeFinding/v1"] for result in log["runs"][0]["results"]})
    assert prints[0] == prints[1]


def test_annotations_are_one_line_each_and_escaped(report: linting.Report) -> None:
    lines = linting.render(report, "github").splitlines()
    assert len(lines) == len(report.findings)
    command = re.compile(r"::(error|warning|notice) file=([^:,]+),line=(\d+),title=([^:,]+(?:%3A|%2C|[^:,])*)::(.+)")
    found = [command.fullmatch(line) for line in lines]
    assert all(found), lines
    path = next(line for line in lines if "NBF303" in line)
    assert "100%25.csv" in path
    assert "cell 0%2C line 2" in path


def test_json_is_one_object_with_every_field(report: linting.Report) -> None:
    told = json.loads(linting.render(report, "json"))
    assert told["notebooks"] == ["my notebooks/bad.ipynb", "my notebooks/broken.ipynb"]
    tag = next(finding for finding in told["findings"] if finding["rule"] == "NBF101")
    assert (tag["cell"], tag["line"], tag["severity"], tag["fixable"]) == (1, None, "error", True)
    broken = next(finding for finding in told["findings"] if finding["rule"] == "NBF001")
    assert (broken["cell"], broken["file_line"]) == (None, 1)


def test_people_see_notebook_cell_line_source_and_remedy(report: linting.Report) -> None:
    text = linting.render(report, "text")
    assert "cell 0, line 2: warning NBF303" in text
    assert "frame = pd.read_csv(" in text
    assert "Use a path relative to the notebook" in text
    assert re.search(r"2 notebooks: \d errors, 1 warning, 1 note\. 1 can be fixed with --fix\.", text)
    assert "\x1b[" in linting.render(report, "text", colour=True)


@pytest.mark.parametrize("form", linting.FORMATS)
def test_no_secret_is_told_in_any_format(report: linting.Report, form: str) -> None:
    text = linting.render(report, form)
    assert "NBF301" in text
    assert "NBF302" in text
    assert "Tr0ub4dor" not in text
    assert "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hI5" not in text


def _result(run: Any, code: str) -> Any:
    return next(result for result in run["results"] if result["ruleId"] == code)
