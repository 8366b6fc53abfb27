"""Which of the notebook's values are the rows that clients send, and which stand for what was learned from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

REGRESSION = """
# %%
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
rng = np.random.default_rng(0)
# %% nbforge:data
d = pd.DataFrame({"a": rng.normal(size=60), "b": rng.uniform(1, 9, 60)})
d["y"] = 2 * d.a + np.log(d.b)
# %%
def tenfold(x):
    return 10 * x
"""


def test_the_result_of_a_statistical_model_is_not_estimated_again(scored: Callable[..., Any]) -> None:
    found = scored(REGRESSION + "\n# %%\nfit = smf.ols('y ~ a + b', d).fit()\n# %% nbforge:predict\nfit.predict(d)")
    assert "smf" not in found.source
    assert 'fit = artifact("fit")' in found.source


def test_a_booster_is_not_trained_again(scored: Callable[..., Any]) -> None:
    pytest.importorskip("lightgbm")
    found = scored(
        REGRESSION
        + """
# %%
import lightgbm as lgb
booster = lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(d[["a", "b"]], d["y"]), num_boost_round=3)
# %% nbforge:predict
booster.predict(d[["a", "b"]])
"""
    )
    assert "train" not in found.source


def test_functions_that_a_formula_names_come_along(scored: Callable[..., Any]) -> None:
    found = scored(
        REGRESSION + "\n# %%\nfit = smf.ols('y ~ tenfold(a) + np.log(b)', d).fit()\n# %% nbforge:predict\nfit"
    )
    assert "def tenfold" in found.source
    assert "import numpy as np" in found.source
    assert found.predict(found.raw.head(3)) == pytest.approx(list(found.raw.y[:3]))


@pytest.mark.filterwarnings("ignore:Using dict data structures:DeprecationWarning")
@pytest.mark.parametrize(
    ("model", "columns"),
    [
        ("sm.OLS(data.endog, data.exog).fit()", ["const", "a", "b"]),
        ("smf.ols('y ~ a + b', dict(a=d.a, b=d.b, y=d.y)).fit()", ["a", "b", "y"]),
    ],
)
def test_what_a_model_was_made_with_are_the_rows(scored: Callable[..., Any], model: str, columns: list[str]) -> None:
    found = scored(
        REGRESSION.replace("nbforge:data", "")
        + f"""
# %% nbforge:data
from sklearn.utils import Bunch
data = Bunch(exog=sm.add_constant(d[["a", "b"]]), endog=d["y"])
# %% nbforge:predict
{model}
"""
    )
    assert list(found.raw.columns) == columns


@pytest.mark.parametrize(
    ("cell", "columns"),
    [
        ("d = d[['a', 'b']]\nfor part in [d.head(9), d.tail(9)]:\n    part.mean()", ["a", "b"]),
        (
            "axes = np.array([object(), object()])\nfor row in d.to_numpy():\n    row.sum()\nX, y = d.to_numpy(), d.y",
            None,
        ),
        ("X_test, X_train = d[['b']].to_numpy(), d.to_numpy()", None),
    ],
)
def test_what_a_loop_goes_through_is_not_the_table(
    scored: Callable[..., Any], cell: str, columns: list[str] | None
) -> None:
    first = "\n# %%\nfrom sklearn.linear_model import LinearRegression\n"
    table = "d" if columns else "X_train" if "X_train" in cell else "X"
    fitted = f"LinearRegression().fit({table}, np.asarray({table})[:, 0])"
    last = f"\n# %% nbforge:predict\n{fitted}"
    found = scored(REGRESSION.replace("nbforge:data", "") + first + f"# %% nbforge:data\n{cell}" + last)
    assert list(getattr(found.raw, "columns", [])) == (columns or [])
    assert found.raw.shape == (60, 2 if columns else 3)


def test_a_transformer_is_no_prediction(capture: Callable[..., Any]) -> None:
    error = capture(
        REGRESSION
        + """
# %%
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
scaling = make_pipeline(StandardScaler())
# %% nbforge:predict
scaling.fit(d)
"""
    ).error
    assert (error["exit"], error["code"]) == (3, "plain-rows")
    assert error["cell"] == 4


def test_a_data_cell_that_binds_no_table_is_named(capture: Callable[..., Any]) -> None:
    error = capture(
        """
# %% nbforge:data
sizes = {"a": 1, "b": 2}
for i in sizes:
    print(sizes[i])
# %% nbforge:predict
sizes["a"] * 2
"""
    ).error
    assert (error["exit"], error["code"], error["cell"]) == (3, "no-inputs", 0)
    assert error["message"].endswith("binds no table, array or texts: `sizes` is a dict.")


def test_a_mesh_is_not_the_data_and_its_picture_has_no_shape_of_its_own(scored: Callable[..., Any]) -> None:
    found = scored(
        """
