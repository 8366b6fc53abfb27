"""What ``POST /predict`` accepts, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.runtime_service.conftest import Running

GOOD = {"bill_length": 39.1, "body_mass": 3750, "island": "Torgersen", "banded": False}
OTHER = {"bill_length": None, "body_mass": 5000, "island": "Biscoe", "banded": True}


@pytest.fixture
def penguins(service: Callable[[str], Running]) -> Running:
    return service("penguins")


@pytest.mark.parametrize(
    ("body", "n"),
    [({"records": [GOOD, OTHER]}, 2), ([GOOD], 1), (GOOD, 1), ([], 0), ({"records": []}, 0), ([GOOD] * 300, 300)],
    ids=["records", "list", "one", "no rows", "no records", "many"],
)
def test_shapes_of_json(penguins: Running, body: object, n: int) -> None:
    answer = penguins.predict(body)
    assert answer.status_code == 200
    document = answer.json()
    assert len(document["predictions"]) == n
    assert document["predictions"][:1] == ["Adelie"][:n]
    assert document["model"].keys() == {"name", "version", "contract"}
    assert "warnings" not in document
    assert all(sum(each.values()) == pytest.approx(1) for each in document.get("probabilities", []))


def test_rows_alone_and_together_and_in_every_format_are_answered_alike(penguins: Running) -> None:
    rows = [{**GOOD, "bill_length": 30 + i / 2, "body_mass": 3000 + 50 * i} for i in range(40)]
    together = penguins.predict(rows).json()
    apart = [penguins.predict(row).json() for row in rows]
    lines = penguins.send("\n".join(map(json.dumps, rows)).encode(), "application/x-ndjson").json()
    header = ",".join(rows[0])
    csv = "\r\n".join([header, *(",".join(map(str, row.values())) for row in rows)])
    table = penguins.send(csv.encode(), "text/csv; charset=UTF-8").json()
    assert [each["predictions"][0] for each in apart] == together["predictions"]
    assert lines == table == together


def test_numbers_of_either_kind_fields_unused_and_byte_order_marks(penguins: Running) -> None:
    plain = penguins.predict(GOOD).json()
    assert penguins.predict({**GOOD, "body_mass": 3750.0}).json() == plain
    assert penguins.predict({**GOOD, "year": [1], "sex": 7}).json() == plain
    assert penguins.send(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()).json() == plain
    assert penguins.send(json.dumps(GOOD).encode(), "application/vnd.acme+json; charset=utf-8").json() == plain
    assert penguins.send(json.dumps({**GOOD, "year": "a:b\\u003a"}).encode()).json() == plain


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"bill_length": "39"}, "/bill_length", "type"),
        ({"bill_length": True}, "/bill_length", "type"),
        ({"bill_length": 1e39}, "/bill_length", "range"),
        ({"body_mass": 34.5}, "/body_mass", "type"),
        ({"body_mass": 10**30}, "/body_mass", "range"),
        ({"body_mass": None}, "/body_mass", "null"),
        ({"island": "Mars"}, "/island", "category"),
        ({"island": 5}, "/island", "type"),
        ({"island": ["Dream"]}, "/island", "type"),
        ({"banded": 1}, "/banded", "type"),
        ({"bil_length": 1.0}, "/bil_length", "unknown_field"),
        ({"a/b~c": 1.0}, "/a~1b~0c", "unknown_field"),
    ],
)
def test_what_breaks_the_contract(penguins: Running, change: dict[str, object], pointer: str, code: str) -> None:
    for prefix, body in [("", {**GOOD, **change}), ("/1", [OTHER, {**GOOD, **change}])]:
        answer = penguins.predict(body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert [(each["pointer"], each["code"]) for each in document["errors"]] == [(prefix + pointer, code)]
    assert penguins.predict({"records": [{**GOOD, **change}]}).json()["errors"][0]["pointer"] == "/records/0" + pointer


def test_all_problems_at_once_with_a_suggestion_and_nothing_of_the_data(penguins: Running) -> None:
    answer = penguins.predict([{"body_mass": "topsecret", "bill_lenght": 3}, 5, {**GOOD, "banded": None}])
    errors = answer.json()["errors"]
    assert {(each["pointer"], each["code"]) for each in errors} == {
        ("/0/bill_length", "missing"),
        ("/0/body_mass", "type"),
        ("/0/island", "missing"),
        ("/0/banded", "missing"),
        ("/0/bill_lenght", "unknown_field"),
        ("/1", "type"),
        ("/2/banded", "null"),
    }
    assert "did you mean `bill_length`" in answer.text
    assert "topsecret" not in answer.text


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "1" + "0" * 5000])
def test_what_is_not_finite_is_pointed_at(penguins: Running, token: str) -> None:
    body = json.dumps({"records": [GOOD, {**GOOD, "bill_length": 0}]}).replace(
        '"bill_length": 0', f'"bill_length": {token}'
    )
    answer = penguins.send(body.encode())
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/records/1/bill_length", "not_finite")]


def test_unusual_values_are_answered_with_a_warning_and_counted(penguins: Running) -> None:
    line = 'nbforge_unusual_inputs_total{field="body_mass",kind="range"}'
    before = penguins.metric(line)
    document = penguins.predict({"records": [GOOD, {**GOOD, "body_mass": 9000}]}).json()
    assert len(document["predictions"]) == 2
    assert document["warnings"] == [{"pointer": "/records/1/body_mass", "code": "range"}]
    assert penguins.metric(line) == before + 1


def test_too_many_errors_are_cut_and_counted(penguins: Running) -> None:
    document = penguins.predict([{**GOOD, "island": "Mars"}] * 1500).json()
    assert (len(document["errors"]), document["errors_total"]) == (1000, 1500)


def test_arrays_take_lists_and_objects(service: Callable[[str], Running]) -> None:
    digits = service("digits")
    pixels = list(digits.app.service.model.contract.examples[0].values())
    named = {str(i): value for i, value in enumerate(pixels)}
    expected = digits.predict(named).json()
    assert expected["predictions"] == [0]
    shapes: list[Any] = [pixels, [pixels], {"records": [pixels]}, [named]]
    for body in shapes:
        assert digits.predict(body).json() == expected
    wrong: list[tuple[Any, str]] = [
        ({"records": [[*pixels[:3], "x", *pixels[4:]]]}, "/records/0/3"),
        ([*pixels[:3], None, *pixels[4:]], "/3"),
        ([pixels, pixels[:-1]], "/1/63"),
        ([pixels, [*pixels, 1]], "/1/64"),
        ([{**named, "3": "x"}], "/0/3"),
    ]
    for body, pointer in wrong:
        answer = digits.predict(body)
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_text_takes_bare_texts(service: Callable[[str], Running]) -> None:
    words = service("words")
    expected = words.predict({"text": "win money"}).json()
    assert expected["predictions"] == ["spam"]
    for body in ("win money", ["win money"], {"records": ["win money"]}, [{"text": "win money"}]):
        assert words.predict(body).json() == expected
    assert words.predict(["win", "team meeting"]).json()["predictions"] == ["spam", "ham"]
    assert words.predict(["win", 5]).json()["errors"][0]["pointer"] == "/1"
    csv = words.send(b'text\n"win, money"\n""\n', "text/csv")
    assert csv.json()["predictions"][0] == "spam"


def test_scalars_records_dates_and_the_notebooks_own_validation(service: Callable[[str], Running]) -> None:
    loan = service("loan")
    good = {"amount": 1200, "months": 12, "start": "2025-06-01T00:00:00"}
    assert loan.predict(good).json()["predictions"] == [{"rate": 100.0, "total": 1200.0, "month": "2025-06"}]
    custom = loan.predict({"records": [{**good, "amount": -1}]})
    assert custom.status_code == 422
    assert custom.json()["errors"] == [
        {"pointer": "/records", "code": "custom", "detail": "an amount must not be negative"}
    ]
    changes: list[tuple[dict[str, Any], str]] = [
        ({"months": 400}, "range"),
        ({"start": "yesterday"}, "type"),
        ({"start": "2025-02-30"}, "range"),
        ({"start": 5}, "type"),
    ]
    for change, code in changes:
        answer = loan.predict({**good, **change})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    for text in (
        "2025-06-01",
        "2025-06-01 00:00",
        "2025-06-01T00:00:00.123456789Z",
        "2025-05-31T23:00-08",
        "2025-06-01T00:00+0000",
    ):
        assert loan.predict({**good, "start": text}).json()["predictions"][0]["month"] == "2025-06", text
    assert loan.predict({**good, "start": "2031-01-01"}).json()["warnings"] == [{"pointer": "/start", "code": "range"}]


def test_a_model_that_fails_is_500_without_a_trace(service: Callable[[str], Running]) -> None:
    loan = service("loan")
    good = {"amount": 1200, "months": 12, "start": "2025-06-01T00:00:00"}
    for amount in (13, 1e31):
        answer = loan.predict([good, {**good, "amount": amount}])
        assert answer.status_code == 500
        assert answer.json()["errors"][0]["code"] == "model_error"
        assert "alice" not in answer.text
        assert "Traceback" not in answer.text
    assert loan.predict(good).status_code == 200
