"""``/openapi.json`` is complete, and what it promises is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.runtime_service.conftest import Running
from tests.support import bundles

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


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
    paths = ("/predict", "/v2/models/{name}/infer", "/health/ready", "/model", "/v2/models/{name}")
    document["paths"] = {path: document["paths"][path] for path in paths}
    schema = schemathesis.openapi.from_dict(document)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    def fuzz(case: Any) -> None:
        if "name" in (case.path_parameters or {}):
            case.path_parameters["name"] = kind
        response = case.call(base_url=str(running.http.base_url), session=None)
        case.validate_response(response, checks=CHECKS)

    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        given(case=operation.ok().as_strategy())(fuzz)()
