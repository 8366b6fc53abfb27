"""Good requests of every format, made of a service's own description: what mutations begin with."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from nbforge.runtime.contract import Contract
from nbforge.runtime.oip_metadata import inputs, is_array

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One request."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


def good(model: Mapping[str, Any]) -> list[Sent]:
    """Good requests for the model that ``/model`` describes; its contract has examples."""
    records = [dict(each) for each in model["examples"]]
    plain = list(_predict(records))
    packed = [
        Sent(each.path, pack(each.body), {**each.headers, "Content-Encoding": name})
        for each in plain[:2]
        for name, pack in (("gzip", gzip.compress), ("deflate", zlib.compress))
    ]
    return [*plain, *packed, *_infer(model, records)]


def _predict(records: list[dict[str, Any]]) -> Iterator[Sent]:
    names = list(records[0])
    rows = [[each.get(name) for name in names] for each in records]

    def sent(body: str | bytes, kind: str) -> Sent:
        return Sent("/predict", body if isinstance(body, bytes) else body.encode(), {"Content-Type": kind})

    for value in ({"records": records}, records, records[0], {"columns": names, "data": rows}, rows):
        yield sent(json.dumps(value), "application/json")
    table = io.StringIO()
    csv.writer(table).writerows([names, *rows])
    yield sent(table.getvalue(), "text/csv")
    yield sent("\n".join(map(json.dumps, records)), "application/x-ndjson")
    yield sent(urlencode({"json_args": json.dumps(records)}), "application/x-www-form-urlencoded")
    part = f'--x\r\nContent-Disposition: form-data; name="json_args"\r\n\r\n{json.dumps(records)}\r\n--x--\r\n'
    yield sent(part, "multipart/form-data; boundary=x")


def _infer(model: Mapping[str, Any], records: list[dict[str, Any]]) -> Iterator[Sent]:
    path = f"/v2/models/{model['name']}/infer"
    contract = Contract.from_json(model)
    tensors = []
    for tensor in inputs(contract):
        values = [records[0].get(each.name) for each in contract.asked]
        data = values if is_array(contract) else [records[0].get(tensor["name"])]
        tensors.append({**tensor, "shape": [1, *tensor["shape"][1:]], "data": data})
    body = {"id": "1", "inputs": tensors, "outputs": [{"name": contract.outputs[0].name}]}
    yield Sent(path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    parts = [_packed(each) for each in tensors]
    binary = [
        {key: value for key, value in each.items() if key != "data"} | {"parameters": {"binary_data_size": len(part)}}
        for each, part in zip(tensors, parts, strict=True)
    ]
    head = json.dumps({"inputs": binary, "parameters": {"binary_data_output": True}}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
    yield Sent(path, b"".join([head, *parts]), headers)


def _packed(tensor: Mapping[str, Any]) -> bytes:
    if tensor["datatype"] == "BYTES":
        texts = [str(value).encode() for value in tensor["data"]]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    codes = {"BOOL": "?", "INT64": "q", "FP64": "d", "FP32": "f", "INT32": "i", "UINT8": "B"}
    values = [float("nan") if value is None else value for value in tensor["data"]]
    return struct.pack(f"<{len(values)}{codes[tensor['datatype']]}", *values)
