"""What the answers are: the outputs of the contract, and the kind of task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nbforge.runtime.answers import Answers, finite
from nbforge.runtime.contract import Output

MAX_CLASSES = 200
_FIGURE = re.compile(r"-?\d+[.,]\d+")
FEW_TEXTS = 2
"""So many texts that are alike may be labels."""
FEW_INTEGERS = 20
"""Whole numbers of at most so many values, each on many rows, are taken for labels."""


def describe(name: str, answers: Answers, classes: Sequence[Any] | None) -> tuple[str, Output]:
    """The task and the output.

    Args:
        name: what the prediction is called.
        answers: of many rows.
        classes: of a classifier, where the entry point is one.
    """
    present = [value for value in answers.predictions if value is not None]
    kind, found = _kind(present, classes, answers.probabilities is not None)
    dtype = _dtype(present, answers.single)
    output = Output(name, kind, dtype, found, non_finite=not finite(answers))
    return {"label": "classification", "number": "regression"}.get(kind, "other"), output


def classes_among(answers: Answers, classes: Sequence[Any]) -> Sequence[Any] | None:
    """The classes of a model, where all answers are among them and more than one of them is answered."""
    if not all(isinstance(value, str | bool | int | float) for value in answers.predictions):
        return None
    answered = set(map(repr, answers.predictions))
    return classes if len(answered) > 1 and answered <= set(map(repr, classes)) else None


def _kind(present: Sequence[Any], classes: Sequence[Any] | None, probable: bool) -> tuple[str, tuple[Any, ...] | None]:
    kinds = {type(value) for value in present}
    if kinds <= {list} and kinds:
        return "vector" if all(_numbers(value) for value in present) else "json", None
    if kinds <= {dict} and kinds:
        return "record", None
    if kinds <= {int, float} and float in kinds and not probable and classes is None:
        return "number", None
    if not kinds <= {str, bool, int, float}:
        return "json", None
    if classes is not None and (probable or set(map(repr, present)) <= set(map(repr, classes))):
        return "label", tuple(classes) if len(classes) <= MAX_CLASSES else None
    distinct = sorted(set(present), key=lambda value: (str(type(value)), value)) if present else []
    if kinds == {int} and (len(distinct) > FEW_INTEGERS or len(distinct) * 5 > len(present)):
        return "number", None
    if kinds == {str} and (len(distinct) > min(MAX_CLASSES, max(2, len(present) // 2)) or _say_figures(distinct)):
        return "text", None
    return "label", tuple(distinct)


def _say_figures(texts: Sequence[str]) -> bool:
    """Whether texts are alike but for figures with decimals, ``Price: 96.4 EUR``: what says a number is no label."""
    return len(texts) > FEW_TEXTS and len({_FIGURE.sub("", text) for text in texts}) * FEW_TEXTS < len(texts)


def _numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _dtype(present: Sequence[Any], single: bool) -> str | None:
    kinds = {type(value) for value in present}
    if kinds and kinds <= {int, float} and float in kinds:
        return "float32" if single else "float64"
    if len(kinds) == 1:
        return {str: "string", bool: "bool", int: "int64"}.get(kinds.pop())
    return None
