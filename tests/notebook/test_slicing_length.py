"""What following a statement costs does not grow with the number of statements before it; what is found stays."""

from __future__ import annotations

import pytest

from nbforge.notebook.flow import trace
from nbforge.notebook.slicing import slice_notebooks
from tests.notebook.build import notebook

START = """\
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
df = pd.read_csv('a.csv')
rows, items, results, odd = [], [], {}, load()"""


def looked_at(body: str, times: int) -> int:
    cells = notebook(START, *[body.replace("#", str(number)) for number in range(times)]).cells
    return trace(cells).machine.heap.work


@pytest.mark.parametrize(
    "body",
    [
        "rows.append((#, [1]))\nprint(rows)",
        "rows.append([#])\nfor row in rows:\n    row.append(1)",
        "items = items + [[#]]\nitems[0].append(2)",
        "df = df.dropna().reset_index()\ndf['c#'] = df['a'] + 1\ntrial = df.copy()\ntrial['d'] = 1",
        "df.loc[df['a'] > #, 'b'] = 0\ndf['a'].sum()",
        "odd = odd.dropna()\nodd['c#'] = odd['a'] + 1\nother = odd.copy()",
        "for depth in [1, 2]:\n    tree = DecisionTreeClassifier(max_depth=depth)\n    tree.fit(df[['a']], df['b'])",
        "try:\n    found = [#]\nexcept ValueError:\n    found = [0]\nfound.append(1)",
    ],
    ids=["append", "loop", "concatenate", "frame", "loc", "unknown", "bound-in-loops", "try"],
)
def test_work_grows_with_the_length_only(body: str) -> None:
    assert looked_at(body, 200) < 2.4 * looked_at(body, 100)


def kept(*cells: str) -> list[str]:
    found = slice_notebooks((notebook(*cells),), {})
    return [cell.source for cell in found.cells if cell.included]


def test_what_became_one_object_is_followed_to_each_of_its_owners() -> None:
    cells = ["rows = []", "rows.append([1])", "rows.append([2])", "one = rows[0]", "one.append(3)"]
    aside = ["one = [4]", "one.append(5)"]
    target = "# nbforge: predict\nrows"
    assert kept(*cells, *aside, target) == [*cells, target]


def test_what_another_object_holds_outlives_its_name() -> None:
    target = "# nbforge: predict\nbox"
    assert kept("a = [1]", "box = [a]", "a = [2]", "a.append(3)", "box[0].append(4)", target) == [
        "a = [1]",
        "box = [a]",
        "box[0].append(4)",
        target,
    ]


def test_what_a_closure_holds_is_not_forgotten() -> None:
    make = "def make():\n    bag = []\n    def add(x):\n        bag.append(x)\n        return bag\n    return add"
    cells = [make, "add = make()", "add([1])", "got = add([2])", "got[0].append(3)"]
    target = "# nbforge: predict\nadd(0)"
    assert kept(*cells, "other = make()", "other([4])", target) == [*cells, target]
