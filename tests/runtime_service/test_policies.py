"""What the project's policies make of a service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runtime_service.conftest import Running, Serve
from tests.support import bundles

GOOD = {"bill_length": 39.1, "body_mass": 3750, "island": "Torgersen", "banded": False}
FIELDS = {
    "bill_length": {"optional": True, "default": None},
    "body_mass": {"optional": True, "default": 4000, "minimum": 3000, "range": "refuse"},
    "island": {"category": "flag", "length": 12, "pattern": "[A-Z][a-z]+"},
}


@pytest.fixture
def strict(tmp_path: Path, serve: Serve) -> Callable[..., Running]:
    def start(fields: Any = FIELDS, **more: Any) -> Running:
        contract, scoring, artifacts, entry = bundles.KINDS["penguins"]()
        contract["inputs"] = [each | fields.get(each["name"], {}) for each in contract["inputs"]]
        root = bundles.write(
            tmp_path / "penguins",
            "penguins",
            contract | more,
            scoring,
            artifacts,
            {"entry": entry, "form": "estimator"},
        )
        return serve(root)

    return start


def test_fields_that_may_be_left_out(strict: Callable[..., Running]) -> None:
    running = strict()
    expected = running.predict({**GOOD, "bill_length": None, "body_mass": 4000}).json()
    short = {name: GOOD[name] for name in ("island", "banded")}
    for body in (short, [short], {"columns": list(short), "data": [list(short.values())]}):
        assert running.predict(body).json() == expected
    assert running.send(b"island,banded\nTorgersen,false\n", "text/csv").json() == expected
    tensors = [
        {"name": "island", "datatype": "BYTES", "shape": [1], "data": ["Torgersen"]},
        {"name": "banded", "datatype": "BOOL", "shape": [1], "data": [False]},
    ]
    answer = running.http.post("/v2/models/penguins/infer", json={"inputs": tensors})
    assert answer.json()["outputs"][0]["data"] == expected["predictions"]
    record = running.http.get("/openapi.json").json()["components"]["schemas"]["Record"]
    assert record["required"] == ["island", "banded"]
    assert record["properties"]["body_mass"]["default"] == 4000


def test_a_default_that_training_never_saw_is_flagged_where_it_should_have_been(strict: Callable[..., Running]) -> None:
    running = strict(fields={"body_mass": {"optional": True, "default": 9000}})
    short = {name: GOOD[name] for name in ("bill_length", "island", "banded")}
    bodies = [short, [short], {"columns": list(short), "data": [list(short.values())]}]
    for body, place in zip(bodies, ["/body_mass", "/0/body_mass", "/columns"], strict=True):
        assert running.predict(body).json()["warnings"] == [{"pointer": place, "code": "range"}]


def test_texts_keep_their_length_and_pattern(strict: Callable[..., Running]) -> None:
    running = strict()
    answer = running.predict({**GOOD, "island": "Anvers"})
    assert answer.json()["warnings"] == [{"pointer": "/island", "code": "category"}]
    for text in ("anvers", "Anversanversanvers", "Anvers\n", ""):
        answer = running.predict({**GOOD, "island": text})
        assert [each["code"] for each in answer.json()["errors"]] == ["range"], text
    assert running.predict({**GOOD, "body_mass": 2999}).json()["errors"][0]["code"] == "range"


@pytest.mark.parametrize("policy", ["refuse", "flag", "ignore"])
def test_unknown_fields(strict: Callable[..., Running], policy: str) -> None:
    running = strict(unknown_fields=policy)
    sent = {**GOOD, "banned": True}
    bodies = [sent, {"columns": list(sent), "data": [list(sent.values())]}]
    places = ["/banned", "/columns/4"]
    record = running.http.get("/openapi.json").json()["components"]["schemas"]["Record"]
    assert record.get("additionalProperties", True) is (policy != "refuse")
    for body, place in zip(bodies, places, strict=True):
        answer = running.predict(body)
        warning = {"pointer": place, "code": "unknown_field"}
        if policy == "refuse":
            assert answer.json()["errors"] == [
                {**warning, "detail": "Not a field of this model; did you mean `banded`?"}
            ]
        else:
            assert answer.json().get("warnings", []) == ([warning] if policy == "flag" else [])
            assert answer.json()["predictions"] == running.predict(GOOD).json()["predictions"]
    counted = running.metric('nbforge_unusual_inputs_total{field="_other",kind="unknown_field"}')
    assert counted == (2 if policy == "flag" else 0)
