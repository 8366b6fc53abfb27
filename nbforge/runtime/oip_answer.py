"""Open Inference Protocol, version 2: answers to tensors, those that the client asked for, in JSON or in binary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from nbforge.runtime import oip_binary as binary
from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract
from nbforge.runtime.oip_metadata import PROBABILITIES, datatype_of, output_datatype
from nbforge.runtime.problems import Refusal, point, syntax_refusal
from nbforge.runtime.routes import Reply

_LONGEST_ID = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks of its answer: ``outputs`` by name, each whether in binary; empty for all of them, then
    ``in_binary`` says how.
    """

    id: str | None = None
    outputs: Mapping[str, bool] = field(default_factory=dict)
    in_binary: bool = False

    @classmethod
    def read(cls, request: Mapping[str, Any], names: Sequence[str]) -> Wanted:
        """Read it from the request's JSON; ``names`` are the outputs that the model has.

        Raises:
            Refusal: 400.
        """
        identity = request.get("id")
        if identity is not None and not (isinstance(identity, str) and len(identity) <= _LONGEST_ID):
            raise syntax_refusal(f"Expected a text of at most {_LONGEST_ID} characters.", "/id")
        in_binary = _flag(request, "binary_data_output", "", default=False)
        asked = request.get("outputs") or []
        if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
            raise syntax_refusal("Expected a list of outputs.", "/outputs")
        outputs: dict[str, bool] = {}
        for position, each in enumerate(asked):
            place = point("outputs", position)
            if each.get("name") not in names:
                raise syntax_refusal(f"The model's outputs are {', '.join(names)}.", place + "/name")
            outputs[each["name"]] = _flag(each, "binary_data", place, default=in_binary)
        return cls(identity, outputs, in_binary)


def reply(wanted: Wanted, contract: Contract, answers: Answers, name: str, version: str) -> Reply:
    """The response to a request."""
    document: dict[str, Any] = {"model_name": name, "model_version": version}
    if wanted.id is not None:
        document["id"] = wanted.id
    outputs = []
    parts: list[bytes] = []
    for tensor in tensors(contract, answers):
        if wanted.outputs and tensor["name"] not in wanted.outputs:
            continue
        if wanted.outputs.get(tensor["name"], wanted.in_binary):
            parts.append(binary.write(tensor.pop("data"), tensor["datatype"]))
            tensor["parameters"] = {**tensor.get("parameters", {}), binary.SIZE: len(parts[-1])}
        outputs.append(tensor)
    head = msgspec.json.encode({**document, "outputs": outputs})
    if not parts:
        return Reply(head)
    return Reply(b"".join([head, *parts]), content_type=binary.CONTENT_TYPE, headers=((binary.HEADER, str(len(head))),))


def tensors(contract: Contract, answers: Answers) -> list[dict[str, Any]]:
    """All outputs: the prediction, and the probabilities ``[n, classes]`` of a classifier."""
    output = contract.outputs[0] if contract.outputs else None
    name, kind = (output.name, output_datatype(output)) if output else ("prediction", "BYTES")
    found = [_tensor(name, kind, answers.predictions)]
    if answers.probabilities:
        classes = list(answers.probabilities[0])
        data = [row[each] for row in answers.probabilities for each in classes]
        shape = [len(answers), len(classes)]
        parameters = {"classes": ",".join(classes)}
        found.append(
            {"name": PROBABILITIES, "datatype": "FP64", "shape": shape, "parameters": parameters, "data": data}
        )
    return found


def error_text(refusal: Refusal) -> bytes:
    """A refusal as the protocol words it: one text."""
    problems = [f"{each.pointer}: {each.code}: {each.detail}" for each in refusal.problems[:100]]
    return msgspec.json.encode({"error": " ".join([refusal.detail, *problems])})


def _tensor(name: str, declared: str, values: Sequence[Any]) -> dict[str, Any]:
    """A tensor of the datatype that the metadata promise, unless the values are of another kind after all."""
    widths = {len(value) if isinstance(value, (list, tuple)) else -1 for value in values}
    shape, flat = [len(values)], list(values)
    if len(widths) == 1 and -1 not in widths:
        shape, flat = [len(values), widths.pop()], [each for value in values for each in value]
    kind = datatype_of(flat) if flat else declared
    if declared == "FP64" and kind == "INT64":
        kind, flat = declared, list(map(float, flat))
    if kind == "BYTES":
        flat = [each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in flat]
    return {"name": name, "datatype": kind, "shape": shape, "data": flat}


def _flag(value: Mapping[str, Any], name: str, place: str, *, default: bool) -> bool:
    parameters = value.get("parameters", {})
    found = parameters.get(name, default) if isinstance(parameters, dict) else None
    if not isinstance(found, bool):
        raise syntax_refusal("Expected true or false.", f"{place}/parameters/{name}")
    return found
