"""What is said of a failure that has a known cause: real exceptions of real libraries, in this process's IPython."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbforge.errors import NbforgeError
from nbforge.training.failures import cell_failure
from nbforge.training.port import CellError
from nbforge.values import CellSlice, Environment

SETUP = """
import numpy as np, pandas as pd
df = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": ["x", "y", "x", "z"]})
X, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
"""

# what the cell says; the statement that is blamed; what the remedy holds
REMOVED = [
    ("n = 1\ndf = df.append({'a': 1}, ignore_index=True)", "df = df.append(", "`pandas.concat"),
    ("df.ix[0]", "df.ix[0]", "`.loc[...]`"),
    ("for name, column in df.iteritems():\n    print(name)", "for name, column in df.iteritems():", "`.items()`"),
    ("def clean(frame):\n    return frame.a.mad()\nclean(df)", "return frame.a.mad()", "mean()).abs().mean()"),
    ("from sklearn.cross_validation import train_test_split", "from sklearn", "`sklearn.model_selection`"),
    (
        "from sklearn.datasets import load_boston, load_iris",
        "from sklearn",
        "`sklearn.datasets.fetch_california_housing`",
    ),
    ("from sklearn.preprocessing import Imputer", "from sklearn", "`sklearn.impute.SimpleImputer`"),
    ("from sklearn.externals import joblib", "from sklearn", "`joblib`"),
    ("import sklearn.grid_search as gs", "import sklearn", "`sklearn.model_selection`"),
    ("from pandas.tools.plotting import scatter_matrix", "from pandas", "`pandas.plotting`"),
    ("pd.Panel(1)", "pd.Panel(1)", "MultiIndex"),
    ("X.astype(np.int)", "np.int", "`builtins.int`"),
    ("X.astype(np.float_)", "np.float_", "`numpy.float64`"),
    (
        "from sklearn.preprocessing import OneHotEncoder as E\nE(\n    drop='first',\n    sparse=False,\n)",
        "E( drop='first', sparse=False, )",
        "`sparse_output=`",
    ),
    (
        "from sklearn.metrics import mean_squared_error\nmean_squared_error(y, y, squared=False)",
        "squared=False",
        "`sklearn.metrics.root_mean_squared_error`",
    ),
    ("df.fillna(method='ffill')", "df.fillna", "`.ffill()`"),
    ("df.drop('a', 1)", "df.drop('a', 1)", "`axis=1`"),
    ("df['b'].str.split(' ', 1)", "str.split", "`n=`"),
    ("df.corr()", "df.corr()", "`numeric_only=True`"),
    ("df.mean()", "df.mean()", "`numeric_only=True`"),
    ("pd.read_csv('x.csv', error_bad_lines=False)", "pd.read_csv", "`on_bad_lines='skip'`"),
    (
        "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier(max_features='auto').fit(X, y)",
        "RandomForestClassifier(",
        "`'sqrt'`",
    ),
    (
        "from sklearn.ensemble import BaggingClassifier\nBaggingClassifier().set_params(base_estimator=None)",
        "set_params",
        "`estimator=`",
    ),
    (
        (
            "from sklearn import model_selection as ms, tree\n"
            "ms.GridSearchCV(tree.DecisionTreeClassifier(), {'max_features': ['auto']}, cv=2).fit(X, y)"
        ),
        "GridSearchCV(",
        "`'sqrt'`",
    ),
    (
        "from xgboost import XGBClassifier\nXGBClassifier().fit(X, y, early_stopping_rounds=3)",
        "XGBClassifier()",
        "constructor",
    ),
    (
        "import matplotlib.pyplot as plt\nplt.style.use('seaborn-whitegrid')",
        "plt.style.use",
        "`'seaborn-v0_8-whitegrid'`",
    ),
    ("import seaborn as sns\nsns.factorplot(x='a', data=df)", "sns.factorplot", "`seaborn.catplot`"),
    ("for i in xrange(3): pass", "for i in xrange(3): pass", "`builtins.range`"),
    ("{'a': 1}.has_key('a')", "has_key", "`key in mapping`"),
]

# what the cell says, the code, the name, what the remedy holds
OTHER = [
    ("import cv2", "missing-module", "cv2", "-m pip install opencv-python-headless"),
    ("import no_such_thing.part", "missing-module", "no_such_thing", "-m pip install no_such_thing"),
    ("from google.colab import drive", "missing-module", "google.colab", "only on Google Colab"),
    ("pd.read_csv('train.csv')", "missing-data", "train.csv", "relative to the notebook's folder"),
    ("pd.read_csv('/kaggle/input/titanic/train.csv')", "missing-data", "/kaggle/input/titanic/train.csv", "absolute"),
    ("df.drop(columns=['a'], axis=1)", "changed-meaning", None, "Leave out `axis=1`. Or pin `pandas<3`"),
    (
        "from sklearn.preprocessing import StandardScaler as S\nS().fit(X).transform(y)",
        "changed-meaning",
        None,
        "reshape(-1, 1)`",
    ),
    (
        "t = pd.DataFrame({'s': ['x']})\nfor c in [c for c in t if t[c].dtype.name != 'object']:\n    t[c].median()",
        "changed-meaning",
        None,
        "`pandas.api.types.is_numeric_dtype`",
    ),
    (
        "from sklearn.model_selection import train_test_split\ntrain_test_split(X[:4], df['b'].values)",
        "changed-meaning",
        None,
        "`.to_numpy(dtype=object)`",
    ),
    ("df.apply(lambda row: row[0], axis=1)", "changed-meaning", None, "`row.iloc[0]` for `row[0]`"),
    ("pd.Series(['A', None]).astype(str).map(lambda t: t.lower())", "changed-meaning", None, "`column.fillna('nan')`"),
    ("df.groupby('a').mean()", "changed-meaning", None, "`.mean(numeric_only=True)`"),
    ("float(np.array([2.5]))", "changed-meaning", None, "`values.item()`"),
    ("% matplotlib inline", "changed-meaning", None, "`%matplotlib inline`"),
    ("flags = pd.get_dummies(df['a'])\nflags - flags.min()", "changed-meaning", None, "`get_dummies(..., dtype=int)`"),
    ("np.max(df[['a']]).values", "changed-meaning", None, "`frame.min()`, which gives one for each column"),
    (
        "from sklearn.svm import SVC\nSVC().fit(X, pd.Series(['a', 'b'] * 5).replace({'a': 1, 'b': 0}))",
        "changed-meaning",
        None,
        "`column.replace(...).infer_objects()`",
    ),
    ("df.nothing", "cell-failed", None, ""),
    ("undefined + 1", "cell-failed", "undefined", ""),
    ("import urllib.request as r\nr.urlopen('http://127.0.0.1:9/x')", "no-network", None, "copy beside the notebook"),
]


class Shell(InteractiveShell):
    """Keeps its last traceback as a kernel would send it."""

    told: tuple[str, ...] = ()

    def _showtraceback(self, etype: object, evalue: object, stb: list[str]) -> None:
        self.told = tuple(stb)


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    made: Any = Shell.instance(colors="nocolor")  # the one that tracebacks ask for the names of cells
    made.history_manager.enabled = False
    made.run_cell(SETUP)
    yield made
    Shell.clear_instance()


def _fail(shell: Any, source: str, origin: str = "active") -> NbforgeError:
    """The error that a build would give for a notebook with this one cell."""
    shell.execution_count = 7
    result = shell.run_cell(source, store_history=True)
    error = result.error_in_exec
    assert error is not None, f"{source} does not fail"
    cell = CellSlice(0, 3, (), frozenset(), True, "", source=source, code=source, lines=tuple(range(1, 99)))
    failed = CellError(3, type(error).__name__, str(error), "\n".join(shell.told))
    environment = Environment(Path(sys.executable), "3.11", "f", origin)
    return cell_failure(failed, cell, "old.ipynb", {7: cell}, None, environment)


@pytest.mark.parametrize(("source", "statement", "remedy"), REMOVED, ids=[each[0][-50:] for each in REMOVED])
def test_removed(shell: Any, source: str, statement: str, remedy: str) -> None:
    error = _fail(shell, source)
    assert (error.code, error.cell, error.notebook, error.exit_code) == ("removed-call", 3, "old.ipynb", 4)
    assert statement in error.message
    assert remedy in error.remedy
    assert "\n" not in error.message


@pytest.mark.parametrize(("source", "code", "name", "remedy"), OTHER, ids=[each[0][-40:] for each in OTHER])
def test_other_causes(shell: Any, source: str, code: str, name: str | None, remedy: str) -> None:
    error = _fail(shell, source)
    assert (error.code, error.name) == (code, name)
    assert remedy in error.remedy


def test_what_is_removed_later_than_the_oldest_that_runs_can_be_pinned(shell: Any) -> None:
    assert "`pandas<2.0`" in _fail(shell, "df.append(df)").remedy
    assert "Or pin" not in _fail(shell, "from sklearn.preprocessing import Imputer").remedy


def test_what_only_got_another_name_can_be_renamed_by_the_linter(shell: Any) -> None:
    renames = "`nbforge lint --select NBF601 --fix` does that."
    assert renames in _fail(shell, "import numpy as np; np.float").remedy
    assert renames in _fail(shell, "from sklearn.externals import joblib").remedy
    assert (
        renames in _fail(shell, "from sklearn.preprocessing import OneHotEncoder; OneHotEncoder(sparse=False)").remedy
    )
    assert renames not in _fail(shell, "from sklearn.cross_validation import KFold").remedy


def test_in_an_environment_of_the_project_requirements_are_what_to_change(shell: Any) -> None:
    assert "Add `opencv-python-headless` to requirements.txt" in _fail(shell, "import cv2", "project").remedy


def test_a_function_of_the_notebook_is_no_librarys(shell: Any) -> None:
    error = _fail(shell, "class Cart:\n    pass\nCart().append(1)")
    assert error.code == "cell-failed"
    assert error.message == "AttributeError: 'Cart' object has no attribute 'append', in `Cart().append(1)`"
