"""Labels of columns and categories as JSON, and the field names that clients see."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable
from typing import Any

from nbforge.runtime.errors import ContractError


def encode(label: Hashable) -> Any:
    """A label as a JSON value; :func:`decode` gives an equal label of an equal type back.

    Raises:
        ContractError: the label is of a type that JSON cannot bring back.
    """
    if hasattr(label, "item") and not isinstance(label, (str, bytes)):
        label = label.item()
    if label is None:
        return {"none": True}
    if isinstance(label, tuple):
        return {"tuple": [encode(part) for part in label]}
    if isinstance(label, float):
        return label if math.isfinite(label) else {"float": repr(label)}
    if isinstance(label, (str, bool, int)):
        return str(label) if isinstance(label, str) else label
    if isinstance(label, dt.datetime):
        kind = "timestamp" if type(label).__name__ == "Timestamp" else "datetime"
        return {kind: label.isoformat()}
    if isinstance(label, dt.date):
        return {"date": label.isoformat()}
    if type(label).__name__ == "Interval":
        return {"interval": [encode(label.left), encode(label.right), label.closed]}  # type: ignore[attr-defined]
    raise ContractError(
        f"A label of type {type(label).__name__} cannot be written to the contract.", "Rename it to text or a number."
    )


def decode(value: Any) -> Any:
    """The label that :func:`encode` wrote."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "none":
        return None
    if kind == "tuple":
        return tuple(decode(part) for part in content)
    if kind == "float":
        return float(content)
    if kind == "datetime":
        return dt.datetime.fromisoformat(content)
    if kind == "date":
        return dt.date.fromisoformat(content)
    if kind in ("timestamp", "interval"):
        import pandas as pd

        if kind == "timestamp":
            return pd.Timestamp(content)
        return pd.Interval(decode(content[0]), decode(content[1]), closed=content[2])
    raise ContractError(f"Unknown kind of label {kind!r}.", "Build the bundle again with this version of nbforge.")


def field_name(label: Hashable) -> str:
    """What clients call a column: text as it is, integers in decimal, tuple parts joined by ``.``, others ``str()``."""
    if isinstance(label, tuple):
        return ".".join(field_name(part) for part in label)
    return str(label)
