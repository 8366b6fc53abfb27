"""Rows to columns that keep the contract, or every problem at once.

Valid rows are checked a column at a time by C loops (a set of types, a minimum, a maximum). Only where such a check
fails is a column walked value by value, to say which row it was.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.checks import ABSENT, Check, Verdict, check_for
from nbforge.runtime.contract import Contract
from nbforge.runtime.decoding import Rows, takes_bare_values
from nbforge.runtime.problems import Problem, contract_refusal

OTHER_FIELD = "_other"


@dataclass(frozen=True, slots=True)
class Warned:
    """A value that is answered all the same, though training never saw one like it."""

    pointer: str
    code: str
    field: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Columns of the fields that are asked for, each ``n`` JSON values in the contract's types, and what was unusual.

    What the service fills is not among them, even where it was sent: the scorer puts it in.
    """

    columns: dict[str, list[Any]]
    n: int
    warnings: tuple[Warned, ...] = ()


class Validator:
    """Checks rows against one contract."""

    def __init__(self, contract: Contract) -> None:
        asked = contract.asked
        self._optional = {each.name: each.fill for each in asked if not each.required}
        self._names = tuple(each.name for each in asked)
        self._checks: tuple[tuple[str, Check], ...] = tuple((each.name, check_for(each)) for each in asked)
        self._known = frozenset((*(each.name for each in contract.inputs), *contract.ignored))
        self._positional = contract.frame.kind == "array"
        self._bare = takes_bare_values(contract) and len(self._names) == 1

    def check(self, rows: Rows, *, positional: bool = False) -> Checked:
        """Turn rows into columns.

        Args:
            rows: the records as sent.
            positional: take lists in the order of the fields also where the model's input is no array.

        Raises:
            Refusal: 422, with all problems.
        """
        problems: list[Problem] = []
        columns = self._columns(rows, positional, problems)
        return self.check_columns(columns, len(rows.records), self.place(rows), problems, text=rows.text)

    def check_columns(
        self,
        columns: Mapping[str, Sequence[Any]],
        n: int,
        pointer: Callable[[int, str], str],
        problems: list[Problem],
        *,
        text: bool = False,
    ) -> Checked:
        """Check columns of the fields that are asked for, of ``n`` values each.

        ``pointer(row, name)`` says where a value was sent.
        """
        warnings: list[Warned] = []
        good: dict[str, list[Any]] = {}
        for name, check in self._checks:
            values = columns[name]
            if text:
                values = list(map(check.from_text, values))
            passed = check.passes(values)
            good[name] = _look(name, check, values, pointer, problems, warnings) if passed is None else passed
        if problems:
            raise contract_refusal(problems)
        return Checked(good, n, tuple(warnings))

    def place(self, rows: Rows) -> Callable[[int, str], str]:
        """Where a field's value of a row was sent: by name, by position, or as the row itself."""

        def pointer(row: int, name: str) -> str:
            record = rows.records[row]
            if isinstance(record, list):
                return rows.pointer(row, self._names.index(name))
            return rows.pointer(row, name) if isinstance(record, dict) else rows.pointer(row)

        return pointer

    def _columns(self, rows: Rows, positional: bool, problems: list[Problem]) -> Mapping[str, Sequence[Any]]:
        records = rows.records
        if self._positional or positional or self._bare:
            simple = self._from_lists(records, lists=self._positional or positional)
            if simple is not None:
                return simple
        try:
            columns = {name: [record[name] for record in records] for name in self._names}
        except (KeyError, TypeError, IndexError):
            return self._walk(rows, positional, problems)
        count = len(self._names)
        for record in records:
            if type(record) is not dict or (len(record) != count and not self._known.issuperset(record)):
                return self._walk(rows, positional, problems)
        return columns

    def _from_lists(self, records: Sequence[Any], *, lists: bool) -> Mapping[str, Sequence[Any]] | None:
        kinds = set(map(type, records))
        if lists and kinds == {list} and set(map(len, records)) == {len(self._names)}:
            return dict(zip(self._names, map(list, zip(*records, strict=True)), strict=True))
        if self._bare and not kinds & {list, dict}:
            return {self._names[0]: records}
        return None

    def _walk(self, rows: Rows, positional: bool, problems: list[Problem]) -> Mapping[str, Sequence[Any]]:
        """Take the records apart one by one; what is missing stays :data:`ABSENT` and is reported here."""
        columns: dict[str, list[Any]] = {name: [ABSENT] * len(rows.records) for name in self._names}
        for row, record in enumerate(rows.records):
            if isinstance(record, dict):
                self._take_object(rows, row, record, columns, problems)
            elif isinstance(record, list) and (self._positional or positional):
                self._take_list(rows, row, record, columns, problems)
            elif self._bare and not isinstance(record, list):
                columns[self._names[0]][row] = record
            else:
                expected = "a list or an object" if self._positional else "an object"
                problems.append(Problem(rows.pointer(row), "type", f"Expected {expected}."))
        return columns

    def _take_object(
        self, rows: Rows, row: int, record: dict[str, Any], columns: dict[str, list[Any]], problems: list[Problem]
    ) -> None:
        for name in self._names:
            if name in record:
                columns[name][row] = record[name]
            elif name in self._optional:
                columns[name][row] = self._optional[name]
            else:
                problems.append(Problem(rows.pointer(row, name), "missing", "Required, and not sent.", name))
        for name in record:
            if name not in self._known:
                detail = "Not a field of this model" + self._suggestion(name)
                problems.append(Problem(rows.pointer(row, name), "unknown_field", detail, OTHER_FIELD))

    def _take_list(
        self, rows: Rows, row: int, record: list[Any], columns: dict[str, list[Any]], problems: list[Problem]
    ) -> None:
        for position, name in enumerate(self._names):
            if position < len(record):
                columns[name][row] = record[position]
            else:
                problems.append(Problem(rows.pointer(row, position), "missing", "Required, and not sent.", name))
        for position in range(len(self._names), len(record)):
            detail = f"A row has {len(self._names)} values."
            problems.append(Problem(rows.pointer(row, position), "unknown_field", detail, OTHER_FIELD))

    def _suggestion(self, name: str) -> str:
        # The search is quadratic in the name's length; a long one is no typo.
        close = difflib.get_close_matches(name, sorted(self._known), n=1) if len(name) <= 100 else []
        return f"; did you mean `{close[0]}`?" if close else "."


def _look(
    name: str,
    check: Check,
    values: Sequence[Any],
    pointer: Callable[[int, str], str],
    problems: list[Problem],
    warnings: list[Warned],
) -> list[Any]:
    """Judge a column value by value."""
    judged = []
    for row, value in enumerate(values):
        verdict = Verdict(value) if value is ABSENT else check.look(value)
        judged.append(verdict.value)
        if verdict.code and verdict.refuse:
            problems.append(Problem(pointer(row, name), verdict.code, verdict.detail, name))
        elif verdict.code:
            warnings.append(Warned(pointer(row, name), verdict.code, name))
    return judged
