"""What clients can depend on of a contract, and its digest: a retraining that learns other ranges, categories or
examples under the same schema keeps it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from nbforge.runtime.contract import Contract, Input, Output


def digest(contract: Contract) -> str:
    """``sha256:...`` of what clients can depend on, as canonical JSON."""
    text = json.dumps(made_by(contract), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def made_by(contract: Contract) -> dict[str, Any]:
    """Fields with types and policies, what is refused, the shape of a row, and what is answered. What training saw
    belongs to it only where anything else is refused.
    """
    return {
        "task": contract.task,
        "inputs": [_accepted(each) for each in contract.asked],
        "unused": sorted([*contract.ignored, *(each.name for each in contract.inputs if each not in contract.asked)]),
        "unknown_fields": contract.unknown_fields,
        "formats": sorted(contract.formats),
        "rows": "values" if contract.takes_bare_values else contract.frame.kind,
        "outputs": [_answered(each) for each in contract.outputs],
    }


def _accepted(field: Input) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: getattr(field, name) for name in ("name", "dtype", "nullable", "length", "pattern", "range", "category")
    }
    if field.may_be_absent:
        found["optional"] = True
    if field.optional:
        found["default"] = field.default
    if field.range == "refuse":
        found["bounds"] = [field.minimum, field.maximum, field.longest]
    if field.category == "refuse" and field.categories is not None:
        found["categories"] = _sorted(field.categories)
    elif field.dtype == "category":
        found["types"] = sorted({type(each).__name__ for each in field.categories or ()})
    return found


def _answered(output: Output) -> dict[str, Any]:
    classes = None if output.classes is None else _sorted(output.classes)
    return {**output.to_json(), "classes": classes}


def _sorted(values: tuple[Any, ...]) -> list[Any]:
    return sorted(values, key=lambda each: (type(each).__name__, str(each)))
