"""Ways to compile an estimator, tried until one answers every training row as the estimator does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nbforge.runtime import equality, frames
from nbforge.runtime.answers import Answers
from nbforge.runtime.compiled import CompiledClassifier, CompiledModel
from nbforge.runtime.contract import Contract
from nbforge.runtime.scorer import Path

from . import converting, layouts, terms
from .layouts import Layout

BLOCK_ROWS = 10_000
_UNSEEN = "no value of training \u2205"
_UNUSUAL_ROWS = 20

WAYS = (("float64", False), ("float64", True), ("float32", False))
"""Floats of the inputs, and whether the last step gets them as 32-bit ones: scikit-learn's trees round what they are
given in that way, and a row on a threshold goes another way if it was rounded before it was scaled.
"""


class NotCompilableError(Exception):
    """The message is the reason, a clause that ends no sentence."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled model that is proven.

    ``contract`` hands it columns; ``figures`` say how it was proven, as ``bundle.json`` has it.
    """

    model: CompiledModel
    contract: Contract
    figures: Mapping[str, Any]


def compile_estimator(content: Mapping[str, Any], scope: Mapping[str, Any], contract: Contract, raw: Any) -> Compiled:
    """The entry point's estimator as ONNX.

    Args:
        content: that of ``capture.json``.
        scope: where its names are.
        contract: what the service accepts.
        raw: the training rows, all of which are tried.

    Raises:
        NotCompilableError: nothing that was tried converts and gives the same answers.
    """
    entry = content["entry"]
    if content["validate"]:
        raise NotCompilableError("the notebook's validate function takes the table itself")
    if entry["form"] != "estimator" or entry.get("features"):
        raise NotCompilableError("the prediction is code of the notebook, not a fitted estimator alone")
    if raw is None:
        raise NotCompilableError("there are no training rows to prove it on")
    estimator = terms.innermost(scope[entry["name"]])
    counted, rest = terms.split(estimator)
    wanted = entry.get("columns")
    given = frames.columns_of(contract, raw)
    subject = Path(entry, scope)
    classes, vector = _classes(estimator), _answers_vectors(subject, contract, given)
    reasons: list[str] = []
    for layout, rounds in _layouts(contract, wanted, counted):
        try:
            last = converting.rounded(rest) if rounds else rest
            file = converting.convert(last, layout, counted, classes, vector=vector)
            kind = CompiledClassifier if hasattr(estimator, "predict_proba") else CompiledModel
            model = kind(file)
            r = equality.SINGLE if rounds or layout.numbers == "float32" else equality.DOUBLE
            figures = _prove(subject, model, entry, contract, layout, given, r)
        except NotCompilableError as error:
            reasons.insert(0, str(error))
        except Exception as error:  # noqa: BLE001 - converter and runtime raise whatever they like
            reasons.append(f"the converter says {type(error).__name__}: {_first_line(error)}")
        else:
            return Compiled(model, _compiled_contract(contract, layout), figures)
    raise NotCompilableError(reasons[0] if reasons else layouts.hindrance(contract))


def _layouts(contract: Contract, wanted: Any, counted: Mapping[str, Any] | None) -> Iterator[tuple[Layout, bool]]:
    for numbers, rounds in WAYS:
        if counted is not None:
            found = layouts.of_text(contract, numbers)
        else:
            found = layouts.of_fields(contract, wanted, numbers)
        yield from ((layout, rounds) for layout in found)


def _classes(estimator: Any) -> Any:
    classes = getattr(estimator, "classes_", None)
    if isinstance(classes, list) or getattr(classes, "ndim", 1) != 1:
        raise NotCompilableError("it answers several outputs of classes")
    return classes


def _answers_vectors(subject: Path, contract: Contract, given: frames.Columns) -> bool:
    first = {name: values[:1] for name, values in given.items()}
    return isinstance(subject.answers(frames.build(contract, first, 1), 1).predictions[0], list)


def _compiled_contract(contract: Contract, layout: Layout) -> Contract:
    inputs = tuple(
        replace(each, frame_dtype=layout.dtypes.get(each.name, each.frame_dtype)) for each in contract.inputs
    )
    return replace(contract, inputs=inputs, frame=replace(contract.frame, compiled=True))


def compiled_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry point that takes columns as they are."""
    return {**entry, "columns": None, "shortcuts": [each for each in entry.get("shortcuts", ()) if each == "labels"]}


def _prove(
    subject: Path,
    model: CompiledModel,
    entry: Mapping[str, Any],
    contract: Contract,
    layout: Layout,
    given: frames.Columns,
    r: float,
) -> dict[str, Any]:
    """Every training row, and the unusual values that the contract lets through, answered by both."""
    path = Path(compiled_entry(entry), {entry["name"]: model})
    plain, columns = frames.Builder(contract), frames.Builder(_compiled_contract(contract, layout))
    n, largest = 0, 0.0
    for block, size in _blocks(given):
        expected = subject.answers(plain.build(block, size), size)
        got = path.answers(columns.build(block, size), size)
        _compare(expected, got, r)
        n += size
        largest = max(largest, _largest(expected, got))
    for block, size in _unusual(contract, given):
        try:
            expected = subject.answers(plain.build(block, size), size)
        except Exception:  # noqa: BLE001, S112 - the notebook's own model cannot take it either
            continue
        _compare(expected, path.answers(columns.build(block, size), size), r)
    return {"to": "onnx", "numbers": layout.numbers, "rows": n, "tolerance": r, "largest_difference": largest}


def _compare(expected: Answers, got: Answers, r: float) -> None:
    labels = sum(
        1
        for a, b in zip(expected.predictions, got.predictions, strict=True)
        if not isinstance(a, float | list) and (a, type(a)) != (b, type(b))
    )
    if labels:
        raise NotCompilableError(f"compiled, it predicts another label for {labels} of {len(expected)} rows")
    differences = equality.same(expected, got, False, r)
    if differences:
        raise NotCompilableError(
            f"compiled, {len(differences)} of its numbers differ by more than {r:g} on {len(expected)} rows"
        )


def _largest(expected: Answers, got: Answers) -> float:
    pairs = list(zip(expected.predictions, got.predictions, strict=True))
    for p, q in zip(expected.probabilities or (), got.probabilities or (), strict=True):
        pairs += [(p[name], q[name]) for name in p]
    return max((abs(a - b) for a, b in pairs if isinstance(a, float) and a - b == a - b), default=0.0)


def _blocks(given: frames.Columns) -> Iterator[tuple[frames.Columns, int]]:
    total = len(next(iter(given.values())))
    for start in range(0, total, BLOCK_ROWS):
        block = {name: values[start : start + BLOCK_ROWS] for name, values in given.items()}
        yield block, min(BLOCK_ROWS, total - start)


def _unusual(contract: Contract, given: frames.Columns) -> Iterator[tuple[frames.Columns, int]]:
    """What the service lets through though training had none of it, or little: nulls, texts of no known word."""
    few = {name: list(values[:_UNUSUAL_ROWS]) for name, values in given.items()}
    n = len(next(iter(few.values())))
    for field in contract.inputs:
        values: list[str | None] = [None] if field.nullable else []
        if field.dtype == "string" and not (field.categories and field.category == "refuse"):
            values += [_UNSEEN, ""]
        for value in values:
            yield {**few, field.name: [value] * n}, n


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return lines[0][:160]
