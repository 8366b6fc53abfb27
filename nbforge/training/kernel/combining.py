"""Statements that make one row of several, or several of one, of which a request's rows say nothing."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from .alignment import is_pandas
from .chain import first_line
from .errors import CaptureError
from .program import Step
from .rawframe import RawFrame
from .splits import sampled_from

_COMBINES = frozenset(
    {
        "pivot",
        "pivot_table",
        "unstack",
        "stack",
        "crosstab",
        "groupby",
        "resample",
        "agg",
        "aggregate",
        "melt",
        "explode",
    }
)


def remedy(steps: Sequence[Step], raw: RawFrame, namespace: Mapping[str, Any], data_cell: int | None) -> str:
    """To let clients send what the first such statement, of another cell than the data's, makes; else nothing."""
    for step in steps:
        combines = step.cell != data_cell and any(
            isinstance(node, ast.Attribute) and node.attr in _COMBINES for node in ast.walk(step.tree)
        )
        made = [name for name in sorted(step.defines) if combines and _as_many(namespace.get(name), raw) is False]
        if made:
            return (
                f"`{first_line(step.text)}` makes other rows of `{raw.name or 'the input'}`: tag cell {step.cell} "
                f"`nbforge:data` instead, and clients send rows of `{made[0]}`."
            )
    return ""


def made_up(steps: Sequence[Step], refusal: CaptureError) -> str:
    """What to do instead where a sampler made rows up before what is refused; else nothing."""
    if refusal.code not in ("feature-state", "features-not-tagged"):
        return ""
    for step in steps:
        before = next((ast.unparse(source) for _, source in sampled_from(step.tree)), None)
        if before is not None and (refusal.cell is None or refusal.cell >= step.cell):
            return (
                f"`{first_line(step.text)}` makes rows up, which no request has: end the predict cell with what the "
                f"model says of `{before}`, with what is done to the rows afterwards, such as "
                f"`model.predict(scaler.transform({before}))`."
            )
    return ""


def _as_many(value: Any, raw: RawFrame) -> bool | None:
    """Whether a table has as many rows as the raw frame; ``None`` for what is no table."""
    return len(value) == len(raw.value) if is_pandas(value, "DataFrame") else None
