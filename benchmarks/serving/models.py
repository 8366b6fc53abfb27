"""The three models that services are compared on, as notebooks; data come with scikit-learn or are generated."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import notebooks

BIN = Path(sys.executable).parent

M1 = """\
# %% nbforge:data
from sklearn.datasets import load_wine
X, y = load_wine(return_X_y=True, as_frame=True)
# %% nbforge:train
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
# %% nbforge:predict
model
"""

M2 = """\
# %% nbforge:data
import numpy as np
import pandas as pd
rng = np.random.default_rng(7)
n = 5000
X = pd.DataFrame({
    **{f"amount_{i}": rng.normal(size=n).round(4) for i in range(8)},
    "job": rng.choice(["clerk", "nurse", "cook", "driver", "teacher"], n),
    "town": rng.choice([f"town {i}" for i in range(20)], n),
    "plan": rng.choice(["basic", "plus", "max"], n),
})
y = ((X.amount_0 + X.amount_1 * (X.plan == "max") + (X.job == "nurse") + rng.normal(size=n)) > 0.5).astype(int)
# %% nbforge:train
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
words = ["job", "town", "plan"]
numbers = [name for name in X if name not in words]
encode = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), words), (StandardScaler(), numbers)
)
model = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=100, random_state=0)).fit(X, y)
# %% nbforge:predict
model
"""

TEXT = """\
# %% nbforge:data
import numpy as np
import pandas as pd
rng = np.random.default_rng(3)
words = {
    0: ["meeting", "report", "lunch", "project", "monday", "notes"],
    1: ["winner", "free", "prize", "click", "cash", "offer"],
}
common = ["the", "a", "you", "we", "please", "now", "today", "for", "and", "with"]
y = rng.integers(0, 2, 2000)
texts = pd.Series([
    " ".join(rng.choice(words[label] if rng.random() < 0.8 else words[1 - label]) if rng.random() < 0.3
             else rng.choice(common) for _ in range(25)) for label in y
], name="text")
# %% nbforge:train
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, y)
# %% nbforge:predict
model
"""

SOURCES = {"m1": M1, "m2": M2, "text": TEXT}


class BuildError(Exception):
    """A bundle was not built, or not as it was asked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to serve: a folder with its notebook and the fitted object as ``model.pkl``; 200 records to ask for, and
    what the fitted object says of them.
    """

    name: str
    folder: Path
    records: tuple[dict[str, Any], ...]
    answers: tuple[float, ...]

    def bundle(self, *options: str) -> Path:
        """What nbforge serves, built with these options.

        Raises:
            BuildError: the build failed, or did not compile as asked.
        """
        target = self.folder / "-".join(["bundle", *(each.strip("-") for each in options)])
        if not target.is_dir():
            command: list[str | Path] = [BIN / "nbforge", "build", f"{self.name}.ipynb", "-o", target.name, *options]
            done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
            if done.returncode:
                raise BuildError(done.stderr.strip()[-500:])
            if note := re.search(r"Not compiled.*", done.stderr):
                raise BuildError(note[0])
        return target


def build(name: str, folder: Path) -> Subject:
    """Write the model's notebook, and hand out its fitted object and rows of its training data."""
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    path = notebooks.write(target / f"{name}.ipynb", SOURCES[name])
    space: dict[str, Any] = {}
    for cell in notebooks.from_text(SOURCES[name])["cells"][:2]:  # deterministic: the very object that a build fits
        exec(compile(cell["source"], path.name, "exec"), space)
    frame = space["X"] if "X" in space else space["texts"].to_frame()
    rows = frame.head(200)
    records = tuple(json.loads(rows.to_json(orient="records")))
    (target / "example.json").write_text(json.dumps(records[0]))
    with (target / "model.pkl").open("wb") as file:
        pickle.dump(space["model"], file)
    answers = space["model"].predict(rows if "X" in space else rows["text"]).tolist()
    return Subject(name, target, records, tuple(answers))
