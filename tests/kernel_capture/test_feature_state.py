"""Reductions and fits inside feature cells become fitted state; what cannot be turned is named."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbforge.training.kernel.errors import CaptureError
from nbforge.training.kernel.refusals import OTHERWISE, refusals
from nbforge.training.kernel.replays import REPLAYS

HERE = Path(__file__).parent
BASE = (HERE / "feature_state.txt").read_text(encoding="utf-8")
TURNED = tomllib.loads((HERE / "turned.toml").read_text(encoding="utf-8"))["case"]
UNKNOWN = tomllib.loads((HERE / "turned.toml").read_text(encoding="utf-8"))["unknown"]
REFUSED = [(example, entry.remedy) for entry in refusals() for example in entry.examples]


def _notebook(statements: str, columns: list[str]) -> str:
    return BASE.replace("STATEMENTS", statements.strip("\n")).replace("COLUMNS", repr(columns))


def _apart(raw: Any, at: int) -> Any:
    return raw.iloc[[at]].reset_index(drop=True)


@pytest.mark.parametrize("case", TURNED, ids=[case["statements"].strip()[:60] for case in TURNED])
def test_state_is_captured_and_the_rest_of_the_statement_stays(
    scored: Callable[[str], Any], case: dict[str, Any]
) -> None:
    found = scored(_notebook(case["statements"], case["columns"]))
    for text in case["scoring"]:
        assert text in found.source
    whole = found.predict(found.raw.copy())
    some = [0, 1, 3, 5, 17, *range(60, 66)]
    assert [found.predict(_apart(found.raw, at))[0] for at in some] == pytest.approx(
        [whole[at] for at in some], rel=1e-9
    )


# pandas 3 warns that pandas 4 will not cast what a category type does not know; a service keeps the pandas of its lock.
@pytest.mark.filterwarnings("ignore:Constructing a Categorical with a dtype")
@pytest.mark.parametrize("case", UNKNOWN, ids=[case["statements"].strip()[:60] for case in UNKNOWN])
def test_what_training_never_had(scored: Callable[[str], Any], case: dict[str, Any]) -> None:
    found = scored(_notebook(case["statements"], case["columns"]).replace("LinearRegression()", "Echo()"))
    row = _apart(found.raw, 0)
    for column, value in case["row"].items():
        row[column] = [value]
    assert found.predict(row)[0] == pytest.approx(case["becomes"], nan_ok=True)


def test_every_replay_is_tried() -> None:
    tried = "\n".join(case["statements"] for case in TURNED)
    assert not {name for name in REPLAYS if f"{name}(" not in tried and f"({name})" not in tried}


@pytest.mark.parametrize(("statements", "remedy"), REFUSED, ids=[case[0].strip()[:60] for case in REFUSED])
def test_what_cannot_be_turned_is_named_with_its_remedy(
    scored: Callable[[str], Any], statements: str, remedy: str
) -> None:
    column = "z" if '"z"]' in statements else "a" if statements.startswith(('df["a"]', 'df[["a"')) else "s"
    with pytest.raises(CaptureError) as caught:
        scored(_notebook(statements, [column]))
    error = caught.value
    assert (error.exit, error.code, error.cell) == (5, "feature-state", 1)
    assert statements.strip().splitlines()[-1][:60] in error.message
    assert error.remedy.startswith(remedy)
    assert remedy != OTHERWISE


def test_what_a_statement_might_change_but_does_not_is_not_compared(scored: Callable[[str], Any]) -> None:
    statements = 'features = StandardScaler().fit_transform(df[["b"]])\nprice = df["y"]'
    found = scored(_notebook(statements, ["b"]).replace("df[['b']].fillna(0)", "features"))
    assert "features = standardscaler_fitted.transform" in found.source


def test_a_frame_that_starts_empty_starts_empty_in_scoring(scored: Callable[[str], Any]) -> None:
    statements = 'made = pd.DataFrame()\nmade["b"] = df["b"] / df["b"].max()'
    found = scored(_notebook(statements, ["b"]).replace("df[['b']].fillna(0)", "made"))
    assert "made = pd.DataFrame()" in found.source


def test_a_function_that_other_rows_pass_through_too_keeps_the_state_of_those_that_are_scored(
    scored: Callable[[str], Any],
) -> None:
    statements = """
