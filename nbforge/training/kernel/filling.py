"""What stands in for the columns that the code names but whose values do not matter."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from nbforge.runtime import equality, frames
from nbforge.runtime.answers import Answers
from nbforge.runtime.contract import Contract, Input

from . import examples
from .facts import Facts
from .inputs import Described

FEW = 20
"""Rows on which each value is tried."""

SECONDS = 20.0
"""Processor time for trying which of the chosen ones go together; what is not settled then is required."""

ALONE, ALONE_SECONDS = 3, 5.0
"""Rows a column that are tried by themselves, and processor time for all of them."""

MANY = 2_000
"""Rows on which the chosen ones are tried together: what few rows do not show may matter in a rare one."""


def filled(
    contract: Contract,
    described: Described,
    subject: Callable[[Any], Answers],
    rows: Callable[[range], Any],
    known: int,
    first: Collection[str] = (),
) -> Contract:
    """Chooses for each filled column the first neutral value with which rows are answered as before.

    A column for which there is none is required.

    Args:
        contract: with ``required`` as the columns were found to be.
        described: the raw rows.
        subject: answers a frame.
        rows: the raw rows at these positions.
        known: how many of the raw rows there is time to answer.
        first: columns that no client should have to send if there is no time to try all.
    """
    if described.frame.kind not in ("array", "dataframe") or all(field.required for field in contract.inputs):
        return contract
    few = _Trial(contract, subject, rows(range(min(described.n, FEW))), exact=True)
    for field in contract.inputs:
        if field.required:
            continue
        each = described.facts.get(field.name, Facts(field, [None]))
        choices = (replace(field, fill=value) for value in examples.fill(each))
        found = next((choice for choice in choices if few.same([choice])), replace(field, required=True))
        contract = replace(contract, inputs=tuple(found if one is field else one for one in contract.inputs))
    contract = _rare(contract, _Trial(contract, subject, rows(range(min(known, MANY))), exact=False), first)
    return _alone(contract, described, subject, rows, known, first)


def _alone(
    contract: Contract,
    described: Described,
    subject: Callable[[Any], Answers],
    rows: Callable[[range], Any],
    known: int,
    first: Collection[str],
) -> Contract:
    """With the columns required whose value matters to a row that is sent by itself: among others a gap may do no harm
    that no other row fills.
    """
    until = time.process_time() + ALONE_SECONDS
    for row in _unlike_fill(contract, described, known):
        if time.process_time() > until:
            break
        trial = _Trial(contract, subject, rows(range(row, row + 1)), exact=False)
        if trial.same([]):  # what is not answered by itself at all says nothing of what is filled
            contract = _rare(contract, trial, first)
    return contract


def _unlike_fill(contract: Contract, described: Described, known: int) -> list[int]:
    """For each column that is filled, the first rows that hold something else, those of all columns in turn."""
    found: list[list[int]] = []
    for field in contract.inputs:
        if not field.required and field.name in described.facts:
            values = described.facts[field.name].values[:known]
            others = (row for row, value in enumerate(values) if value is not None and value != field.fill)
            found.append(list(itertools.islice(others, ALONE)))
    turns = itertools.chain.from_iterable(itertools.zip_longest(*found))
    return list(dict.fromkeys(row for row in turns if row is not None))


def _rare(contract: Contract, many: _Trial, first: Collection[str]) -> Contract:
    """With the columns required whose value matters after all, by itself or beside that others get theirs."""
    doubtful = [field for field in contract.inputs if not field.required]
    doubtful.sort(key=lambda field: field.name not in first)
    names = {field.name for field in _together(doubtful, [], many, time.process_time() + SECONDS)}
    inputs = (one if one.required or one.name in names else replace(one, required=True) for one in contract.inputs)
    return replace(contract, inputs=tuple(one if not one.required else replace(one, fill=None) for one in inputs))


def _together(group: list[Input], kept: list[Input], many: _Trial, until: float) -> list[Input]:
    """Those of ``group`` that may be missing beside ``kept`` and each other, where need be without the last ones."""
    if time.process_time() > until and kept:
        return []
    if not group or many.same([*kept, *group]):
        return group
    if len(group) == 1:
        return []
    middle = len(group) // 2
    first = _together(group[:middle], kept, many, until)
    return [*first, *_together(group[middle:], [*kept, *first], many, until)]


@dataclass(frozen=True, slots=True)
class _Trial:
    contract: Contract
    subject: Callable[[Any], Answers]
    frame: Any
    exact: bool

    def same(self, choices: Iterable[Input]) -> bool:
        """Whether the rows are answered as before without these columns, which get their ``fill``."""
        chosen = {choice.name: choice for choice in choices}
        columns = frames.columns_of(self.contract, self.frame)
        trial = replace(self.contract, inputs=tuple(chosen.get(one.name, one) for one in self.contract.inputs))
        given = {name: values for name, values in columns.items() if name not in chosen}
        try:
            whole = self.subject(frames.build(self.contract, columns, len(self.frame)))
            got = self.subject(frames.build(trial, given, len(self.frame)))
            return not equality.same(whole, got, exact=self.exact, r=equality.tolerance(whole))
        except Exception:  # noqa: BLE001 - the notebook's code may raise anything on a value that is none of training's
            return False
