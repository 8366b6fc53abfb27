"""``nbforge tag --suggest``: shown, asked about on a terminal, applied elsewhere; the samples find their own tags."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nbforge.errors import NbforgeError
from nbforge.notebook.read import read
from nbforge.notebook.slicing import slice_notebooks
from nbforge.notebook.suggest import suggest
from nbforge.tagging import propose, take
from nbforge.values import Slice
from tests.support import cases, notebooks
from tests.support.cli import Nbforge

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = cases.collect(ROOT / "sample_notebooks")
TAGGED = [pytest.param(case, id=case.name) for case in SAMPLES if case.name != "spam"]
_COMMENT = re.compile(r"^# nbforge: .*\n?", re.MULTILINE)

TEXT = """\
# %%
limit = 0.5
# %%
import pandas as pd
from sklearn.linear_model import LinearRegression
df = pd.DataFrame({"area": [float(i % 17 + 3) for i in range(120)], "rooms": [i % 4 + 1 for i in range(120)]})
price = df.area * 3 + df.rooms * 10
# %%
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
X_train, X_test, y_train, y_test = train_test_split(df, price, random_state=0)
scaler = StandardScaler()
model = LinearRegression()
model.fit(scaler.fit_transform(X_train), y_train)
# %%
assert model.score(scaler.transform(X_test), y_test) > limit
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return notebooks.write(tmp_path / "rents.ipynb", TEXT)


def _stripped(path: Path) -> None:
    """Take all tags out of a notebook, those in comments too."""
    document = json.loads(path.read_text())
    for cell in document["cells"]:
        cell["metadata"].pop("tags", None)
        cell["source"] = _COMMENT.sub("", "".join(cell["source"]))
    path.write_text(json.dumps(document, indent=1))


def _slice(path: Path) -> Slice:
    return slice_notebooks((read(path),), {})


@pytest.mark.parametrize("case", TAGGED)
def test_a_sample_without_its_tags_gets_an_entry_point_like_its_own(case: cases.Case, tmp_path: Path) -> None:
    project = case.lay_out(tmp_path / case.name)
    path = project.directory / project.notebooks[0]
    own = _slice(path)
    _stripped(path)
    assert "no cell is tagged" in str(_refusal(path))
    proposal = propose(path)
    assert proposal.complete
    assert proposal.offer is None
    take(path, proposal.suggestions)
    found = _slice(path)
    assert found.entry == own.entry
    roles = {cell.index: cell.roles for cell in own.notebooks[0].cells if cell.roles}
    again = {cell.index: cell.roles for cell in found.notebooks[0].cells if cell.roles}
    if case.name == "rents":  # its author tags the cell that takes the target off, not the one that loads
        roles[3] = roles.pop(10)
    assert again == roles


def _refusal(path: Path) -> NbforgeError:
    with pytest.raises(NbforgeError) as raised:
        _slice(path)
    return raised.value


@pytest.mark.parametrize("name", ["digits", "diabetes"])
def test_what_is_suggested_for_a_sample_builds(name: str, tmp_path: Path) -> None:
    project = next(case for case in SAMPLES if case.name == name).lay_out(tmp_path / name)
    _stripped(project.directory / project.notebooks[0])
    applied = Nbforge(project.directory)("tag", project.notebooks[0], "--suggest", "--apply", "--json")
    assert applied.code == 0, applied
    outcome = project.build()
    assert outcome.code == 0, outcome
    assert outcome.json["form"] == project.case.section("build")["form"]


def test_a_cell_that_is_added_builds_and_predicts(notebook: Path) -> None:
    nbforge = Nbforge(notebook.parent)
    applied = nbforge("tag", notebook.name, "--suggest", "--apply", "--add-cell", "--json")
    assert applied.code == 0, applied
    assert applied.json["added_cell"]["source"] == "model.predict(scaler.transform(df))"
    built = nbforge("build", notebook.name, "--json")
    assert built.code == 0, built
    assert built.json["form"] == "plain"


def test_a_stage_needs_no_tag(tmp_path: Path) -> None:
    project = next(case for case in SAMPLES if case.name == "spam").lay_out(tmp_path / "spam")
    for name in project.notebooks:
        found = suggest(read(project.directory / name))
        assert found.complete
        assert not found.suggestions
        assert "stage" in found.notes[0]


def test_without_a_terminal_it_is_shown_and_nothing_changes(notebook: Path) -> None:
    before = notebook.read_bytes()
    nbforge = Nbforge(notebook.parent)
    shown = nbforge("tag", notebook.name, "--suggest")
    assert shown.code == 0
    assert "nbforge:data" in shown.stdout
    assert "model.predict(scaler.transform(df))" in shown.stdout
    assert "--suggest --apply --add-cell" in shown.stdout
    told: dict[str, Any] = nbforge("tag", notebook.name, "--suggest", "--json").json
    assert [(each["cell"], each["tag"], each["confidence"]) for each in told["suggestions"]] == [
        (0, "parameters", "low"),
        (1, "nbforge:data", "high"),
        (2, "nbforge:train", "high"),
        (3, "nbforge:test", "high"),
    ]
    assert not told["complete"]
    assert (told["new_cell"]["cell"], told["new_cell"]["tag"]) == (None, "nbforge:predict")
    assert notebook.read_bytes() == before


def test_applied_without_leave_to_add_a_cell_it_says_what_is_missing(notebook: Path) -> None:
    done = Nbforge(notebook.parent)("tag", notebook.name, "--suggest", "--apply")
    assert done.code == 0, done
    assert "--add-cell" in done.stderr
    assert "--set 0=parameters" in done.stderr, "weak proposals are not set unasked"
    assert [cell.tags for cell in read(notebook).cells] == [
        (),
        ("nbforge:data",),
        ("nbforge:train",),
        ("nbforge:test",),
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("y\nn\ny\nn\n\ny\n", [(), ("nbforge:data",), (), ("nbforge:test",), ("nbforge:predict",)]),
        ("y\na\n", [("parameters",), ("nbforge:data",), ("nbforge:train",), ("nbforge:test",), ("nbforge:predict",)]),
        ("n\nn\ny\nq\n", [(), ("nbforge:data",), (), ()]),
    ],
    ids=["one by one", "all", "no cell, then enough"],
)
def test_on_a_terminal_it_asks(notebook: Path, answers: str, expected: list[tuple[str, ...]]) -> None:
    ours, theirs = pty.openpty()
    nbforge = Nbforge(notebook.parent)
    command = nbforge.command("tag", notebook.name, "--suggest")
    process = subprocess.Popen(
        command, cwd=notebook.parent, env=nbforge.environment(), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    said = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            part = b""
        if not part:
            break
        said += part
    os.close(ours)
    assert process.wait(60) == 0, said.decode()
    assert [cell.tags for cell in read(notebook).cells] == expected, said.decode()


@pytest.mark.parametrize("options", [["--apply"], ["--add-cell"], ["--suggest", "--set", "1=data"]])
def test_options_that_do_not_go_together_are_a_usage_error(notebook: Path, options: list[str]) -> None:
    done = Nbforge(notebook.parent)("tag", notebook.name, *options, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "usage")
