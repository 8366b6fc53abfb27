"""The generated module reads like one a person wrote, and does what its pieces did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbforge.bundle.scoring_module import render
from nbforge.errors import NotebookError


def piece(
    kind: str, source: str, cell: int | None = 0, notebook: int | None = 0, name: str | None = None
) -> dict[str, Any]:
    return {"kind": kind, "name": name, "source": source, "notebook": notebook, "cell": cell}


PIECES = [
    piece("import", "import pandas as pd", 1),
    piece("import", "from sklearn.base import TransformerMixin", 4),
    piece("constant", "LIMIT = 3", 2),
    piece("constant", "NAMES = ('a', 'b')", 2),
    piece("import", "from sklearn.base import BaseEstimator, clone as copy_of", 1, notebook=1),
    piece("artifact", 'model = artifact("model")', 7, name="model"),
    piece("definition", "class Scale(BaseEstimator, TransformerMixin):\n    pass", 4),
    piece("import", "import json", 1),
    piece("definition", "def predict(frame):\n    return model.predict(frame)", 9, notebook=1),
]

EXPECTED = '''"""Scoring code of `churn`.

What `churn` needs to score, taken from prepare.ipynb and churn.ipynb. Values that were fitted or computed in
training are loaded from the bundle's artifacts; the code is the notebook's own.
"""

import json  # prepare.ipynb, cell 1

import pandas as pd  # prepare.ipynb, cell 1
from sklearn.base import BaseEstimator, TransformerMixin, clone as copy_of  # churn.ipynb, cell 1; prepare.ipynb, cell 4

from nbforge.runtime.artifacts import artifact

# prepare.ipynb, cell 2
LIMIT = 3
NAMES = ('a', 'b')

# prepare.ipynb, cell 7
model = artifact("model")


# prepare.ipynb, cell 4
class Scale(BaseEstimator, TransformerMixin):
    pass


# churn.ipynb, cell 9
def predict(frame):
    return model.predict(frame)
'''


def test_the_whole_module() -> None:
    assert render(PIECES, ["prepare.ipynb", "churn.ipynb"], "churn") == EXPECTED


def test_ruff_has_nothing_to_say_about_its_form(tmp_path: Path) -> None:
    path = tmp_path / "scoring.py"
    path.write_text(render(PIECES, ["prepare.ipynb", "churn.ipynb"], "churn"), "utf-8")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E1,E2,E3,E4,E9,F63,F7,F82,W",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_imports_that_are_more_than_imports_stay_as_they_are() -> None:
    guarded = "try:\n    import fast as engine\nexcept ImportError:\n    engine = None"
    text = render([piece("import", guarded, 3), piece("import", "import math", None, None)], ["a.ipynb"], "a")
    assert f"# a.ipynb, cell 3\n{guarded}\n" in text
    assert "\nimport math\n" in text
    assert "artifact" not in text.split('"""')[2]


def test_a_long_import_is_folded() -> None:
    names = ", ".join(f"SomeVeryLongName{number}" for number in range(12))
    text = render([piece("import", f"from some.package import {names}", 1)], ["a.ipynb"], "a")
    assert all(len(line) <= 120 for line in text.splitlines())
    compile(text, "scoring.py", "exec")


def test_what_is_no_python_names_its_cell() -> None:
    with pytest.raises(NotebookError, match="cannot be written as Python") as caught:
        render([piece("definition", "%time x = 1", 5, name="x")], ["a.ipynb"], "a")
    assert (caught.value.notebook, caught.value.cell, caught.value.name) == ("a.ipynb", 5, "x")


def test_a_notebooks_name_cannot_end_the_docstring() -> None:
    compile(render([], ['we"""ird\\.ipynb'], "a"), "scoring.py", "exec")
