"""``nbforge tag``: listing, setting and clearing, in the file."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from nbforge.errors import NbforgeError, NotebookError, UsageError
from nbforge.notebook import rewriting
from nbforge.tagging import Tag, change, listed
from tests.support import notebooks
from tests.support.cli import Nbforge

TEXT = """\
# %% [markdown]
# Rents
# %% nbforge:data, hide-input
df = 1
# %%
# nbforge: train
model = 2
# %% nbforge:predcit
model
# %%
model
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return notebooks.write(tmp_path / "rents.ipynb", TEXT)


def _tags(path: Path) -> list[list[str]]:
    return [cell["tags"] for cell in listed(path).json["cells"]]


def test_the_list_has_every_cell_with_its_tags_whichever_way_they_are_written(notebook: Path) -> None:
    rows = listed(notebook).json["cells"]
    assert [(row["index"], row["kind"], row["tags"], row["comment"], row["head"]) for row in rows] == [
        (0, "markdown", [], [], "Rents"),
        (1, "code", ["nbforge:data", "hide-input"], [], "df = 1"),
        (2, "code", [], ["train"], "model = 2"),
        (3, "code", ["nbforge:predcit"], [], "model"),
        (4, "code", [], [], "model"),
    ]


def test_the_command_line_sets_and_clears(notebook: Path) -> None:
    nbforge = Nbforge(notebook.parent)
    before = notebook.read_bytes()
    notebook.chmod(0o640)
    done = nbforge("tag", notebook.name, "--clear", "3=nbforge:predcit", "--set", "4=predict", "--set", "1=x", "--json")
    assert done.code == 0, done
    assert done.json["changed"] == [
        {"cell": 1, "added": ["x"], "removed": []},
        {"cell": 3, "added": [], "removed": ["nbforge:predcit"]},
        {"cell": 4, "added": ["nbforge:predict"], "removed": []},
    ]
    assert _tags(notebook) == [[], ["nbforge:data", "hide-input", "x"], [], [], ["nbforge:predict"]]
    assert stat.S_IMODE(notebook.stat().st_mode) == 0o640
    assert sorted(path.name for path in notebook.parent.iterdir()) == ["rents.ipynb"]
    assert "cell 4: + nbforge:predict" in done.stderr
    back = nbforge("tag", notebook.name, "--clear", "4", "--clear", "1=x", "--set", "1=data")
    assert back.code == 0, back
    shown = nbforge("tag", notebook.name)
    assert shown.code == 0
    assert "train (by comment)" in shown.stdout
    assert _tags(notebook)[1:] == [["nbforge:data", "hide-input"], [], [], []]
    assert notebook.read_bytes() == before.replace(
        b'"metadata": {\n    "tags": [\n     "nbforge:predcit"\n    ]\n   }', b'"metadata": {}'
    )


def test_all_of_nbforges_tags_go_and_no_others(notebook: Path) -> None:
    change(notebook, [], [], everywhere=True)
    assert _tags(notebook) == [[], ["hide-input"], [], [], []]


REFUSED: dict[str, tuple[list[Tag], list[Tag], str, str]] = {
    "a misspelt tag": ([Tag(1, "predcit")], [], "unknown-tag", "predict"),
    "a misspelt tag of another tool": ([Tag(1, "paramters")], [], "unknown-tag", "parameters"),
    "a cell of text": ([Tag(0, "data")], [], "no-code-cell", "nbforge tag"),
    "no such cell": ([Tag(5, "data")], [], "no-such-cell", "4"),
    "no such tag": ([], [Tag(1, "predict")], "no-such-tag", "hide-input"),
    "a comment": ([], [Tag(2, "train")], "tag-in-comment", "comment"),
    "two predict cells": ([Tag(4, "predict"), Tag(2, "predict")], [], "two-predict-cells", "--clear"),
}


@pytest.mark.parametrize(("wanted", "unwanted", "code", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_with_a_remedy_and_nothing_is_written(
    notebook: Path, wanted: list[Tag], unwanted: list[Tag], code: str, remedy: str
) -> None:
    before = notebook.read_bytes()
    with pytest.raises(UsageError) as raised:
        change(notebook, wanted, unwanted, everywhere=False)
    assert raised.value.code == code
    assert remedy in raised.value.remedy
    assert notebook.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value"), [("--set", "1"), ("--set", "x=data"), ("--clear", "-1"), ("--set", "1=,")]
)
def test_what_is_no_cell_and_tag_is_a_usage_error(notebook: Path, option: str, value: str) -> None:
    done = Nbforge(notebook.parent)("tag", notebook.name, option, value, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "bad-tag-option")


def test_a_link_goes_on_pointing_at_the_file(notebook: Path) -> None:
    link = notebook.with_name("link.ipynb")
    link.symlink_to(notebook.name)
    change(link, [Tag(4, "test")], [], everywhere=False)
    assert link.is_symlink()
    assert _tags(notebook)[4] == ["nbforge:test"]


def _saved_meanwhile(path: Path) -> None:
    rewriting.replace(path, b"as it was read", b"with tags")


def _old(path: Path) -> None:
    cell = {"cell_type": "code", "input": "x", "outputs": [], "language": "python", "metadata": {}}
    sheet = {"cells": [cell], "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
    path.write_text(json.dumps(old))
    assert listed(path).json["cells"][0]["head"] == "x"
    change(path, [Tag(0, "predict")], [], everywhere=False)


@pytest.mark.parametrize(("act", "code"), [(_saved_meanwhile, "notebook-changed"), (_old, "old-format")])
def test_a_file_that_cannot_be_changed_stays_as_it_is(notebook: Path, act: Callable[[Path], None], code: str) -> None:
    with pytest.raises(NotebookError) as raised:
        act(notebook)
    assert raised.value.code == code
    assert isinstance(raised.value, NbforgeError)
    assert raised.value.remedy
    assert b"with tags" not in notebook.read_bytes()
    assert [path.name for path in notebook.parent.iterdir()] == ["rents.ipynb"]
