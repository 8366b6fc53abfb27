"""``[tool.nbforge]`` and flags: one project, and errors that say key and type."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbforge import project
from nbforge.errors import UsageError


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "sub" / "Churn Model (v2).ipynb"
    path.parent.mkdir()
    path.touch()
    return path


def configure(notebook: Path, text: str) -> None:
    (notebook.parent.parent / "pyproject.toml").write_text(f"[tool.nbforge]\n{text}", "utf-8")


def test_without_any_the_notebook_decides(notebook: Path) -> None:
    found = project.load([notebook], {})
    assert found.name == "churn-model-v2"
    assert found.output == Path.cwd() / "build" / "churn-model-v2"
    assert (found.examples, found.rowwise, found.reuse_network_runs) == ("synthetic", None, False)


def test_flags_win_over_the_file_and_paths_start_where_they_are_written(notebook: Path) -> None:
    configure(notebook, 'output = "out"\nname = "file"\nenv = ["A", "B"]\nrowwise = false\nbase = "b:1"')
    found = project.load([notebook], {"name": "flag", "env": ["B", "C"], "base": None})
    assert (found.name, found.base, found.rowwise, found.env) == ("flag", "b:1", False, ("A", "B", "C"))
    assert found.output == notebook.parent.parent / "out"
    assert project.load([notebook], {"output": "here"}).output == Path.cwd() / "here"


def test_policies_reach_the_kernel_as_json(notebook: Path) -> None:
    configure(notebook, '[tool.nbforge.inputs.age]\nrange = "refuse"\nmaximum = 120\n')
    assert project.load([notebook], {}).capture_options() == {
        "examples": "synthetic",
        "rowwise": None,
        "inputs": {"age": {"range": "refuse", "maximum": 120}},
        "unknown_fields": "refuse",
        "formats": [],
        "private": [],
        "tracing": False,
        "compile": None,
    }
    configure(notebook, 'unknown-fields = "flag"\n[tool.nbforge.inputs.when]\nminimum = 2020-01-31\nmax-length = 5\n')
    options = project.load([notebook], {}).capture_options()
    assert options["inputs"] == {"when": {"minimum": "2020-01-31", "max-length": 5}}
    assert options["unknown_fields"] == "flag"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('outptu = "x"', "unknown-key", "Did you mean `output`?"),
        ("zzz = 1", "unknown-key", "The keys are: output"),
        ("rowwise = 1", "wrong-type", "must be a boolean, not an integer"),
        ('env = ["A", 1]', "wrong-type", "must be a list of text, not a list"),
        ('formats = ["arow"]', "wrong-value", "Did you mean `arrow`?"),
        ('examples = "row"', "wrong-value", "Did you mean `rows`?"),
        ("inputs = 1", "wrong-type", "must be a table"),
        ('[tool.nbforge.inputs.age]\nrnage = "flag"', "unknown-key", "Did you mean `range`?"),
        ("[tool.nbforge.inputs.age]\nminimum = true", "wrong-type", "must be a number or date, not a boolean"),
        ("[tool.nbforge.inputs.age]\nminimum = 5\nmaximum = 4", "wrong-value", "greater than `maximum`"),
        ("[tool.nbforge.inputs.age]\nmax-length = -1", "wrong-value", "is negative"),
        ("[tool.nbforge.inputs.age]\nmax_length = 1", "unknown-key", "Did you mean `max-length`?"),
        ('[tool.nbforge.inputs.age]\npattern = "("', "wrong-value", "no regular expression"),
        ("[tool.nbforge.inputs]\nage = 3", "wrong-type", "must be a table, not an integer"),
        ('name = "Bad Name"', "bad-name", "`bad-name`"),
        ("= 3", "broken-configuration", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said(notebook: Path, text: str, code: str, said: str) -> None:
    configure(notebook, text)
    with pytest.raises(UsageError) as caught:
        project.load([notebook], {})
    assert caught.value.code == code
    assert said in str(caught.value)


@given(st.text())
def test_any_text_becomes_a_name(text: str) -> None:
    name = project.slug(text)
    assert project.slug(name) == name
    assert name.strip("-") == name
    assert 0 < len(name) <= 63
