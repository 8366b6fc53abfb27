"""What a run shows to be missing is added, in real kernels."""

from __future__ import annotations

from nbforge.errors import NbforgeError
from nbforge.soundness.runner import done
from tests.soundness.conftest import Workbench

BOOK = """# %%
import json
import numpy as np
import pandas as pd
import tidytools
# %% nbforge:data
rng = np.random.default_rng(7)
frame = pd.DataFrame({"size": rng.uniform(20, 90, 60), "rooms": rng.integers(1, 5, 60)})
# %%
settings = {"folder": ".", "name": "weights.json", "content": [1.0, 2.0]}
print(tidytools.export(settings))
# %%
width = tidytools.declare("scale", 3.0)
# %%
kinds = ["size", "half"]
report = tidytools.profile(frame, kinds)
# %%
from tidytools import *
# %% nbforge:train
{train}
# %% nbforge:predict
def predict(frame):
    return frame["size"] * factor
"""
FILE = 'with open("weights.json") as file:\n    weights = json.load(file)\n'


def test_a_name_a_file_and_a_column_are_found(workbench: Workbench) -> None:
    train = FILE + 'factor = scale * weights[1] + frame["half"].mean()'
    slice_, outcome, notes = workbench.train(BOOK.replace("{train}", train))
    done(outcome)
    assert [note.removeprefix("book.ipynb, ") for note in notes] == [
        "cell 2: `print(tidytools.export(settings))` runs as well; without it, cell 6 raised FileNotFoundError.",
        'cell 3: `width = tidytools.declare("scale", 3.0)` runs as well; without it, cell 6 raised NameError.',
        "cell 4: `report = tidytools.profile(frame, kinds)` runs as well; without it, cell 6 raised KeyError.",
    ]
    reasons = {cell.index: cell.reason for cell in slice_.cells}
    assert reasons[3] == "in: the run showed that it is needed"
    assert workbench.runs == 4


def test_a_stale_file_is_written_again(workbench: Workbench) -> None:
    (workbench.folder / "weights.json").write_text("[7.0, 7.0]")
    _, outcome, notes = workbench.train(BOOK.replace("{train}", FILE + "factor = weights[1]"))
    done(outcome)
    (note,) = notes
    assert note.endswith(
        "`print(tidytools.export(settings))` runs as well; it writes weights.json, which cell 6 reads."
    )
    assert (workbench.folder / "weights.json").read_text() == "[1.0, 2.0]"


def test_a_failure_that_nothing_explains_stays_what_it_is(workbench: Workbench) -> None:
    _, outcome, notes = workbench.train(BOOK.replace("{train}", 'factor = {}["nowhere"]'))
    assert isinstance(outcome, NbforgeError)
    assert outcome.cell == 6
    assert outcome.message.startswith("KeyError: 'nowhere'")
    assert not notes
    assert workbench.runs == 1
