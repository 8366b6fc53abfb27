"""Drift of a service that a notebook became, over HTTP: windows like training, then each kind of drift."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.support import notebooks
from tests.support.cli import Nbforge
from tests.support.serving import serve

WINDOW, QUIET = 500, 40
CITIES, SHARES = np.array(list("abcd")), [0.4, 0.3, 0.2, 0.1]

_NOTEBOOK = f"""\
# %% nbforge:data
import numpy as np
import pandas as pd
rng = np.random.default_rng(0)
n = 4000
data = pd.DataFrame({{"income": rng.normal(30, 5, n), "debt": rng.gamma(2.0, 3.0, n),
                     "city": rng.choice({list("abcd")}, n, p={SHARES})}})
data.loc[rng.random(n) < 0.05, "income"] = np.nan
y = (data.income.fillna(30) - 2 * data.debt + 5 * (data.city == "a") + rng.normal(0, 8, n) > 20).astype(int)
# %% nbforge:features
made = data.assign(burden=data.debt / data.income.fillna(30.0))
# %% nbforge:train
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
train, test, y_train, y_test = train_test_split(made, y, test_size=0.5, random_state=0)
columns = make_column_transformer(
    (make_pipeline(SimpleImputer(), StandardScaler()), ["income", "debt", "burden"]), (OneHotEncoder(), ["city"]))
model = make_pipeline(columns, LogisticRegression()).fit(train, y_train)
# %% nbforge:predict
model
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory = tmp_path_factory.mktemp("drift")
    path = notebooks.write(directory / "loans.ipynb", _NOTEBOOK)
    outcome = Nbforge(directory)("build", path.name, "-o", "bundle", "--json")
    assert outcome.code == 0, str(outcome)
    with serve(directory / "bundle", {"NBFORGE_DRIFT_WINDOW": str(WINDOW)}) as client:
        yield client


def _rows(rng: np.random.Generator, income: float = 30, missing: float = 0.05, a: float = 0.4) -> list[dict[str, Any]]:
    rest = (1 - a) / (1 - SHARES[0])
    incomes, debts = rng.normal(income, 5, WINDOW), rng.gamma(2.0, 3.0, WINDOW)
    cities = rng.choice(CITIES, WINDOW, p=[a, *(share * rest for share in SHARES[1:])])
    gone = rng.random(WINDOW) < missing
    return [
        {"income": None if no else x, "debt": debt, "city": str(city)}
        for x, debt, city, no in zip(incomes.tolist(), debts.tolist(), cities, gone, strict=True)
    ]


def _judged(client: httpx.Client, windows: int) -> dict[str, Any]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found: dict[str, Any] = client.get("/model/drift").json()
        if found["windows"] >= windows:
            return found
        time.sleep(0.01)
    raise AssertionError("the window was not judged")


def _send(client: httpx.Client, records: list[dict[str, Any]], some: int) -> None:
    for at in range(0, WINDOW, some):
        answer = client.post("/predict", json={"records": records[at : at + some]})
        assert answer.status_code == 200, answer.text


def _metric(client: httpx.Client, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_windows_like_training_raise_no_more_alarms_than_stated(service: httpx.Client) -> None:
    rng = np.random.default_rng(1)
    for number in range(QUIET):
        _send(service, _rows(rng), 1 if number == 0 else 100)
    found = _judged(service, QUIET)
    assert (found["windows"], found["rows_so_far"], found["rate"]) == (QUIET, 0, 0.01)
    assert found["alarmed_windows"] <= QUIET * 0.01 + 3 * (QUIET * 0.01 * 0.99) ** 0.5
    names = [each["field"] for each in found["fields"]]
    assert names == ["income", "debt", "city", "feature:burden", "prediction", "prediction:probability"]
    assert all(each["reference"] == "training" for each in found["fields"])
    assert _metric(service, "nbforge_drift_windows_total") == QUIET
    assert _metric(service, "nbforge_drift_alarmed_windows_total") == found["alarmed_windows"]
    for each in found["fields"]:
        counted = [
            _metric(service, f'nbforge_observed_total{{bin="{label}",field="{each["field"]}"}}')
            for label in each["bins"]
        ]
        assert sum(counted) == QUIET * WINDOW


@pytest.mark.parametrize(
    ("drifted", "field", "strongest"),
    [
        (lambda rng: _rows(rng, income=32.5), "income", "location"),
        (lambda rng: _rows(rng, missing=0.15), "income", "_missing"),
        (lambda rng: _rows(rng, a=0.55), "city", "a"),
    ],
    ids=["a mean up half a standard deviation", "missing values up 10 points", "a category up 15 points"],
)
def test_each_kind_of_drift_is_found_in_its_field_and_ends(
    service: httpx.Client,
    drifted: Callable[[np.random.Generator], list[dict[str, Any]]],
    field: str,
    strongest: str,
) -> None:
    rng = np.random.default_rng(2)
    before = _judged(service, 0)["windows"]
    _send(service, drifted(rng), WINDOW)
    fields = {each["field"]: each for each in _judged(service, before + 1)["fields"]}
    assert fields[field]["alarm"]
    assert fields[field]["strongest"] == strongest
    assert fields[field]["p_value"] < 0.01
    assert not fields["debt"]["alarm"]
    assert fields[field]["score"] > 1
    assert _metric(service, f'nbforge_drift_score{{field="{field}"}}') == pytest.approx(fields[field]["score"])
    assert _metric(service, f'nbforge_drift_alarm{{field="{field}"}}') == 1
    _send(service, _rows(rng), WINDOW)
    assert not any(each["alarm"] for each in _judged(service, before + 2)["fields"])


def test_what_the_model_answers_is_watched_too(service: httpx.Client) -> None:
    before = _judged(service, 0)["windows"]
    _send(service, _rows(np.random.default_rng(3), income=45), WINDOW)
    alarms = {each["field"] for each in _judged(service, before + 1)["fields"] if each["alarm"]}
    assert alarms == {"income", "feature:burden", "prediction", "prediction:probability"}
