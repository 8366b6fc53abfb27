"""Functions that only show what they predict, and those that widgets call, answer requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbforge.training.kernel.errors import CaptureError

BOOK = """
# %% nbforge:data
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import ipywidgets as widgets
from ipywidgets import interact, interactive, interactive_output
from sklearn.linear_model import LinearRegression
df = pd.DataFrame({"size": np.arange(60.0), "age": np.tile([0.0, 1.0, 2.0], 20)})
df["price"] = 3 * df["size"] - df["age"]
# %%
model = LinearRegression().fit(df[["size", "age"]], df["price"])
# %% nbforge:predict
"""
SHOWS = """
def show(size, age):
    plt.figure()
    price = model.predict(pd.DataFrame([[size, age]], columns=["size", "age"]))
    # what it costs
    print(f"{size} costs", price[0])
    plt.title("done")
"""


@pytest.mark.parametrize(
    "cell",
    [
        "interact(show, size=widgets.FloatSlider(value=30.0, max=59.0), age=widgets.Dropdown(options=[0, 1, 2]))",
        "interactive(show, size=widgets.FloatText(30.0), age=1)",
        "panel = interactive(show, size=widgets.FloatText(30.0), age=1)\npanel",
        "panel = interactive(show, size=widgets.FloatText(30.0), age=1)\ndisplay(panel)",
        "sizes = widgets.FloatText(30.0)\ninteractive_output(show, {'size': sizes, 'age': widgets.IntText(1)})",
        "show(30.0, 1.0)",
    ],
)
def test_what_a_function_prints_is_its_answer(scored: Callable[..., Any], cell: str) -> None:
    found = scored(BOOK + SHOWS + cell)
    assert "plt" not in found.source
    assert "return price[0]" in found.source
    assert "# what it costs" in found.source
    assert found.predict({"size": [30.0, 1.0], "age": [1.0, 1.0]}) == pytest.approx([89, 2])


@pytest.mark.parametrize(
    ("shows", "returned", "answer"),
    [
        ("print('dear' if price > 50 else 'cheap')", "'dear' if price > 50 else 'cheap'", "dear"),
        ("price = min(price, 40)\n        plt.title(f'{price:.2f}')", "price", 40),
        ("print('Age', age, 'price', round(price))", "round(price)", 89),
    ],
)
def test_a_button_asks_for_what_its_function_reads(
    scored: Callable[..., Any], shows: str, returned: str, answer: Any
) -> None:
    found = scored(f"""{BOOK}
size, age = widgets.FloatText(30.0), widgets.FloatText(1.0)
out, button = widgets.Output(), widgets.Button()
def pressed(event):
    with out:
        price = model.predict(pd.DataFrame([[size.value, age.value]], columns=["size", "age"]))[0]
        {shows}
button.on_click(pressed)
display(size, age, button)""")
    assert f"return {returned}" in found.source
    assert found.predict({"size": [30.0], "age": [1.0]}) == [pytest.approx(answer)]


def test_what_widgets_give_under_any_name_is_a_field_each(scored: Callable[..., Any]) -> None:
    found = scored(f"""{BOOK}
def price(**values):
    return model.predict(pd.DataFrame([values]))[0]
given = {{name: widgets.FloatText(float(df[name].mean())) for name in ["size", "age"]}}
interact(price, **given)""")
    assert "def price(*, size, age):" in found.source
    assert found.predict({"size": [30.0], "age": [1.0]}) == pytest.approx([89])


def test_names_that_no_parameter_can_have_are_fields_too(scored: Callable[..., Any]) -> None:
    found = scored(f"""{BOOK.replace('"size"', '"size of it"')}
def price(**values):
    return model.predict(pd.DataFrame([values]))[0]
interact(price, **{{name: widgets.FloatText(1.0) for name in ["size of it", "age"]}})""")
    assert "def price(**values):" in found.source
    assert found.predict({"size of it": [30.0], "age": [1.0]}) == pytest.approx([89])


@pytest.mark.parametrize("ends", ["return price", "print('It costs', price)"])
def test_a_decorator_gives_a_function_to_widgets(scored: Callable[..., Any], ends: str) -> None:
    found = scored(f"""{BOOK}
@interact(size=widgets.FloatText(30.0), age=widgets.FloatText(1.0))
def price(size, age):
    price = model.predict(pd.DataFrame([[size, age]], columns=["size", "age"]))[0]
    {ends}""")
    assert "interact" not in found.source
    assert found.predict({"size": [30.0], "age": [1.0]}) == pytest.approx([89])


def test_what_a_decorator_makes_of_a_function_is_not_left_out(scored: Callable[..., Any]) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(f"""{BOOK}
import functools
def doubled(f):
    @functools.wraps(f)
    def inner(size):
        return f(2 * size)
    return inner
@doubled
def price(size):
    print(model.predict(pd.DataFrame([[size, 1.0]], columns=["size", "age"])))
interact(price, size=30.0)""")
    assert refused.value.exit == 3


def test_a_function_that_neither_gives_nor_makes_an_answer_is_refused(scored: Callable[..., Any]) -> None:
    with pytest.raises(CaptureError) as refused:
        scored(f"{BOOK}def draw(size: float):\n    plt.plot([size])\ninteract(draw, size=30.0)")
    assert (refused.value.code, refused.value.cell, refused.value.name) == ("no-prediction", 2, "draw")
    assert "`return`" in refused.value.remedy


def test_what_is_defined_after_the_prediction_to_draw_it_is_none(scored: Callable[..., Any]) -> None:
    found = scored(
        f"{BOOK}answers = model.predict(df[['size', 'age']])\ndef draw(df):\n    plt.plot(df.price, answers)"
    )
    assert found.predict(found.raw)[30] == pytest.approx(90)


FIELDS = """
def price(much, old):
    PRINT(model.predict(ROWS)[0])
interact(price, much=widgets.FloatSlider(value=3.0, max=9.0), old=widgets.FloatSlider(value=1.0, max=2.0))
"""


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    "rows",
    ["np.array([[much, old]])", "[[much, old]]", "pd.DataFrame({'size': [much], 'age': [old]})",
     "scaler.transform([[much, old]])"],
)  # fmt: skip
def test_what_a_parameter_stands_for_is_seen_in_what_a_model_is_asked(scored: Callable[..., Any], rows: str) -> None:
    fit = 'model = LinearRegression().fit(df[["size", "age"]], df["price"])'
    scaled = """from sklearn.preprocessing import StandardScaler
scaler = StandardScaler().fit(df[["size", "age"]])
model = LinearRegression().fit(scaler.transform(df[["size", "age"]]), df["price"])"""
    assert fit in BOOK
    book = BOOK.replace(fit, scaled) if "scaler" in rows else BOOK
    found = scored(book + FIELDS.replace("ROWS", rows).replace("PRINT", "print"))
    assert list(found.raw.columns) == ["much", "old"]
    assert found.raw.much.max() == 59
    assert found.predict({"much": [30.0], "old": [1.0]}) == pytest.approx([89])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("rows", ["[[much * 2, old]]", "[[much, much]]", "[[much, min(old, 1)]]"])
def test_what_is_made_of_a_parameter_is_no_column(scored: Callable[..., Any], rows: str) -> None:
    found = scored(BOOK + FIELDS.replace("ROWS", rows).replace("PRINT", "print"))
    assert found.raw.much.max() == 9
