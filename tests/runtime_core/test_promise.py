"""The contract's digest: the same as long as no client can tell, another as soon as one can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nbforge.runtime import promise
from nbforge.runtime.contract import Contract, Frame, Input, Output

AGE = Input("age", "int64", minimum=18, maximum=90, frame_dtype="int64")
TERM = Input("months", "int64", minimum=1, maximum=360, range="refuse")
JOB = Input("job", "string", categories=("cook", "nurse"), category="flag", longest=5)
PLAN = Input("plan", "category", categories=("basic", "plus"))
NOTE = Input("note", "string", required=False, fill="")
CONTRACT = Contract(
    "classification",
    (AGE, TERM, JOB, PLAN, NOTE),
    ("id",),
    (Output("left", "label", "string", ("no", "yes")),),
    Frame("dataframe"),
    ({"age": 30},),
    {"age": {"kind": "numeric"}},
)


def of(*inputs: Input, **more: Any) -> str:
    changed = {each.name: each for each in inputs}
    kept = tuple(changed.pop(each.name, each) for each in CONTRACT.inputs)
    return promise.digest(replace(CONTRACT, inputs=(*kept, *changed.values()), **more))


@pytest.mark.parametrize(
    "retrained",
    [
        of(replace(AGE, minimum=16, maximum=99)),
        of(replace(AGE, frame_dtype="Int64", integer_like=True)),
        of(replace(JOB, categories=("cook", "clerk", "nurse"), longest=7)),
        of(replace(PLAN, categories=("plus", "basic"))),
        of(replace(NOTE, fill="none")),
        of(baseline={}, examples=()),
        of(frame=Frame("dataframe", compiled=True)),
        of(outputs=(replace(CONTRACT.outputs[0], classes=("yes", "no")),)),
    ],
    ids=["range", "frame", "categories", "order of categories", "fill", "baseline", "compiled", "order of classes"],
)
def test_what_training_saw_of_the_same_schema_changes_nothing(retrained: str) -> None:
    assert retrained == of()
    assert retrained.startswith("sha256:")


@pytest.mark.parametrize(
    "changed",
    [
        of(replace(AGE, dtype="float64")),
        of(replace(AGE, nullable=True)),
        of(replace(AGE, range="refuse")),
        of(replace(AGE, optional=True, default=30)),
        of(replace(TERM, maximum=480)),
        of(replace(JOB, category="ignore")),
        of(replace(JOB, length=20)),
        of(replace(PLAN, categories=("basic", "plus", "max"))),
        of(replace(NOTE, required=True)),
        of(Input("town", "string")),
        of(ignored=()),
        of(unknown_fields="ignore"),
        of(formats=("arrow",)),
        of(frame=Frame("array")),
        of(outputs=(replace(CONTRACT.outputs[0], classes=("no", "yes", "maybe")),)),
        of(outputs=(Output("left", "number", "float64"),)),
    ],
)
def test_what_a_client_can_tell_changes_it(changed: str) -> None:
    assert changed != of()
