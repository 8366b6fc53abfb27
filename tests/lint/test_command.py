"""``nbforge lint`` as people and pre-commit call it: files, folders, exit codes, options, repairs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from nbforge import linting
from nbforge.errors import NotebookError, UsageError
from tests.docs.pages import ROOT
from tests.lint.cases import notebook
from tests.support.cli import Nbforge

WARNS = "\n---\n!pip install lightgbm\n"
ERRS = "\n--- nbforge:predcit\n1\n"
CLEAN = "\n--- nbforge:predict\n1\n"
R_KERNEL = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}


def write(path: Path, text: str, **metadata: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = notebook(text)
    document["metadata"] |= metadata
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def codes(report: linting.Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def test_the_program_tells_and_exits(tmp_path: Path) -> None:
    nbforge = Nbforge(tmp_path)
    write(tmp_path / "a.ipynb", ERRS)
    failed = nbforge("lint", "a.ipynb")
    assert failed.code == 7, failed
    assert "a.ipynb\n  cell 0: error NBF101" in failed.stdout
    fixed = nbforge("lint", "a.ipynb", "--fix", "--json")
    assert fixed.code == 0, fixed
    assert fixed.json == {"notebooks": ["a.ipynb"], "fixed": 1, "findings": []}


def test_wrong_options_and_missing_files_are_errors_with_remedies(tmp_path: Path) -> None:
    nbforge = Nbforge(tmp_path)
    write(tmp_path / "a.ipynb", CLEAN)
    assert nbforge("lint", "nowhere.ipynb").code == 3
    assert nbforge("lint", "--format", "xml", "a.ipynb").code == 2
    unknown = nbforge("lint", "--select", "NBF31", "--json", "a.ipynb")
    assert (unknown.code, unknown.json["error"]["code"]) == (2, "unknown-rule")
    assert "NBF301" in unknown.json["error"]["remedy"]


@pytest.mark.parametrize(
    ("text", "fail_on", "failed"),
    [
        (WARNS, None, True),
        (WARNS, "warning", True),
        (WARNS, "error", False),
        (ERRS, "error", True),
        (ERRS, "never", False),
        ("\n---\nx = 1  # nbforge: ignore[NBF301]\n", None, False),
        ("\n---\nx = 1  # nbforge: ignore[NBF301]\n", "info", True),
    ],
)
def test_what_fails(tmp_path: Path, text: str, fail_on: str | None, failed: bool) -> None:
    report = linting.lint([write(tmp_path / "a.ipynb", text)], fail_on=fail_on)
    assert report.findings
    assert report.failed is failed


def test_folders_are_searched_but_not_copies_bundles_and_environments(tmp_path: Path) -> None:
    for name in (
        "a.ipynb",
        "deep/er/b.ipynb",
        ".ipynb_checkpoints/a-checkpoint.ipynb",
        "env/x.ipynb",
        "build/m/y.ipynb",
    ):
        write(tmp_path / name, ERRS)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "build" / "m" / "bundle.json").touch()
    report = linting.lint([tmp_path, tmp_path / "a.ipynb"])
    assert [Path(name).name for name in report.notebooks] == ["a.ipynb", "b.ipynb"]


def test_files_that_cannot_be_linted_are_findings(tmp_path: Path) -> None:
    write(tmp_path / "r.ipynb", "\n---\nx <- 1\n", **R_KERNEL)
    (tmp_path / "merge.ipynb").write_text('<<<<<<< HEAD\n{"cells": []}', encoding="utf-8")
    (tmp_path / "list.ipynb").write_text("[]", encoding="utf-8")
    (tmp_path / "new.ipynb").write_text('{"nbformat": 5, "cells": []}', encoding="utf-8")
    found = {Path(finding.notebook).stem: finding for finding in linting.lint([tmp_path]).findings}
    assert {finding.rule for finding in found.values()} == {"NBF001"}
    assert (found["r"].severity, "written in R" in found["r"].message) == ("info", True)
    assert "broken JSON in line 1" in found["merge"].message
    assert "newer than nbforge knows" in found["new"].message
    with pytest.raises(NotebookError, match="no such file"):
        linting.lint([tmp_path / "nowhere.ipynb"])


def test_notebooks_of_format_3_are_linted_with_their_lines(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "input": ["import pandas as pd\n", 'frame = pd.read_csv("/home/me/a.csv")'],
        "outputs": [{"output_type": "stream", "stream": "stdout", "text": ["1\n"]}],
        "prompt_number": 1,
        "language": "python",
        "metadata": {},
    }
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(old, indent=1), encoding="utf-8")
    found = linting.lint([path], select=["NBF303"]).findings
    assert [(finding.cell, finding.line) for finding in found] == [(0, 2)]
    assert "/home/me" in path.read_text("utf-8").splitlines()[found[0].file_line - 1]


def test_a_fix_changes_the_tag_and_no_other_byte(tmp_path: Path) -> None:
    text = (
        "\n--- nbforge:predcit other\n# Größe\n1\n---\n# nbforge: featuers\ny = 'é'\n%%% stdout\n\\e[1mfett\\e[0m ÿ\n"
    )
    path = write(tmp_path / "a.ipynb", text)
    path.chmod(0o640)
    before = path.read_bytes()
    report = linting.lint([path], fix=True)
    assert (report.fixed, codes(linting.lint([path], select=["NBF101"]))) == (2, [])
    assert path.read_bytes() == before.replace(b"nbforge:predcit", b"nbforge:predict").replace(b"featuers", b"features")
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_lost_write_is_written_to_the_frame(tmp_path: Path) -> None:
    text = """
