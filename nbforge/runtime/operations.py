"""What ``/openapi.json`` says of each route, beyond what FastAPI knows by itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from nbforge.runtime import oip_metadata, schemas
from nbforge.runtime.bodies import arrow
from nbforge.runtime.contract import Contract
from nbforge.runtime.nachlass import FIELD, MULTIPART, URLENCODED
from nbforge.runtime.oip_binary import CONTENT_TYPE
from nbforge.runtime.problems import MEDIA_TYPE

JSON = "application/json"
_BINARY = "The JSON of `Inference-Header-Content-Length` bytes, then the tensors' data (binary tensor data extension)."
Operation = dict[str, Any]


def components(contract: Contract) -> dict[str, Any]:
    """The schemas that operations refer to."""
    return {
        "Record": schemas.record(contract),
        "PredictRequest": schemas.predict_request(contract),
        "PredictResponse": schemas.predict_response(contract),
        "Problem": schemas.problem(),
        "InferRequest": schemas.infer_request(),
        "InferResponse": schemas.infer_response(),
        "InferError": schemas.oip_error(),
    }


def security() -> dict[str, Any]:
    """How a client shows its key, where the operator has set keys."""
    return {
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }


def protect(operation: Operation, *, oip: bool) -> None:
    """Say that an operation needs a key. ``oip``: whether it words refusals as the Open Inference Protocol does."""
    operation["security"] = [{name: []} for name in security()]
    worded = (JSON, _ref("InferError")) if oip else (MEDIA_TYPE, _ref("Problem"))
    operation["responses"].update(_failures((401,), *worded))


def predict(contract: Contract) -> Operation:
    """``POST /predict``."""
    examples = [dict(each) for each in contract.examples]
    body: dict[str, Any] = {"schema": _ref("PredictRequest")}
    if examples:
        body["examples"] = {"records": {"value": {"records": examples}}, "record": {"value": examples[0]}}
    form = {"schema": {"type": "object", "properties": {FIELD: {"type": "string"}}, "required": [FIELD]}}
    text = {"schema": {"type": "string"}}
    binary = {"schema": {"type": "string", "format": "binary"}}
    others = dict.fromkeys((arrow.STREAM, arrow.FILE), binary) if arrow.NAME in contract.formats else {}
    bare = {"type": "array", "description": "The bare predictions, where the request was a form."}
    answer = {JSON: {"schema": {"anyOf": [_ref("PredictResponse"), bare]}}}
    return {
        "summary": "Score records",
        "description": "A batch is all or nothing; one record is answered as a list of one.",
        "requestBody": {
            "required": True,
            "content": {JSON: body, "text/csv": text, "application/x-ndjson": text, URLENCODED: form, MULTIPART: form}
            | others,
        },
        "responses": {
            "200": {"description": "Predictions, in the order of the records", "content": answer},
            **_problems(),
        },
    }


def infer(contract: Contract) -> Operation:
    """``POST /v2/models/{name}/infer``."""
    tensors = [{**each, "shape": [1, *each["shape"][1:]], "data": []} for each in oip_metadata.inputs(contract)]
    body: dict[str, Any] = {"schema": _ref("InferRequest")}
    if contract.examples:
        first = contract.examples[0]
        names = [each.name for each in contract.asked]
        record = [first.get(name) for name in names]
        values = [record] if oip_metadata.is_array(contract) else [[value] for value in record]
        filled = [{**tensor, "data": data} for tensor, data in zip(tensors, values, strict=True)]
        body["examples"] = {"request": {"value": {"inputs": filled}}}
    binary = {"schema": {"type": "string", "format": "binary", "description": _BINARY}}
    answer = {JSON: {"schema": _ref("InferResponse")}, CONTENT_TYPE: binary}
    failures = _failures((400, 404, 413, 415, 422, 500, 503), JSON, _ref("InferError"))
    return {
        "summary": "Score tensors (Open Inference Protocol v2)",
        "requestBody": {"required": True, "content": {JSON: body, CONTENT_TYPE: binary}},
        "responses": {"200": {"description": "Tensors", "content": answer}, **failures},
    }


def feedback() -> Operation:
    """``POST /feedback``."""
    truth = {
        "type": "object",
        "required": ["truth"],
        "additionalProperties": False,
        "properties": {
            "request_id": {"type": "string", "description": "The answer's `X-Request-Id`."},
            "row": {"type": "integer", "minimum": 0, "description": "The first row; a request of one row needs none."},
            "truth": {"description": "What turned out, or a list of it: a row each."},
            "prediction": {"description": "What was predicted, in place of `request_id`, where the client kept it."},
        },
    }
    body = {"required": True, "content": {JSON: {"schema": {"anyOf": [truth, {"type": "array", "items": truth}]}}}}
    counts = {name: {"type": "integer"} for name in ("accepted", "unknown", "repeated")}
    answer = {JSON: {"schema": {"type": "object", "properties": counts, "required": list(counts)}}}
    return {
        "summary": "Tell what turned out",
        "requestBody": body,
        "responses": {
            "200": {"description": "How many rows were counted", "content": answer},
            **_failures((400, 404, 413, 415, 422, 503), MEDIA_TYPE, _ref("Problem")),
        },
    }


def plain(summary: str, content_type: str = JSON, *codes: int) -> Operation:
    """A ``GET`` route that answers a document, and may answer problems with some codes."""
    schema = {"type": "object"} if content_type == JSON else {"type": "string"}
    responses = {"200": {"description": summary, "content": {content_type: {"schema": schema}}}}
    return {"summary": summary, "responses": {**responses, **_failures(codes, MEDIA_TYPE, _ref("Problem"))}}


def protocol(summary: str, *codes: int) -> Operation:
    """A ``GET`` route of the Open Inference Protocol."""
    responses = {"200": {"description": summary, "content": {JSON: {"schema": {"type": "object"}}}}}
    return {"summary": summary, "responses": {**responses, **_failures(codes, JSON, _ref("InferError"))}}


def with_path(operation: Operation, *names: str) -> Operation:
    """The operation with its path parameters; their only right values are the model's own."""
    values = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return {**operation, "parameters": values}


def _problems() -> dict[str, Any]:
    return _failures((400, 413, 415, 422, 500, 503), MEDIA_TYPE, _ref("Problem"))


def _failures(codes: tuple[int, ...], content_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        str(code): {"description": HTTPStatus(code).phrase, "content": {content_type: {"schema": schema}}}
        for code in codes
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
