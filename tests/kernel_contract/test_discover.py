"""Contract and proof of real models, found by trying."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from nbforge.runtime import baseline, equality, frames
from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract
from nbforge.runtime.scorer import Path as Way
from nbforge.training.kernel import heldout
from nbforge.training.kernel.discover import discover
from nbforge.training.kernel.entry import Entry
from nbforge.training.kernel.errors import CaptureError
from nbforge.training.kernel.inputs import describe
from nbforge.training.kernel.recorder import Fit
from nbforge.training.kernel.trying import find_roles

MAIL = "@mail.example"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame(
        {
            "amount": rng.normal(size=n),
            "visits": rng.integers(0, 9, n),
            "city": rng.choice(["Oslo", "Rome", "Wien"], n),
            "email": [f"user{i}{MAIL}" for i in range(n)],
            "noise": rng.normal(size=n),
            "when": pd.date_range("2024", periods=n),
        }
    )
    frame.loc[3, "amount"] = np.nan
    frame["churn"] = np.where(frame.amount.fillna(0) + (frame.city == "Oslo") > 0.3, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def model(table: pd.DataFrame) -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = make_column_transformer(
        (numbers, ["amount", "visits"]), (OneHotEncoder(handle_unknown="ignore"), ["city"])
    )
    return make_pipeline(columns, LogisticRegression()).fit(table, table.churn)


def _estimator(value: Any, raw: Any, target: Any = None, **config: Any) -> dict[str, Any]:
    way = Way({"form": "estimator", "name": "model"}, {"model": value})
    return discover(entry=Entry("estimator", "model", value), raw=raw, path=way, target=target, config=config)


def _function(value: Callable[..., Any], raw: Any, target: Any = None, **config: Any) -> dict[str, Any]:
    way = Way({"form": "function", "name": "predict"}, {"predict": value})
    return discover(entry=Entry("function", "predict", value), raw=raw, path=way, target=target, config=config)


def _roles(found: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    inputs = found["contract"]["inputs"]
    required = [each["name"] for each in inputs if each["required"]]
    return required, [each["name"] for each in inputs if not each["required"]], found["contract"]["ignored"]


def test_only_what_the_model_needs_is_asked_for(model: Any, table: pd.DataFrame) -> None:
    found = _estimator(model, table, table.churn)
    assert _roles(found) == (["amount", "visits", "city"], [], ["email", "noise", "when", "churn"])
    amount, visits, city = found["contract"]["inputs"]
    assert (amount["dtype"], amount["nullable"], visits["dtype"], visits["nullable"]) == (
        "float64",
        True,
        "int64",
        False,
    )
    assert city["categories"] == ["Oslo", "Rome", "Wien"]
    assert city["category"] == "flag"
    assert (visits["minimum"], visits["maximum"]) == (0, 8)
    output = found["contract"]["outputs"][0]
    assert (output["name"], output["kind"], output["classes"]) == ("churn", "label", ["no", "yes"])
    assert found["rowwise"]
    assert len(found["contract"]["examples"]) == 3


def test_nothing_private_is_published(model: Any, table: pd.DataFrame) -> None:
    def predict(frame: pd.DataFrame) -> Any:
        return model.predict(frame.drop(columns=["email", "churn"]))

    found = _function(predict, table, table.churn)
    assert _roles(found)[1] == ["email", "churn"]
    assert MAIL not in json.dumps(found)
    few = table.assign(contact=np.where(table.visits > 4, f"a{MAIL}", f"b{MAIL}"))
    found = _function(lambda frame: frame.contact.str.len() + frame.visits, few)
    assert MAIL not in json.dumps(found["contract"])


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%b-%y"])
def test_dates_and_numbers_that_are_texts_are_made_up_in_their_form(table: pd.DataFrame, form: str) -> None:
    frame = pd.DataFrame(
        {"start": table.when.dt.strftime(form), "end": (table.when + pd.Timedelta("9D")).dt.strftime(form)}
    )
    frame["price"] = table.amount.fillna(0).map("{:.3f}".format)

    def predict(frame: pd.DataFrame) -> Any:
        start, _ = (frame[each].map(lambda text: time.strptime(text, form)) for each in ("start", "end"))
        return start.map(lambda moment: moment.tm_mon) + frame.price.astype(float)

    found = _function(predict, frame)
    assert _roles(found) == (["start", "price"], ["end"], [])
    assert len(found["contract"]["examples"]) == 3


def test_examples_are_no_rows(model: Any, table: pd.DataFrame) -> None:
    found = _estimator(model, table, table.churn)
    rows = table[["amount", "visits", "city"]].to_dict("records")
    assert not [each for each in found["contract"]["examples"] if each in rows]
    assert _estimator(model, table, table.churn, examples="none")["contract"]["examples"] == []
    real = _estimator(model, table, table.churn, examples="rows")["contract"]["examples"]
    assert len(real) == 3


def test_a_column_that_matters_in_one_row_is_required(table: pd.DataFrame) -> None:
    rare = table.assign(vip=[i == 57 for i in range(len(table))])
    found = _function(lambda frame: np.where(frame["vip"], 100.0, frame["visits"]), rare)
    assert _roles(found)[0] == ["visits", "vip"]


def test_columns_that_matter_only_together_do_not_make_all_others_required() -> None:
    votes = np.arange(80) % 2
    raw = pd.DataFrame({"gone": np.arange(80), "a": votes, "b": votes, "c": votes})
    found = _function(
        lambda frame: (frame.drop(columns="gone")[["a", "b", "c"]].gt(0).sum(axis=1) > 1).astype(int), raw
    )
    assert _roles(found)[:2] == (["b", "c"], ["gone", "a"])


def test_a_target_that_there_is_no_time_to_try_is_no_leak() -> None:
    raw = pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": [1, 2, 3]})
    for seconds, filled, untried in ((5.0, ("y",), ()), (-1.0, (), ("y",))):
        roles = find_roles(
            raw, lambda frame: Answers(tuple(frame.drop(columns="y")["a"])), range(3), seconds=seconds, first=["y"]
        )
        assert (roles.filled, roles.untried) == (filled, untried)


def test_the_target_leaks(table: pd.DataFrame) -> None:
    leaking = make_pipeline(make_column_transformer((OneHotEncoder(), ["churn"])), LogisticRegression())
    leaking.fit(table, table.churn)
    with pytest.raises(CaptureError) as caught:
        _estimator(leaking, table, table.churn)
    assert (caught.value.exit, caught.value.name) == (5, "churn")


def test_an_encoder_that_refuses_the_unseen_is_believed(table: pd.DataFrame) -> None:
    strict = make_pipeline(make_column_transformer((OneHotEncoder(), ["city"])), LogisticRegression())
    strict.fit(table, table.churn)
    (city,) = _estimator(strict, table[["city"]])["contract"]["inputs"]
    assert city["category"] == "refuse"


def test_policies_of_the_project_win(model: Any, table: pd.DataFrame) -> None:
    wish = {"visits": {"range": "refuse", "maximum": 100}, "city": {"category": "ignore"}}
    inputs = {each["name"]: each for each in _estimator(model, table, inputs=wish)["contract"]["inputs"]}
    assert (inputs["visits"]["range"], inputs["visits"]["maximum"]) == ("refuse", 100)
    assert inputs["city"]["category"] == "ignore"
    assert inputs["visits"]["maximum"] == 100
    wish = {"visits": {"range": "refuse", "minimum": 3}, "amount": {"nullable": False}, "noise": {"nullable": True}}
    found = _estimator(model, table, inputs=wish)
    assert all(row["visits"] >= 3 and row["amount"] is not None for row in found["proof"]["rows"])
    assert [text for text in found["warnings"] if "`" not in text and "noise" in text]
    with pytest.raises(CaptureError) as caught:
        _estimator(model, table, inputs={"visits": {"range": "refuse", "minimum": 1000, "maximum": 2000}})
    assert (caught.value.exit, caught.value.code) == (2, "policies-refuse-training")
    with pytest.raises(CaptureError, match="vists") as caught:
        _estimator(model, table, inputs={"vists": {}})
    assert caught.value.exit == 2


def test_the_proof_holds_what_a_client_sends(model: Any, table: pd.DataFrame) -> None:
    found = json.loads(json.dumps(_estimator(model, table, table.churn)))
    proof, contract = found["proof"], Contract.from_json(found["contract"])
    assert 50 <= len(proof["rows"]) <= 1000
    assert any(row["amount"] is None for row in proof["rows"])
    assert {row["city"] for row in proof["rows"]} == {"Oslo", "Rome", "Wien"}
    assert 5 <= len(proof["apart"]) <= len(proof["rows"]), "as many as there was time for"
    columns = {name: [row[name] for row in proof["rows"]] for name in proof["rows"][0]}
    again = Way({"form": "estimator", "name": "model"}, {"model": model}).answers(
        frames.build(contract, columns, len(proof["rows"])), len(proof["rows"])
    )
    assert not equality.same(Answers.from_json(proof["together"]), again, exact=True)


def test_rows_that_see_each_other_are_noticed(table: pd.DataFrame) -> None:
    found = _function(lambda frame: frame.visits - frame.visits.mean(), table[["visits"]])
    assert not found["rowwise"]
    assert not found["warnings"], "the build is refused with a reason"
    allowed = _function(lambda frame: frame.visits - frame.visits.mean(), table[["visits"]], rowwise=False)
    assert not allowed["rowwise"]
    assert "Rows apart" in allowed["warnings"][0]


def test_randomness_is_an_error(table: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(CaptureError) as caught:
        _function(lambda frame: frame.visits + rng.normal(size=len(frame)), table[["visits"]])
    assert (caught.value.exit, caught.value.code) == (5, "not-deterministic")


def test_the_index_is_no_input(table: pd.DataFrame) -> None:
    with pytest.raises(CaptureError) as caught:
        _function(lambda frame: frame.visits + frame.index.to_numpy(), table[["visits"]].set_axis(range(7, 307)))
    assert caught.value.code == "records-differ"
    assert caught.value.message.endswith("the rows come back counted from 0, without their index.")


def test_names_that_collide_are_refused() -> None:
    raw = pd.DataFrame([[1, 2]], columns=pd.Index([1, "1"], dtype=object))
    with pytest.raises(CaptureError, match="`1`") as caught:
        _function(lambda frame: frame.sum(axis=1), raw)
    assert caught.value.exit == 3


def test_a_needed_column_of_mixed_cells_is_refused_an_unneeded_one_ignored(table: pd.DataFrame) -> None:
    mixed = table[["visits"]].assign(odd=[i if i % 2 else "text" for i in range(len(table))])
    assert _roles(_function(lambda frame: frame.visits * 2, mixed)) == (["visits"], [], ["odd"])
    with pytest.raises(CaptureError, match="several types") as caught:
        _function(lambda frame: [len(str(each)) for each in frame.odd], mixed)
    assert caught.value.name == "odd"


def test_arrays_texts_and_scalars(table: pd.DataFrame) -> None:
    numbers = table[["visits", "noise"]].to_numpy()
    fitted = LogisticRegression().fit(numbers, table.churn)
    assert _roles(_estimator(fitted, numbers))[0] == ["0", "1"]

    texts = [f"word{i % 7} and more {i}" for i in range(60)]
    found = _function(lambda rows: [len(text) for text in rows], texts)
    assert _roles(found)[0] == ["text"]
    assert "word" not in json.dumps(found["contract"])

    def predict(amount: float, city: str, loud: bool = False) -> dict[str, Any]:
        return {"twice": amount * 2, "city": city.upper() if loud else city}

    entry = Entry(
        "function", "predict", predict, "scalars", {"amount": float, "city": str, "loud": bool}, {"loud": False}
    )
    way = Way({"form": "function", "name": "predict", "passes": "scalars"}, {"predict": predict})
    found = discover(entry=entry, raw=table, path=way, target=None, config={})
    assert _roles(found) == (["amount", "city"], ["loud"], [])
    assert found["contract"]["outputs"][0]["kind"] == "record"


def test_bytes_are_refused_with_how_to_read_texts() -> None:
    with pytest.raises(CaptureError, match="cells of type bytes, which a client cannot send") as caught:
        describe([b"good", b"bad"])
    assert (caught.value.exit, caught.value.code) == (3, "inputs-kind")
    assert "load_files(path, encoding='utf-8')" in caught.value.remedy


def test_columns_keep_labels_of_any_type(table: pd.DataFrame) -> None:
    raw = pd.DataFrame(table[["visits", "noise"]].to_numpy(), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    found = _function(lambda frame: frame[("a", 1)] + frame[("b", 2)], raw)
    assert _roles(found)[0] == ["a.1", "b.2"]
    assert found["contract"]["inputs"][0]["label"] == {"tuple": ["a", 1]}


def test_a_thousand_columns_take_a_few_calls() -> None:
    rng = np.random.default_rng(0)
    raw = pd.DataFrame(rng.normal(size=(80, 1000)), columns=[f"f{i}" for i in range(1000)])
    calls = 0

    def predict(frame: pd.DataFrame) -> Any:
        nonlocal calls
        calls += 1
        frame = frame.drop(columns=["f7"])
        return frame["f3"] * 2 + frame["f500"]

    found = _function(predict, raw)
    required, filled, ignored = _roles(found)
    assert (required, filled, len(ignored)) == (["f3", "f500"], ["f7"], 997)
    assert calls < 400


def test_predictions_are_counted_for_rows_that_no_model_learnt() -> None:
    rng = np.random.default_rng(1)
    raw = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    raw["y"] = raw.a > 0
    train, test = raw[:250].sample(frac=1, random_state=0), raw[250:]
    model = LogisticRegression()
    fits = [Fit(model, "fit", train[["a", "b"]].to_numpy(), train.y, 0), Fit(StandardScaler(), "fit", raw, None, 0)]
    assert heldout.positions(raw, fits) == test.index.tolist()
    forgotten = Fit(model, "fit", train.reset_index(drop=True).drop(columns="y"), None, 0)
    assert heldout.positions(raw, [forgotten]) is None
    assert heldout.positions(raw, [Fit(model, "fit", raw[:330], raw.y[:330], 0)]) is None
    assert heldout.positions(raw, []) is None

    def predict(frame: pd.DataFrame) -> Any:
        return frame.a + frame.b

    way = Way({"form": "function", "name": "predict"}, {"predict": predict})
    entry = Entry("function", "predict", predict)
    found = discover(entry=entry, raw=raw, path=way, target=None, config={}, held_out=test.index.tolist())
    counted = found["contract"]["baseline"]["prediction"]
    assert (sum(counted["counts"]), "reference" in counted) == (150, False)
    found = discover(entry=entry, raw=raw, path=way, target=None, config={})
    counted = found["contract"]["baseline"]["prediction"]
    assert (sum(counted["counts"]), counted["reference"]) == (400, "live")


def test_how_sure_a_classifier_is_is_counted_beside_its_labels() -> None:
    rng = np.random.default_rng(3)
    raw = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    model = LogisticRegression().fit(raw, raw.a + raw.b + rng.normal(size=400) > 0)
    way = Way({"form": "estimator", "name": "model"}, {"model": model})
    held_out = list(range(250, 400))
    entry = Entry("estimator", "model", model)
    counted = discover(entry=entry, raw=raw, path=way, target=None, config={}, held_out=held_out)["contract"][
        "baseline"
    ]
    sure = model.predict_proba(raw[250:]).max(axis=1)
    assert counted["prediction:probability"] == baseline.compute(sure.tolist(), "number", noise=2e-5)
    counted = discover(entry=entry, raw=raw, path=way, target=None, config={})["contract"]["baseline"]
    assert counted["prediction:probability"]["reference"] == "live"


def test_features_that_scoring_makes_are_counted_beside_the_inputs() -> None:
    rng = np.random.default_rng(2)
    raw = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300), "c": rng.normal(size=300)})

    def features(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(ratio=frame.a / 2, b=frame.b.clip(0), big=np.where(frame.c > 0, "yes", "no"))

    scope = {"predict": lambda frame: frame.ratio + frame.b + (frame.big == "yes"), "features": features}
    way = Way({"form": "function", "name": "predict", "features": "features"}, scope)
    found = discover(entry=Entry("function", "predict", scope["predict"]), raw=raw, path=way, target=None, config={})
    counted = found["contract"]["baseline"]
    assert set(counted) == {"a", "b", "c", "feature:ratio", "feature:b", "feature:big", "prediction"}
    assert set(counted["feature:big"]["categories"]) == {"no", "yes"}
    assert max(counted["feature:b"]["counts"]) > 120
