"""From files to notebooks: formats, languages, tags, stages, and what is said about those that are none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nbforge.errors import NotebookError
from nbforge.notebook.read import read, slug


def write(path: Path, *cells: tuple[str, str], **metadata: Any) -> Path:
    v4: Any = nbformat.v4
    made = [v4.new_code_cell(source, metadata={"tags": tags.split()}) for tags, source in cells]
    path.write_text(json.dumps(v4.new_notebook(cells=made, metadata=metadata)))
    return path


def test_what_a_notebook_says(tmp_path: Path) -> None:
    path = write(
        tmp_path / "Churn Model (v2).ipynb",
        ("parameters hide-input", "alpha = 1"),
        ("", "# nbforge: data, features\ndf = 1"),
        ("nbforge:predict", "df"),
        kernelspec={"name": "conda-env-x", "display_name": "x", "language": "python"},
    )
    found = read(path)
    assert (found.name, found.kernel, found.language, found.stage) == ("churn-model-v2", "conda-env-x", "python", False)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [cell.index for cell in found.cells] == [0, 1, 2]
    assert [set(cell.roles) for cell in found.cells] == [{"parameters"}, {"data", "features"}, {"predict"}]
    assert found.cells[0].tags == ("parameters", "hide-input")


@pytest.mark.parametrize(
    "source",
    ["# nbforge: predict\nx", "#nbforge:predict\nx", "%%time\n# nbforge: predict\nx", "\n# nbforge:nbforge:predict"],
)
def test_comment_tags(tmp_path: Path, source: str) -> None:
    assert read(write(tmp_path / "a.ipynb", ("", source))).cells[0].roles == {"predict"}


@pytest.mark.parametrize(
    ("tags", "source", "suggestion"),
    [
        ("nbforge:predcit", "x", "`nbforge:predict`"),
        ("nbforge:Predict", "x", "`nbforge:predict`"),
        ("nbforge-predict", "x", "`nbforge:predict`"),
        ("ngforge:train", "x", "`nbforge:train`"),
        ("", "# nbforge: prdict\nx", "`# nbforge: predict`"),
    ],
)
def test_misspelt_tags(tmp_path: Path, tags: str, source: str, suggestion: str) -> None:
    with pytest.raises(NotebookError) as caught:
        read(write(tmp_path / "a.ipynb", ("", "y = 1"), (tags, source)))
    assert (caught.value.code, caught.value.cell) == ("unknown-tag", 1)
    assert suggestion in caught.value.remedy


def test_other_tags_mean_nothing(tmp_path: Path) -> None:
    assert (
        not read(write(tmp_path / "a.ipynb", ("step:load prev:x remove-cell imports predict-me", "x"))).cells[0].roles
    )


def test_old_formats_are_upgraded(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "input": ["x = 1\n", "x"],
        "outputs": [],
        "language": "python",
        "metadata": {"tags": ["skip"]},
    }
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}))
    found = read(path)
    assert found.cells[0].source == "x = 1\nx"
    assert found.cells[0].roles == {"skip"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "broken-notebook"),
        (b"\xff\xfe\x00", "broken-notebook"),
        (b"[1]", "broken-notebook"),
        (b'{"a": 1}', "broken-notebook"),
        (b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code"}]}', "broken-notebook"),
        (b'{"nbformat": 9, "metadata": {}, "cells": []}', "broken-notebook"),
        (b'{"nbformat": 4, "metadata": {}, "cells": []}', "empty-notebook"),
        (b'{"nbformat": 4, "metadata": {"kernelspec": {"name": "ir", "language": "R"}}, "cells": []}', "not-python"),
        (b'{"nbformat": 4, "metadata": {"language_info": {"name": "julia"}}, "cells": []}', "not-python"),
        (b'{"nbformat": 4, "metadata": {"kernelspec": {"name": "ir"}}, "cells": []}', "not-python"),
    ],
)
def test_what_is_no_python_notebook(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError) as caught:
        read(path)
    assert (caught.value.code, caught.value.notebook, caught.value.exit_code) == (code, "a.ipynb", 3)
    assert caught.value.remedy


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotebookError) as caught:
        read(tmp_path / "a.ipynb")
    assert caught.value.code == "unreadable-notebook"


DUMP = "import os, pickle\npickle.dump(1, open(os.environ['S2I_PIPELINE_STAGE_SAVE_FILE'], 'wb'))"


def test_stages(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "util.py").write_text("KEY = 'S2I_PIPELINE_STAGE_SAVE_FILE'\n")
    (tmp_path / "notebooks").mkdir()
    assert read(write(tmp_path / "a.ipynb", ("", DUMP))).stage
    assert read(write(tmp_path / "notebooks" / "b.ipynb", ("", "from lib import util\nutil.save(1)"))).stage
    assert not read(write(tmp_path / "c.ipynb", ("", "import lib\nimport os"))).stage


def test_slugs() -> None:
    assert [slug(stem) for stem in ("Übung 1", "a__b", "01-fit", "日本")] == ["ubung-1", "a-b", "01-fit", "notebook"]
