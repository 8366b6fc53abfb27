"""Functions of the user's own modules are read, not guessed about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nbforge.notebook.slicing import slice_notebooks
from nbforge.values import Slice
from tests.notebook.build import notebook

HELPERS = """
import numpy as np
from .numbers import halve

CACHE = []
COUNT = 0

def look(df):
    print(df.describe())
    return df.copy()

def clean(df):
    df["a"] = halve(df["a"])

def remember(value):
    CACHE.append(value)

def count():
    global COUNT
    COUNT += 1

def total():
    return len(CACHE) + COUNT

def jitter(df):
    return df + np.random.rand()

class Scaler:
    def fit(self, df):
        self.mean = df.mean()
        return self
"""
SETUP = "import numpy as np\nimport pandas as pd\nimport helpers.core as h\nfrom helpers.core import *".rpartition(
    "\n"
)[0]
SETUP += "\nfrom helpers.core import clean, look, remember, total\ndf = pd.read_csv('a.csv')\nnp.random.seed(1)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "helpers"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "numbers.py").write_text("def halve(column):\n    return column / 2\n")
    (package / "core.py").write_text(HELPERS)
    return tmp_path


def sliced(project: Path, middle: str, target: str) -> Slice:
    book = notebook(SETUP, middle, f"# nbforge: predict\n{target}")
    return slice_notebooks((replace(book, path=project / "book.ipynb"),), {})


@pytest.mark.parametrize(
    ("middle", "target", "kept"),
    [
        ("look(df)\nlook(df)", "df", False),
        ("clean(df)\n1", "df", True),
        ("h.clean(df)\n1", "df", True),
        ("h.look(df)\n1", "df", False),
        ("remember(1)\n1", "total()", True),
        ("h.remember(1)\n1", "h.total()", True),
        ("h.remember(1)\n1", "total()", True),
        ("h.count()\n1", "total()", True),
        ("remember(1)\n1", "df", False),
        ("h.jitter(df)\n1", "np.random.rand()", True),
        ("look(df)\n1", "np.random.rand()", False),
        ("h.Scaler().fit(df)\n1", "df", False),
        ("df.pipe(h.clean)\n1", "df", True),
    ],
)
def test_what_a_project_function_does_counts(project: Path, middle: str, target: str, kept: bool) -> None:
    found = sliced(project, middle, target)
    assert found.cells[1].source == (middle.partition("\n")[0] if kept else "")
    assert found.caveats == ()


def test_a_module_that_the_notebook_writes_is_not_read_too_early(project: Path) -> None:
    (project / "fresh.py").write_text("def f(df): pass")
    book = notebook(
        "%%writefile fresh.py\ndef f(df): df['a'] = 1",
        "import pandas as pd, fresh\ndf = pd.DataFrame()\nfresh.f(df)",
        "# nbforge: predict\ndf",
    )
    found = slice_notebooks((replace(book, path=project / "book.ipynb"),), {})
    assert [cell.included for cell in found.cells] == [True, True, True]
