"""``/openapi.json`` is complete, and what it promises is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from tests.runtime_service.conftest import Running
from tests.support import bundles
from tests.support.fuzzing import described, raw


def document_of(running: Running) -> dict[str, Any]:
    return running.http.get("/openapi.json").json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", bundles.KINDS)
def test_the_document_is_valid_and_its_examples_are_good(service: Callable[[str], Running], kind: str) -> None:
    running = service(kind)
    document = document_of(running)
    validate(document)
    served = {route.path for route in running.app.router.routes} - {"/static/{file}"}  # type: ignore[attr-defined]
    assert set(document["paths"]) == served
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        jsonschema.validate(example["value"], {**content["schema"], "components": document["components"]})
        assert running.predict(example["value"]).status_code == 200
    content = document["paths"]["/v2/models/{name}/infer"]["post"]["requestBody"]["content"]["application/json"]
    request = content["examples"]["request"]["value"]
    assert running.http.post(f"/v2/models/{kind}/infer", json=request).status_code == 200


def test_the_record_schema_says_what_is_refused_and_no_more(service: Callable[[str], Running]) -> None:
    record = document_of(service("penguins"))["components"]["schemas"]["Record"]
    assert record["required"] == ["bill_length", "body_mass", "island", "banded"]
    assert record["properties"]["island"] == {"enum": ["Biscoe", "Dream", "Torgersen"]}
    assert record["properties"]["body_mass"]["minimum"] == -(2**63)
    assert record["properties"]["bill_length"]["type"] == ["number", "null"]
    assert "type" not in record["properties"]["sex"]
    months = document_of(service("loan"))["components"]["schemas"]["Record"]["properties"]["months"]
    assert (months["minimum"], months["maximum"]) == (1, 360)


def test_the_model_is_described_without_its_baseline(service: Callable[[str], Running]) -> None:
    running = service("penguins")
    description = running.http.get("/model").json()
    assert description.keys() >= {"name", "version", "contract", "inputs", "outputs", "examples", "task"}
    assert "baseline" not in description
    assert description["contract"] == running.predict([]).json()["model"]["contract"]


@pytest.mark.parametrize("kind", bundles.KINDS)
def test_a_stranger_with_the_description_finds_no_surprise(service: Callable[[str], Running], kind: str) -> None:
    running = service(kind)
    document = document_of(running)
    # The notebook's own failures are not the service's: what this model cannot take is kept out.
    if kind == "loan":
        amount = document["components"]["schemas"]["Record"]["properties"]["amount"]
        amount |= {"minimum": 14, "maximum": 1e30}
    assert described.run(str(running.http.base_url), document, kind, 60) >= 60


@pytest.mark.parametrize("kind", [kind for kind in bundles.KINDS if kind != "loan"])
def test_mutated_requests_find_no_surprise(service: Callable[[str], Running], kind: str) -> None:
    found = raw.run("127.0.0.1", service(kind).port, 250, seed=1)
    assert not found.wrong, "\n".join(found.wrong[:5])
    assert found.statuses.keys() >= {200, 400, 415, 422}
