"""Statements that pandas 3 takes otherwise are named, where they are of today's pandas."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

from nbforge import changed
from nbforge.environments import interpreter
from nbforge.training import changes
from nbforge.values import CellSlice

FRAME = {"a": [1.0, None], "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("statement", "instead"),
    [
        ("df['a'].fillna(0, inplace=True)", "write `df['a'] = df['a'].fillna(0)`"),
        ("df.b.replace(['x'], ['z'], inplace=True)", "write `df.b = df.b.replace(['x'], ['z'])`"),
        ("df['a'][df['b'] == 'x'] = 5", "write `df.loc[df['b'] == 'x', 'a'] = 5`"),
        ("df['a'].iloc[0] = 5", "write `df.loc[df.index[0], 'a'] = 5`"),
    ],
)
def test_what_changes_a_copy(statement: str, instead: str) -> None:
    (found,) = changed.found(f"import pandas\n{statement}\n")
    assert (found.line, found.instead) == (2, instead)
    before, after = pd.DataFrame(FRAME), pd.DataFrame(FRAME)
    with pytest.warns(Warning, match="chained assignment"):
        exec(statement, {"df": before})
    exec(instead.removeprefix("write ").strip("`"), {"df": after})
    assert before.equals(pd.DataFrame(FRAME))
    assert not after.equals(before)


@pytest.mark.parametrize(
    "statement",
    ["df['b'] = df['b'].replace({'x': 1, 'y': 0})", "df.b = df.b.replace(['x', 'y'], [1, 0])",
     "df = df.replace({'b': {'x': 1, 'y': 0}})", "df.replace(to_replace=['x', 'y'], value=[1, 0], inplace=True)",
     "df['b'].replace({'x': 1, 'y': 0}, inplace=True)"],
)  # fmt: skip
def test_what_no_longer_makes_numbers(statement: str) -> None:
    (found,) = changed.found(statement)
    before, after = {"df": pd.DataFrame(FRAME)}, {"df": pd.DataFrame(FRAME)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(statement, before)
    assert before["df"].dtypes["b"] in ("object", "str")
    wanted = found.instead.split("`")[1]
    exec(f"{statement}; {wanted}" if found.instead.endswith("after it") else _with(statement, wanted), after)
    assert after["df"].dtypes["b"] == "int64"


def _with(statement: str, wanted: str) -> str:
    target, assigned, _ = statement.partition(" = ")
    return f"{target} = {wanted}" if assigned and "inplace" not in statement else wanted


@pytest.mark.parametrize(
    "question",
    ["df['b'].dtype == 'object'", "df.dtypes != object", "df.b.dtype == 'O'", "df.b.dtype.name == 'object'",
     "df.dtypes['b'] == 'object'", "str(df['b'].dtype) == 'object'", "df.b.dtype.name in ['object']"],
)  # fmt: skip
def test_what_no_longer_tells_text(question: str) -> None:
    (found,) = changed.found(f"[column for column in df if {question}]")
    assert question in found.said
    answer = eval(question, {"df": pd.DataFrame(FRAME)})
    assert bool(answer if isinstance(answer, bool) else answer["b"]) == ("!=" in question)


def test_where_texts_are_objects_again_a_question_for_them_is_one() -> None:
    question = "[column for column in df if df[column].dtype == 'O']"
    assert changed.texts_are_objects(f"import pandas as pd\n{changed.OBJECTS}")
    assert not changed.texts_are_objects(question)
    assert changed.found(question, objects=True) == []


@pytest.mark.parametrize(
    "harmless",
    ["df['a'] = df['a'].fillna(0)", "df.fillna(0, inplace=True)", "frames['train'].drop(columns='a', inplace=True)",
     "settings['a']['b'] = 1", "df['a'].fillna(0)", "df.b.replace({'x': 1}).astype(int)", "df.b.replace('x', 'z')",
     "df.b.replace({'x': 1}).infer_objects()", "df.a.replace(0, np.nan)",
     "df.b.str.replace('x', 'z')", "df.loc[df.a > 1, 'a'] = 0", "kind == 'object'", "if"],
)  # fmt: skip
def test_what_means_what_it_meant(harmless: str) -> None:
    assert changed.found(harmless) == []


def test_a_failure_names_them_where_pandas_is_new_enough(tmp_path: Path) -> None:
    cells = [
        CellSlice(0, 1, (), frozenset(), True, "", "training", code="df['a'].fillna(0, inplace=True)"),
        CellSlice(0, 4, (), frozenset(), True, "", "training", code="df['a'] = df['a'].astype(int)"),
    ]
    told = changes.suspects(cells, interpreter.environment(Path(sys.executable), "active"))
    assert "cell 1" in told
    assert "`df['a'] = df['a'].fillna(0)`" in told
    assert changed.PIN in told
    assert changes.suspects(cells[1:], interpreter.environment(Path(sys.executable), "active")) == ""
    assert changes.suspects(cells, None) == ""
