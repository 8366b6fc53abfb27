"""The same rows as each service takes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Records = Sequence[Mapping[str, Any]]

_DATATYPES = {float: "FP64", int: "INT64", str: "BYTES"}


def records(rows: Records) -> Any:
    """nbforge's, and what one writes by hand."""
    return {"records": list(rows)}


def plain_list(rows: Records) -> Any:
    """A bare list."""
    return list(rows)


def tensors(rows: Records) -> Any:
    """Open Inference Protocol, a tensor a column; texts alone as MLServer's list of texts."""
    text = list(rows[0]) == ["text"]
    inputs = [
        {
            "name": name,
            "shape": [len(rows), 1],
            "datatype": _DATATYPES[type(value)],
            "data": [row[name] for row in rows],
        }
        for name, value in rows[0].items()
    ]
    return {"parameters": {"content_type": "str" if text else "pd"}, "inputs": inputs}


def dataframe(rows: Records) -> Any:
    """MLflow's."""
    if list(rows[0]) == ["text"]:
        return {"inputs": [row["text"] for row in rows]}
    return {"dataframe_records": list(rows)}


KINDS: Mapping[str, Callable[[Records], Any]] = {
    "records": records,
    "list": plain_list,
    "tensors": tensors,
    "dataframe": dataframe,
}


def encode(kind: str, rows: Records) -> bytes:
    """A request's body."""
    return json.dumps(KINDS[kind](rows)).encode()