def prepare(d):
    return d.assign(z=d["s"] / d["s"].mean())
other = prepare(df.head(30) * 2 if False else df[["s"]].head(30) * 2)
df = prepare(df)"""
    found = scored(_notebook(statements, ["z"]))
    mean = float(found.raw["s"].mean())
    assert f"d_s_mean = np.float64({mean!r})" in found.source


def test_watching_a_statement_that_runs_for_each_row_stops_when_it_is_of_no_use(scored: Callable[[str], Any]) -> None:
    found = scored(_notebook('df["z"] = [value + df["s"].min() for value in df["s"]]', ["z"]))
    assert 'df["z"] = [value + s_min for value in df["s"]]' in found.source
    assert np.isfinite(found.predict(_apart(found.raw, 0))).all()


KEYED = """
df["who"] = [f"{at % 80}NAME" for at in range(n)]
# %% nbforge:features
df["z"] = df["who"].map(df["who"].value_counts())"""


def test_a_key_that_hardly_two_rows_share_is_warned_of(capture: Callable[..., Any]) -> None:
    text = _notebook("", ["z"]).replace("\n# %% nbforge:features\n", KEYED.replace("NAME", " Road"))
    warning = next(text for text in capture(text).content["warnings"] if "who" in text)
    assert "`who_value_counts` takes 80 different texts of `who` into the service, for 120 rows" in warning


def test_a_key_that_tells_who_somebody_is_is_refused(capture: Callable[..., Any]) -> None:
    text = _notebook("", ["z"]).replace("\n# %% nbforge:features\n", KEYED.replace("NAME", "@example.org"))
    error = capture(text).error
    assert (error["exit"], error["code"], error["name"], error["cell"]) == (3, "private-state", "who_value_counts", 1)
    assert "`who`" in error["message"]
    assert "domain of a mail address" in error["remedy"]


@pytest.mark.filterwarnings("ignore:.*infer_string")
def test_texts_that_are_objects_are_encoded_alike(scored: Callable[[str], Any]) -> None:
    """A notebook may ask pandas for what texts were before pandas 3."""
    with pd.option_context("future.infer_string", False):
        found = scored(_notebook('df = pd.get_dummies(df.drop(columns="when"))', ["b", "c_x", "k_q"]))
        assert ".astype(drop_columns_categories)" in found.source
        assert found.predict(_apart(found.raw, 3)) == found.predict(found.raw)[3:4]


LAGS = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
df = pd.DataFrame({"sales": np.random.default_rng(0).normal(size=90).cumsum()})
# %% TAG
df["lag"] = df["sales"].shift(1)
df = df.dropna()
# %%
model = LinearRegression().fit(df[["lag"]], df["sales"])
# %% nbforge:predict
model.predict(df[["lag"]])
"""


@pytest.mark.parametrize("tag", ["", "nbforge:features"])
def test_the_statement_that_looks_at_other_rows_is_named_not_the_one_that_fails_for_it(
    capture: Callable[..., Any], tag: str
) -> None:
    error = capture(LAGS.replace("TAG", tag)).error
    assert (error["code"], error["cell"], error["name"]) == ("feature-state", 1, "df['lag']")
    assert "neighbours" in error["remedy"]


FILLING = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
rng = np.random.default_rng(0)
df = pd.DataFrame({"age": rng.normal(30, 9, 120), "fare": rng.normal(50, 9, 120), "paid": rng.normal(9, 1, 120)})
df.loc[::6, "age"] = np.nan
df["left"] = df["fare"] - df["paid"]
# %% nbforge:features
FILL
# %%
model = LinearRegression().fit(df[["age", "fare", "paid"]], np.log(df["left"]))
# %% nbforge:predict
answers = np.exp(model.predict(df[["age", "fare", "paid"]]))
"""
APART = """
known, unknown = df[df.age.notna()], df[df.age.isna()]
filler = LinearRegression().fit(known[["fare", "paid"]], known["age"])
df.loc[df.age.isna(), "age"] = filler.predict(unknown[["fare", "paid"]])
"""
IN_A_FUNCTION = """
def fill(frame):
    known, unknown = frame[frame.age.notna()].values, frame[frame.age.isna()].values
    filler = LinearRegression().fit(known[:, 1:3], known[:, 0])
    frame.loc[frame.age.isna(), "age"] = filler.predict(unknown[:, 1:3])
    return frame