--- nbforge:features
import pandas as pd
df = pd.read_csv("a.csv")
df["Größe"].fillna(df['Größe'].mean(), inplace=True)  # as before
if len(df):
    df.age.replace(to_replace=0, value=1, inplace=True);
df["age"].dropna(inplace=True)
--- nbforge:predict
df
"""
    path = write(tmp_path / "a.ipynb", text)
    before = path.read_text("utf-8")
    assert linting.lint([path], select=["NBF602"], fix=True).fixed == 1
    old = r"""df[\"Größe\"].fillna(df['Größe'].mean(), inplace=True)  # as before"""
    assert old in before
    new = r"""df[\"Größe\"] = df[\"Größe\"].fillna(df['Größe'].mean())  # as before"""
    assert path.read_text("utf-8") == before.replace(old, new)
    assert [finding.line for finding in linting.lint([path], select=["NBF602"]).findings] == [5, 6]


def test_what_a_library_only_renamed_is_renamed(tmp_path: Path) -> None:
    text = """
--- nbforge:train
from sklearn.cross_validation import train_test_split  # as it was
from sklearn.cross_validation import KFold
from sklearn.externals import joblib
from sklearn.datasets.samples_generator import make_blobs as blobs, make_moons
import numpy as np, pandas as pd
from sklearn.preprocessing import OneHotEncoder
from sklearn.ensemble import GradientBoostingRegressor as Boost
df = pd.DataFrame({"é": np.arange(3, dtype=np.float), "sparse": [1, 2, 3]})
enc = OneHotEncoder(categories="auto", sparse = False).fit(df[["é"]]); X = df.as_matrix()
model = Boost(
    loss="ls", max_features='auto',
    random_state=0).fit(X, np.product(X, axis=1))
columns = df.as_matrix(columns=["é"])
--- nbforge:predict
model.predict(df)
"""
    path = write(tmp_path / "a.ipynb", text)
    before = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    assert linting.lint([path], select=["NBF601"], fix=True).fixed == 9
    source = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    after = before
    for old, new in (
        ("cross_validation import train_test_split", "model_selection import train_test_split"),
        ("from sklearn.externals import joblib", "import joblib"),
        ("sklearn.datasets.samples_generator", "sklearn.datasets"),
        ("np.float", "float"),
        ("sparse = False", "sparse_output = False"),
        ("df.as_matrix()", "df.to_numpy()"),
        ('loss="ls"', "loss='squared_error'"),
        ("max_features='auto'", "max_features=None"),
        ("np.product", "np.prod"),
    ):
        assert old in after
        after = after.replace(old, new)
    assert source == after
    assert [finding.line for finding in linting.lint([path], select=["NBF601"]).findings] == [2, 13]


def test_a_fix_never_writes_a_tag_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "\n--- nbforge:predict nbforge:predcit\n1\n")
    before = path.read_bytes()
    assert (linting.lint([path], fix=True).fixed, path.read_bytes()) == (0, before)


