"""The whole notebook against its slice, in real kernels."""

from __future__ import annotations

import pytest

from nbforge.errors import ProofError, TrainingError
from tests.soundness.conftest import Workbench

BOOK = """# %%
import numpy as np
import pandas as pd
# %%
import tidytools
# %% nbforge:data
rng = np.random.default_rng(7)
frame = pd.DataFrame({"size": rng.uniform(20, 90, 60), "rooms": rng.integers(1, 5, 60)})
# %%
frame.describe()
{explored}
# %% nbforge:train
weights = np.array([1.0, 2.0]) * frame["size"].mean()
# %% nbforge:predict
def predict(frame):
    return frame[["size", "rooms"]].to_numpy() @ weights
# %%
predict(frame)[:5]
"""


def test_exploration_that_fails_does_not_fail_the_proof(workbench: Workbench) -> None:
    explored = """# %%
mean = frame["size"].mean()
raise KeyError(mean)
rows = len(frame)
# %%
import sys
sys.exit(mean * 2)
# %% raises-exception
1 / 0
# %%
frame.groupby("nowhere").size()"""
    proven = workbench.prove(BOOK.replace("{explored}", explored))
    assert proven.report["statements"]["beside"] == 10
    assert proven.report["compared"] == {"artifacts": 1, "rows": 60}
    raised = [(each["cell"], each["exception"]) for each in proven.report["raised"]]
    assert raised == [(4, "KeyError"), (5, "SystemExit"), (7, "KeyError")]
    assert "makes the same 1 artifact and gives the same 60 answers" in proven.notes[0]
    assert "book.ipynb, cell 4 raised KeyError" in proven.notes[1]
    assert workbench.runs == 2


def test_exploration_inside_of_a_loop_is_proven_too_and_does_no_harm_where_it_fails(workbench: Workbench) -> None:
    explored = """# %%
weights, means = np.zeros(2), []
for name in ["size", "rooms"]:
    means.append(frame[name].mean())
    weights = weights + 1
# %%
for name in ["size", "rooms"]:
    frame.groupby(name).nowhere
    weights = weights * 2"""
    book = BOOK.replace("{explored}", explored).replace("weights = np.array([1.0, 2.0])", "weights = weights")
    slice_, *_ = workbench.train(book)
    assert {cell.index: cell.partly for cell in slice_.cells if cell.partly} == {4: (1,), 5: (0,)}
    assert "nowhere" not in slice_.cells[5].source
    proven = workbench.prove(book)
    assert proven.report["raised"] == [{"notebook": "book.ipynb", "cell": 5, "exception": "AttributeError"}]
    assert "book.ipynb, cell 5 raised AttributeError" in proven.notes[1]
    assert "gives the same 60 answers" in proven.notes[0]


def test_what_the_predict_cell_bound_is_the_prediction_though_its_name_is_bound_again(workbench: Workbench) -> None:
    book = BOOK.partition("# %% nbforge:predict")[0].replace("{explored}", "")
    book += """# %% nbforge:predict
answers = frame[["size", "rooms"]].to_numpy() @ weights
# %%
answers = pd.DataFrame(answers, columns=["price"])
# %%
answers.describe()
"""
    proven = workbench.prove(book)
    assert "gives the same 60 answers" in proven.notes[0]
    assert workbench.runs == 2


def test_a_slice_that_now_and_then_gives_what_the_whole_notebook_gives_lost_nothing(workbench: Workbench) -> None:
    counter = workbench.folder.parent / "runs"
    counter.write_text("0")
    counted = f"""from pathlib import Path
runs = int(Path({str(counter)!r}).read_text())
Path({str(counter)!r}).write_text(str(runs + 1))
rng ="""
    book = BOOK.replace("{explored}", "").replace("rng =", counted)
    book = book.replace("np.array([1.0, 2.0])", "np.array([1.0, runs % 2])")
    proven = workbench.prove(book)
    assert "gives the same 60 answers. Not in every run: in one of the slice alone, " in proven.notes[0]
    assert workbench.runs == 4


def test_a_lost_statement_is_named(workbench: Workbench) -> None:
    explored = """# %%
before = frame["size"].mean()
report = tidytools.summary(frame, "size")
print(report)
# %%
np.corrcoef(frame["size"], frame["rooms"])"""
    slice_, *_ = workbench.train(BOOK.replace("{explored}", explored))
    assert any("`tidytools.summary(frame, 'size')` is taken not to change `frame`" in text for text in slice_.caveats)
    with pytest.raises(ProofError) as caught:
        workbench.prove(BOOK.replace("{explored}", explored))
    error = caught.value
    assert error.code == "slice-lost-statement"
    assert (error.notebook, error.cell) == ("book.ipynb", 4)
    assert '`report = tidytools.summary(frame, "size")` (cell 4, line 2)' in error.message
    assert "Tag cell 4" in error.remedy
    assert workbench.runs <= 5  # slice, whole, slice again, nothing beside it, the suspect beside it


def test_what_no_name_shows_is_found_by_halves(workbench: Workbench) -> None:
    explored = "\n".join(f"# %%\nseen_{at} = {at}\ntidytools.{call}" for at, call in enumerate(["recalled()"] * 3))
    explored = explored.replace("seen_1 = 1\ntidytools.recalled()", "seen_1 = 1\nshown = tidytools.remember(1.5)")
    book = BOOK.replace("{explored}", explored).replace(
        "weights = np.array([1.0, 2.0])", "weights = np.array([1.0, 2.0]) + tidytools.recalled()"
    )
    with pytest.raises(ProofError, match=r"`shown = tidytools\.remember\(1\.5\)` \(cell 5, line 2\)"):
        workbench.prove(book)


def test_random_training_is_not_blamed_on_the_slice(workbench: Workbench) -> None:
    book = BOOK.replace("{explored}", "").replace("default_rng(7)", "default_rng()")
    with pytest.raises(ProofError, match="training is random") as caught:
        workbench.prove(book)
    assert caught.value.code == "random-training"
    assert caught.value.cell == 2
    assert "`frame`" in caught.value.message


def test_a_cell_that_ends_the_kernel_proves_nothing(workbench: Workbench) -> None:
    with pytest.raises(TrainingError, match="the whole notebook does not run to its end") as caught:
        workbench.prove(BOOK.replace("{explored}", "# %%\nexit()"))
    assert (caught.value.code, caught.value.cell) == ("whole-notebook-failed", 4)
    assert "Tag cell 4 `skip`" in caught.value.remedy
