"""The truth that is told later: by request id over memory that workers share, or beside a prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbforge.runtime.following.store import Store
from tests.runtime_service.conftest import Running

PENGUIN = {"bill_length": 47.0, "body_mass": 5000, "island": "Biscoe", "banded": True}
HOUSE = {"area": 50.0, "rooms": 3.0, "age": 20.0}


def _tell(service: Running, body: Any) -> Any:
    return service.http.post("/feedback", json=body)


def test_classes_make_a_confusion_matrix(service: Callable[[str], Running]) -> None:
    penguins = service("penguins")
    answer = penguins.predict({"records": [PENGUIN] * 3})
    request = answer.headers["x-request-id"]
    label = answer.json()["predictions"][0]
    told = _tell(penguins, {"request_id": request, "truth": [label, "Adelie", "of no class"]})
    assert told.json() == {"accepted": 3, "unknown": 0, "repeated": 0}
    assert penguins.metric("nbforge_feedback_correct_total") == 1
    for actual in (label, "Adelie", "_other"):
        series = f'nbforge_feedback_confusion_total{{actual="{actual}",predicted="{label}"}}'
        assert penguins.metric(series) == 1
    assert _tell(penguins, {"request_id": request, "row": 1, "truth": label}).json()["repeated"] == 1
    assert penguins.metric("nbforge_feedback_correct_total") == 1
    assert penguins.metric('nbforge_feedback_total{result="accepted"}') == 3


def test_numbers_make_errors_and_the_client_may_keep_predictions_itself(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    answer = houses.predict(HOUSE, headers={"X-Request-Id": "order-17"})
    assert answer.headers["x-request-id"] == "order-17"
    price = answer.json()["predictions"][0]
    assert _tell(houses, {"request_id": "order-17", "truth": price + 2}).json()["accepted"] == 1
    assert _tell(houses, [{"prediction": 10.0, "truth": 7}, {"prediction": 1, "truth": 1.0}]).json()["accepted"] == 2
    assert houses.metric("nbforge_feedback_absolute_error_total") == pytest.approx(5)
    assert houses.metric("nbforge_feedback_squared_error_total") == pytest.approx(13)


def test_what_the_protocol_predicted_is_remembered_too(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    inputs = [{"name": name, "shape": [2], "datatype": "FP64", "data": [value] * 2} for name, value in HOUSE.items()]
    answer = houses.http.post("/v2/models/houses/infer", json={"inputs": inputs})
    told = _tell(houses, {"request_id": answer.headers["x-request-id"], "truth": [1, 2]})
    assert told.json()["accepted"] == 2


def test_what_cannot_be_counted_is_refused_whole(service: Callable[[str], Running]) -> None:
    houses = service("houses")
    assert _tell(houses, {"request_id": "never seen", "truth": 1}).status_code == 404
    assert houses.metric('nbforge_feedback_total{result="unknown"}') >= 1
    request = houses.predict({"records": [HOUSE] * 2}).headers["x-request-id"]
    wrong = [
        ({"request_id": request}, "/truth", "missing"),
        ({"request_id": request, "truth": "dear"}, "/truth", "type"),
        ({"request_id": request, "truth": None}, "/truth", "type"),
        ({"request_id": request, "truth": 1}, "/row", "missing"),
        ({"request_id": request, "truth": 1, "row": 2}, "/row", "range"),
        ({"request_id": request, "truth": 1, "row": -1}, "/row", "type"),
        ({"truth": 1}, "/request_id", "missing"),
        ({"truth": [1, 2], "prediction": 1}, "/prediction", "type"),
        ({"truth": 1, "prediction": 1, "price": 2}, "", "unknown_field"),
        (17, "", "type"),
    ]
    for body, pointer, code in wrong:
        refused = _tell(houses, body)
        assert refused.status_code == 422, body
        assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [(pointer, code)]
    before = houses.metric('nbforge_feedback_total{result="accepted"}')
    refused = _tell(houses, [{"prediction": 1, "truth": 1}, *(body for body, _, _ in wrong)])
    assert len(refused.json()["errors"]) == len(wrong)
    assert houses.metric('nbforge_feedback_total{result="accepted"}') == before
    assert houses.http.post("/feedback", content=b"<truth/>", headers={"content-type": "text/xml"}).status_code == 415
    loan = service("loan")
    assert _tell(loan, {"prediction": 1, "truth": 1}).status_code == 404


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30), st.integers(1, 9)), max_size=80))
def test_a_request_is_remembered_whole_or_not_at_all(asked: list[tuple[int, int, int]]) -> None:
    mine = 0
    store = Store(20, 2, lambda: mine, "d")
    kept: dict[int, list[tuple[str, list[float]]]] = {0: [], 1: []}
    for number, (worker, name, n) in enumerate(asked):
        mine = worker
        values = [number + row / 10 for row in range(n)]
        store.remember(f"{worker}-{name}", values)
        kept[worker].append((f"{worker}-{name}", values))
    for worker, requests in kept.items():
        latest = dict(requests)
        for request, values in latest.items():
            found = store.find(request)
            if found is not None:
                assert [store.value(found, row) for row in range(found.n)] == values
                assert [store.tell(found, row) for row in range(found.n)] == [True] * found.n
                assert not store.tell(found, 0)
        if requests:
            assert store.find(requests[-1][0]) is not None
        assert store.find(f"{worker}-never") is None


def test_nothing_is_remembered_without_room() -> None:
    store = Store(0, 1, lambda: 0, "d")
    store.remember("a", [1.0])
    assert store.find("a") is None
