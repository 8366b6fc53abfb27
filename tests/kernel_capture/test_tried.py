"""What cells that do not run give to the function of the predict cell says what a request gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbforge.training.kernel.errors import CaptureError

BOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
df = pd.DataFrame({"size": np.arange(60.0), "age": np.tile([0.0, 1.0, 2.0], 20)})
df["price"] = 3 * df["size"] - df["age"]
# %%
model = LinearRegression().fit(df[["size", "age"]].values, df["price"])
# %% nbforge:predict
"""
PRICE = """def price(metres, years):
    return model.predict([[metres, years]])[0]
"""


@pytest.mark.parametrize(
    "cell",
    [
        "price(30.0, 1.0)",
        "print('It costs', price(30.0, years=1.0))",
        "metres = 30.0\nfound = price(metres, 1.0)",
        "from ipywidgets import interact\ninteract(price, metres=(0.0, 59.0), years=1.0);",
        "import ipywidgets as w\nage = w.FloatText(1.0)\nw.interactive(price, metres=30.0, years=age)",
    ],
)
def test_plain_values_are_a_field_each(scored: Callable[..., Any], cell: str) -> None:
    found = scored(f"{BOOK}{PRICE}# %%\n{cell}")
    assert found.predict({"metres": [30.0, 1.0], "years": [1.0, 1.0]}) == pytest.approx([89, 2])


@pytest.mark.parametrize("cell", ["price(most, 1.0)", "interact(price, metres=(0.0, most), years=1.0);"])
@pytest.mark.parametrize(
    "most", ["df['size'].max()", "round(float(df['size'].mean()), 1)", "sorted(df['size'].unique())[3]"]
)
def test_figures_of_the_data_that_another_cell_takes_are_given_too(
    scored: Callable[..., Any], most: str, cell: str
) -> None:
    found = scored(f"{BOOK}{PRICE}# %%\nfrom ipywidgets import interact\nmost = {most}\n# %%\n{cell}")
    assert found.predict({"metres": [30.0], "years": [1.0]}) == pytest.approx([89])


@pytest.mark.parametrize(
    "cell",
    [
        "price(linear, 30.0, 1.0)",
        "from ipywidgets import fixed, interact\ninteract(price, model=fixed(linear), metres=30.0, years=1.0)",
    ],
)
def test_a_model_that_the_function_is_given_there_is_fitted(scored: Callable[..., Any], cell: str) -> None:
    function = PRICE.replace("(metres", "(model, metres")
    found = scored(f"{BOOK}{function}# %%\n{cell}".replace("model = L", "linear = L"))
    assert found.predict({"metres": [30.0], "years": [1.0]}) == pytest.approx([89])


@pytest.mark.parametrize("ends", ["interact(price, {})", "panel = interactive(price, {})\npanel"])
def test_what_is_fixed_is_no_field(scored: Callable[..., Any], ends: str) -> None:
    found = scored(f"""{BOOK}
from ipywidgets import fixed, interact, interactive
def price(one, metres, factor=2, *, years, loud=True):
    answer = factor * one.predict([[metres, years]])[0]
    if loud:
        print(answer)
    return answer
{ends.format("one=fixed(model), metres=30.0, factor=fixed(1), years=1.0, loud=fixed(False)")}""")
    assert "def price(metres, *, years):" in found.source
    assert found.predict({"metres": [30.0], "years": [1.0]}) == pytest.approx([89])


@pytest.mark.parametrize("ends", ["", "price()"])
def test_defaults_alone_say_what_a_function_takes(scored: Callable[..., Any], ends: str) -> None:
    found = scored(f"{BOOK}{PRICE.replace('metres, years)', 'metres=20.0, years=1.0)')}{ends}")
    assert found.predict({"metres": [30.0], "years": [1.0]}) == pytest.approx([89])


def test_a_function_that_looks_things_up_needs_no_data_cell(scored: Callable[..., Any]) -> None:
    found = scored("""
# %%
import pandas as pd
near = pd.DataFrame({"a": [1.0, 0.5], "b": [0.5, 1.0]}, index=["a", "b"])
# %% nbforge:predict
def likest(film, at_most=1):
    return float(near[film].nlargest(at_most).iloc[-1])
# %%
film = "a"
likest(film)""")
    assert found.predict({"film": ["a", "b"]}) == [1, 1]


def test_a_cell_that_goes_on_with_what_does_not_run_tells_nothing(scored: Callable[..., Any]) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(f"{BOOK}{PRICE}# %%\nages = [2.0]\n# %%\nages.append(1.0)\nprice(30.0, ages[-1])")
    assert refused.value.code == "entry-parameters"
