"""What one notebook writes and a later one reads is kept, and nothing else that it writes."""

from __future__ import annotations

from pathlib import Path

from nbforge.notebook.read import read
from nbforge.notebook.slicing import slice_notebooks
from tests.support import notebooks

WRITER = """\
# %%
import pandas as pd
df = pd.DataFrame({"a": [1]})
# %%
df.to_csv("kept.csv")
# %%
df.to_csv("other.csv")
# %% nbforge:train
seen = len(df)
"""
READER = """\
# %% nbforge:data
import pandas as pd
df = pd.read_csv("data/../kept.csv")
# %%
pd.read_csv("other.csv").plot()
# %% nbforge:predict
df["a"] * 2
"""


def test_only_files_that_kept_statements_of_later_notebooks_read_are_written(tmp_path: Path) -> None:
    writer = notebooks.write(tmp_path / "1.ipynb", WRITER)
    reader = notebooks.write(tmp_path / "2.ipynb", READER)
    sliced = slice_notebooks((read(writer, 0), read(reader, 1)), {})
    kept = [(cell.notebook, cell.index) for cell in sliced.cells if cell.included]
    assert kept == [(0, 0), (0, 1), (0, 3), (1, 0), (1, 2)]