# %% nbforge:data nbforge:predict
import numpy as np
from sklearn.mixture import GaussianMixture
X_train = np.random.default_rng(0).normal(size=(60, 2))
mixture = GaussianMixture(2, random_state=0).fit(X_train)
X, Y = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-2, 2, 9))
Z = -mixture.score_samples(np.array([X.ravel(), Y.ravel()]).T)
Z = Z.reshape(X.shape)
"""
    )
    assert len(found.raw) == 60
    assert "-mixture.score_samples(rows)" in found.source


def test_coefficients_are_no_rows_where_the_data_are_sparse(capture: Callable[..., Any]) -> None:
    error = capture(
        """
# %% nbforge:data nbforge:predict
import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
X, y = sparse.random(90, 30, 0.3, format="csr", random_state=0), np.arange(90) % 3
for model in [LogisticRegression()]:
    model.fit(X, y)
    coef = np.concatenate([model.coef_])
    print((model.predict(X) == y).mean())
"""
    ).error
    assert (error["exit"], error["code"]) == (3, "no-inputs")
    assert "the texts or the table that it is made of" in error["remedy"]


def test_of_two_sparse_tables_the_model_takes_the_one_that_it_was_fitted_on(capture: Callable[..., Any]) -> None:
    captured = capture("""# %% nbforge:data
import numpy as np, pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
rng = np.random.default_rng(0)
def texts(count):
    return [" ".join(rng.choice(["good", "bad", "dull", "fine"], 4)) for _ in range(count)]
train = pd.DataFrame({"text": texts(120)})
train["bad"] = train.text.str.contains("bad").astype(int)
# %%
test = pd.DataFrame({"text": texts(60)})
# %% nbforge:features
counts = CountVectorizer()
X = counts.fit_transform(train["text"])
X_test = counts.transform(test["text"])
# %%
model = MultinomialNB().fit(X, train["bad"])
# %% nbforge:predict
model
""")
    assert [field["name"] for field in captured.contract["inputs"] if field["required"]] == ["text"]
    assert "test" not in "\n".join(piece["source"] for piece in captured.content["pieces"])


def test_an_index_made_of_a_column_holds_rows_also_where_some_were_left_out(capture: Callable[..., Any]) -> None:
    captured = capture("""
# %% nbforge:data
import pandas as pd
from sklearn.linear_model import LinearRegression
sales = pd.DataFrame({"sold": pd.date_range("2020-01-01", periods=90), "kind": ["box", "bag", "box"] * 30})
sales["price"] = sales["sold"].dt.month * 3.0
# %%
sales = sales[sales["kind"].str.contains("box")]
month = pd.DatetimeIndex(sales["sold"]).month
data = pd.DataFrame({"month": month})
# %%
model = LinearRegression().fit(data, sales["price"])
# %% nbforge:predict
model.predict(data)
""")
    assert "month = pd.DatetimeIndex(sales['sold']).month" in captured.source("predict").replace('"', "'")
    assert [field["name"] for field in captured.contract["inputs"] if field["required"]] == ["sold"]


def test_a_prediction_that_the_predict_cell_only_measures_is_the_answer(scored: Callable[..., Any]) -> None:
    found = scored(
        REGRESSION
        + """
# %%
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(d[["a", "b"]], d.y, random_state=0)
model = LinearRegression().fit(X_train, y_train)
# %%
y_pred = np.round(model.predict(X_test), 1)
# %% nbforge:predict
print("MSE: %.2f" % mean_squared_error(y_test, y_pred))
"""
    )
    assert "np.round(model.predict(X_test), 1)" in found.source
    assert len(found.predict(found.raw.head(3))) == 3


def test_a_function_that_its_own_cell_calls_with_plain_values_takes_those(scored: Callable[..., Any]) -> None:
    found = scored(
        REGRESSION
        + """
# %%
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(d[["a", "b"]].values, d.y)
# %% nbforge:predict
def guess(first, second):
    return model.predict([[first, second]])[0]
guess(0.5, 3)
"""
    )
    assert found.source.count("def guess(first, second)") == 1


def test_a_function_of_a_frame_and_more_is_told_how_to_take_the_frame_alone(capture: Callable[..., Any]) -> None:
    error = capture(
        REGRESSION
        + """
# %% nbforge:predict
def predict(rows, scaler, model):
    return model.predict(scaler.transform(rows[["a", "b"]]))
"""
    ).error
    assert (error["exit"], error["code"], error["name"]) == (3, "entry-parameters", "rows")
    assert "`def predict_rows(rows): return predict(rows, scaler, model)`" in error["remedy"]


def test_a_structured_array_is_refused_in_its_own_cell(capture: Callable[..., Any]) -> None:
    error = capture("""# %%
import numpy as np
from sklearn.linear_model import LinearRegression
# %% nbforge:data
cars = np.array([(1.0, 2.0, 3.0), (2.0, 1.0, 5.0), (4.0, 4.0, 2.0)] * 9, dtype=[("w", "f8"), ("p", "f8"), ("y", "f8")])
# %% nbforge:features
X = np.column_stack([cars["w"], cars["p"]])
# %% nbforge:train
model = LinearRegression().fit(X, cars["y"])
# %% nbforge:predict
answers = model.predict(X)
""").error
    assert (error["exit"], error["code"], error["cell"]) == (3, "inputs-kind", 1)
    assert "the cell that puts its columns together" in error["remedy"]