def test_outputs_are_cleared_only_where_that_is_asked_for(tmp_path: Path) -> None:
    text = "\n--- #1\nshow()\n%%% png size 600000\n--- #2\nprint(1)\n%%% stdout\n1\n"
    path = write(tmp_path / "a.ipynb", text)
    before = path.read_bytes()
    kept = linting.lint([path], select=["NBF105"], fix=True)
    assert (kept.fixed, path.read_bytes(), kept.findings[0].fix) == (0, before, None)
    assert linting.lint([path], select=["NBF105"], clear_outputs=True).fixed == 1
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert (cells[0]["outputs"], cells[0]["execution_count"]) == ([], None)
    assert cells[1]["outputs"][0]["text"] == ["1"]


def configured(tmp_path: Path, text: str) -> Path:
    (tmp_path / "pyproject.toml").write_text(f"[tool.nbforge.lint]\n{text}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("configuration", "found", "failed"),
    [
        ("", ["NBF402", "NBF303"], True),
        ('select = ["NBF3"]', ["NBF303"], True),
        ('ignore = ["NBF402"]', ["NBF303"], True),
        ('fail-on = "error"', ["NBF402", "NBF303"], False),
        ('severity = { NBF303 = "info", nbf402 = "info" }', ["NBF402", "NBF303"], False),
        ('per-notebook-ignores = { "drafts/*.ipynb" = ["NBF"] }', [], False),
        ('per-notebook-ignores = { "final/*.ipynb" = ["NBF"] }', ["NBF402", "NBF303"], True),
    ],
)
def test_configuration(tmp_path: Path, configuration: str, found: list[str], failed: bool) -> None:
    configured(tmp_path, configuration)
    path = write(tmp_path / "drafts" / "a.ipynb", "\n---\n!pip install lightgbm\nopen('/home/me/a')\n")
    report = linting.lint([path])
    assert (codes(report), report.failed) == (found, failed)


def test_flags_win_over_the_configuration(tmp_path: Path) -> None:
    configured(tmp_path, 'select = ["NBF3"]\nfail-on = "never"')
    path = write(tmp_path / "a.ipynb", "\n---\n!pip install lightgbm\nopen('/home/me/a')\n")
    report = linting.lint([path], select=["NBF402"], fail_on="warning")
    assert (codes(report), report.failed) == (["NBF402"], True)
    assert codes(linting.lint([path], ignore=["NBF303"])) == []


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ('slect = ["NBF3"]', "Did you mean `select`?"),
        ('select = ["NBF42"]', "Did you mean `NBF402`?"),
        ('severity = { NBF303 = "eror" }', "Did you mean `error`?"),
        ('fail-on = "warnings"', "Did you mean `warning`?"),
        ('per-notebook-ignores = { "a.ipynb" = "NBF3" }', "must be a list of text"),
        ("max-output-kb = true", "must be an integer"),
        ('max-output-kb = "5 MB"', "must be an integer"),
    ],
)
def test_mistakes_in_the_configuration_are_told(tmp_path: Path, configuration: str, said: str) -> None:
    configured(tmp_path, configuration)
    with pytest.raises(UsageError) as caught:
        linting.lint([write(tmp_path / "a.ipynb", CLEAN)])
    assert said in str(caught.value)


def test_the_size_of_outputs_is_configured(tmp_path: Path) -> None:
    configured(tmp_path, "max-output-kb = 1")
    path = write(tmp_path / "a.ipynb", "\n--- #1\nprint(1)\n%%% png size 2000\n")
    assert codes(linting.lint([path])) == ["NBF105"]


def test_the_samples_are_clean_and_quickly_linted() -> None:
    """Processor time, since the machine that runs the tests is shared."""
    samples = sorted((ROOT / "sample_notebooks").rglob("*.ipynb"))
    assert len(samples) >= 8
    linting.lint(samples[:1])  # imports and tables
    start = time.process_time()
    report = linting.lint(samples)
    assert time.process_time() - start < 3
    assert not report.failed
    assert {finding.rule for finding in report.findings} <= {"NBF303", "NBF405"}, "and these as notes"


def test_the_hooks_of_pre_commit_run(tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in hooks] == ["nbforge-lint", "nbforge-lint-fix"]
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert (hook["language"], hook["types"]) == ("python", ["jupyter"])
        path = write(tmp_path / f"{hook['id']}.ipynb", ERRS)
        program, *words = hook["entry"].split()
        assert program == "nbforge"
        assert Nbforge(tmp_path)(*words, path.name).code == (0 if "--fix" in words else 7)
