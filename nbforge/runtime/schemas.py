"""The contract as JSON Schema (2020-12, as OpenAPI 3.1 has it), and the bodies of every route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbforge.runtime.checks import number_limits
from nbforge.runtime.contract import Contract, Input, Output

Schema = dict[str, Any]

_FORMATS = {"datetime": "date-time", "date": "date", "timedelta": "duration"}
_UNUSED: Schema = {"description": "Accepted and not used."}
_PROBABILITY: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def field(each: Input) -> Schema:
    """What one field accepts. ``enum`` and bounds only where a value beyond them is refused: a retrained model does
    not break clients that were generated from an earlier one.
    """
    schema = _value(each)
    if each.nullable:
        schema = _nullable(schema)
    if each.range == "flag" and isinstance(each.minimum, (int, float)) and each.categories is None:
        schema["description"] = f"Training saw {each.minimum} to {each.maximum}; beyond it the answer has a warning."
    return schema


def _value(each: Input) -> Schema:
    if each.categories is not None:
        return _category(each)
    if each.dtype == "bool":
        return {"type": "boolean"}
    if each.dtype == "vector":
        size = {} if each.length is None else {"minItems": each.length, "maxItems": each.length}
        return {"type": "array", "items": {"type": "number"}, **size}
    if "int" in each.dtype or each.dtype.startswith("float"):
        return _number(each)
    if each.dtype in _FORMATS:
        return {"type": "string", "format": _FORMATS[each.dtype]}
    return _text(each)


def _text(each: Input) -> Schema:
    lengths = [each.length, each.longest if each.range == "refuse" else None]
    most = min((length for length in lengths if length is not None), default=None)
    schema: Schema = {"type": "string"} if most is None else {"type": "string", "maxLength": most}
    return schema if each.pattern is None else {**schema, "pattern": f"^(?:{each.pattern})$"}


def _number(each: Input) -> Schema:
    low, high = number_limits(each)
    if each.range == "refuse":
        low = low if each.minimum is None else max(low, each.minimum)
        high = high if each.maximum is None else min(high, each.maximum)
    return {"type": "integer" if "int" in each.dtype else "number", "minimum": low, "maximum": high}


def _category(each: Input) -> Schema:
    values = list(each.categories or ())
    if each.category == "refuse":
        return {"enum": values}
    return {"type": _types(values), "examples": values[:5]}


def _nullable(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*kinds, "null"]}


def _with_default(each: Input) -> Schema:
    return field(each) if not each.may_be_absent or each.absent is None else {**field(each), "default": each.absent}


def record(contract: Contract) -> Schema:
    """One record."""
    asked = contract.asked
    properties = {each.name: _with_default(each) for each in asked}
    unused = [*(each.name for each in contract.inputs if each.name not in properties), *contract.ignored]
    properties |= dict.fromkeys(unused, _UNUSED)
    schema: Schema = {"type": "object", "properties": properties}
    if contract.unknown_fields == "refuse":
        schema["additionalProperties"] = False
    if required := [each.name for each in asked if not each.may_be_absent]:
        schema["required"] = required
    if contract.frame.kind == "array":
        values: Schema = {"type": "array", "prefixItems": [field(each) for each in asked], "items": False}
        return {"anyOf": [schema, {**values, "minItems": len(asked)}]}
    if contract.takes_bare_values and len(asked) == 1:
        return {"anyOf": [schema, field(asked[0])]}
    return schema


def predict_request(contract: Contract) -> Schema:
    """The JSON body of ``POST /predict``."""
    records = {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}
    wrapped = {
        "type": "object",
        "properties": {"records": records},
        "required": ["records"],
        "additionalProperties": False,
    }
    one: Schema = {"$ref": "#/components/schemas/Record"}
    if contract.takes_bare_values or contract.frame.kind == "array":
        one = record(contract)["anyOf"][0] if len(contract.inputs) else one
    return {"anyOf": [wrapped, records, one, _split(contract)]}


def _split(contract: Contract) -> Schema:
    """Columns and rows apart, as pandas' ``to_json(orient="split")`` writes them. The cells keep the record's rules,
    which a schema cannot say of lists whose order the client chooses.
    """
    row = {"type": "array", "maxItems": len(contract.inputs) + len(contract.ignored)}
    return {
        "type": "object",
        "properties": {
            "columns": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "index": {"type": "array"},
            "data": {"type": "array", "items": row},
        },
        "required": ["columns", "data"],
        "additionalProperties": False,
    }


def prediction(output: Output | None) -> Schema:
    """One prediction; a number may be null only where training's own answers were not all finite. The classes are
    examples: a retrained model may have others, and clients that were generated from this one shall take them.
    """
    if output is None or output.kind == "json":
        return {}
    number: Schema = {"type": ["number", "null"] if output.non_finite else "number"}
    if output.kind == "label":
        return _label(output)
    return {
        "number": number,
        "vector": {"type": "array"},
        "record": {"type": "object"},
        "text": {"type": ["string", "null"]},
    }.get(output.kind, {})


def _label(output: Output) -> Schema:
    classes = list(output.classes or ())
    if not classes:
        return {"type": ["string", "number", "boolean", "null"]}
    return {"type": _types(classes), "examples": classes[:5]}


def _types(values: Sequence[Any]) -> str | list[str]:
    names = {"boolean" if isinstance(v, bool) else "string" if isinstance(v, str) else "number" for v in values}
    found = sorted(names) or ["string"]
    return found if len(found) > 1 else found[0]


def predict_response(contract: Contract) -> Schema:
    """The JSON answer of ``POST /predict``."""
    output = contract.outputs[0] if len(contract.outputs) == 1 else None
    probabilities = {"type": "object", "additionalProperties": _PROBABILITY}
    warning = {
        "type": "object",
        "properties": {"pointer": {"type": "string"}, "code": {"enum": ["range", "category", "unknown_field"]}},
        "required": ["pointer", "code"],
    }
    return {
        "type": "object",
        "properties": {
            "predictions": {"type": "array", "items": prediction(output)},
            "probabilities": {"type": "array", "items": probabilities},
            "warnings": {"type": "array", "items": warning},
            "model": _object("name", "version", "contract"),
        },
        "required": ["predictions", "model"],
    }


def problem() -> Schema:
    """RFC 9457 problem details with this service's ``errors``."""
    error = _object("pointer", "code", "detail")
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": error},
            "errors_total": {"type": "integer"},
        },
        "required": ["type", "title", "status", "detail"],
    }


def infer_request() -> Schema:
    """The body of the Open Inference Protocol's ``infer``."""
    tensor = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            "datatype": {"type": "string"},
            "parameters": {"type": "object"},
            "data": {"type": "array"},
        },
        "required": ["name", "shape", "datatype", "data"],
    }
    return {
        "type": "object",
        "properties": {"id": {"type": "string"}, "inputs": {"type": "array", "items": tensor}},
        "required": ["inputs"],
    }


def infer_response() -> Schema:
    """The answer of the Open Inference Protocol's ``infer``."""
    return {
        "type": "object",
        "properties": {
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "id": {"type": "string"},
            "outputs": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["model_name", "outputs"],
    }


def oip_error() -> Schema:
    """The Open Inference Protocol's error."""
    return _object("error")


def _object(*names: str) -> Schema:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}