df = fill(df)
"""


@pytest.mark.parametrize("fill", [APART, IN_A_FUNCTION])
def test_gaps_that_a_model_fills_are_filled_where_a_request_has_any(capture: Callable[..., Any], fill: str) -> None:
    found = capture(FILLING.replace("FILL", fill))
    source = "".join(piece["source"] for piece in found.content["pieces"])
    assert "if len(unknown) else []" in source
    assert {field["name"] for field in found.contract["inputs"] if field["required"]} == {"age", "fare", "paid"}
    assert next(field for field in found.contract["inputs"] if field["name"] == "age")["nullable"]


ENCODING = """
def encoded(column, target, weight=5):
    table = pd.concat([column, target], axis=1).groupby(column.name)[target.name].agg(["mean", "count"])
    share = 1 / (1 + np.exp(-(table["count"] - weight)))
    table["value"] = target.mean() * (1 - share) + table["mean"] * share
    del table["mean"], table["count"]
    rows = pd.merge(column.to_frame(), table.reset_index(), on=column.name, how="left")["value"].fillna(target.mean())
    rows.index = column.index
    return rows
df["told"] = encoded(df["c"], df["y"])
"""


def test_a_table_that_a_function_makes_and_changes_is_the_same_for_every_request(scored: Callable[[str], Any]) -> None:
    found = scored(_notebook(ENCODING, ["told", "s"]))
    assert "table = agg_mean_count.copy()" in found.source
    whole = found.predict(found.raw.copy())
    assert whole == found.predict(found.raw.copy())
    assert found.predict(_apart(found.raw, 9)) == pytest.approx(whole[9:10])


def test_what_a_dropped_column_holds_does_not_matter(scored: Callable[[str], Any]) -> None:
    statements = 'df["number"] = df.index + 1\ndf["order"] = df["s"].rank()\ndf["z"] = df["s"] * df["b"]'
    found = scored(_notebook(f'{statements}\ndf = df.drop(columns=["number", "order"])', ["z"]))
    whole = found.predict(found.raw.copy())
    assert [found.predict(_apart(found.raw, at))[0] for at in (0, 7, 90)] == pytest.approx(
        [whole[0], whole[7], whole[90]]
    )


def test_a_dropped_column_that_another_is_made_of_matters(scored: Callable[[str], Any]) -> None:
    statements = 'df["number"] = df.index + 1\ndf["z"] = df["number"] * df["b"]\ndf = df.drop(columns=["number"])'
    with pytest.raises(CaptureError) as caught:
        scored(_notebook(statements, ["z"]))
    assert 'df["number"] = df.index + 1' in caught.value.message


FILLED = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor
rng = np.random.default_rng(0)
df = pd.DataFrame({"item": rng.choice(list("abc"), 90), "seen": rng.uniform(1, 9, 90), "y": rng.uniform(1, 9, 90)})
df.loc[df.index[(df.item == "a").to_numpy()][:4], "seen"] = 0
# %% nbforge:features
mean_seen = FIGURE
unseen = df["seen"] == 0
df.loc[unseen, "seen"] = df.loc[unseen, "item"].apply(lambda item: LOOKUP)
# %%
model = DecisionTreeRegressor().fit(df[["seen"]], df.y)
# %% nbforge:predict
model.predict(df[["seen"]])
"""


@pytest.mark.parametrize(
    ("figure", "lookup"),
    [
        ('df.groupby("item").seen.mean()', "mean_seen[item]"),
        ('df.pivot_table(values="seen", index="item")', 'mean_seen.at[item, "seen"]'),
        ('df.pivot_table(values="seen", columns="item")', "mean_seen[item].iloc[0]"),
    ],
)
def test_a_figure_is_looked_up_for_what_had_no_gap_in_training_too(
    scored: Callable[..., Any], figure: str, lookup: str
) -> None:
    """Few rows of one item have gaps; rows of another may have them in a request."""
    found = scored(FILLED.replace("FIGURE", figure).replace("LOOKUP", lookup))
    means = found.raw.groupby("item").seen.mean()
    some = found.raw[found.raw.item == "b"][:3].reset_index(drop=True)
    assert found.predict(some.assign(seen=0.0)) == found.predict(some.assign(seen=means["b"]))
