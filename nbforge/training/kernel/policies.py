"""What happens to values that training never saw: as found by trying."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbforge.runtime import answers as reading
from nbforge.runtime import frames
from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract, Input

from .alignment import take
from .perturb import UNSEEN

ROWS = 20


def unseen(contract: Contract, raw: Any, answer: Callable[[Any], Answers], rows: Sequence[int]) -> Contract:
    """Sets ``category`` to ``flag`` for each field of texts with which the model was shown to answer an unseen one."""
    fields = [field for field in contract.inputs if field.required and _of_texts(field)]
    chosen = list(rows)[:ROWS]
    if not fields or not chosen:
        return contract
    columns = frames.columns_of(contract, _take(contract, raw, chosen), filled=False)
    if _accepts(contract, columns, fields, answer, len(chosen)):
        accepted = fields
    else:
        accepted = [field for field in fields if _accepts(contract, columns, [field], answer, len(chosen))]
    names = {field.name for field in accepted}
    inputs = (replace(field, category="flag") if field.name in names else field for field in contract.inputs)
    return replace(contract, inputs=tuple(inputs))


def _of_texts(field: Input) -> bool:
    return field.categories is not None and all(isinstance(value, str) for value in field.categories)


def _take(contract: Contract, raw: Any, rows: Sequence[int]) -> Any:
    if contract.frame.kind == "scalars":
        return {name: [values[row] for row in rows] for name, values in raw.items()}
    return take(raw, rows)


def _accepts(
    contract: Contract,
    columns: Mapping[str, list[Any]],
    fields: Sequence[Input],
    answer: Callable[[Any], Answers],
    n: int,
) -> bool:
    changed = {**columns, **{field.name: [UNSEEN] * n for field in fields}}
    try:
        answers = answer(frames.build(contract, changed, n))
    except Exception:  # noqa: BLE001 - the notebook's code may raise anything on what it never saw
        return False
    return reading.finite(answers)
