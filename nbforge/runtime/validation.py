"""Rows to columns that keep the contract, or every problem at once.

Valid rows are checked a column at a time by C loops (a set of types, a minimum, a maximum). Only where such a check
fails is a column walked value by value, to say which row it was.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from nbforge.runtime.bodies.rows import Rows, Table
from nbforge.runtime.checks import ABSENT, Check, check_for
from nbforge.runtime.contract import Contract
from nbforge.runtime.findings import Findings, Warned
from nbforge.runtime.problems import OTHER_FIELD

_MISSING = "Required, and not sent."
_HINTS = 20
"""Problems of a request that come with "did you mean": looking for a name takes longer than refusing it."""

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Checked:
    """Columns of the fields that are asked for, each ``n`` JSON values in the contract's types, and what was unusual.

    What the service fills is not among them, even where it was sent: the scorer puts it in. ``unusual``: how often, by
    field and code; ``warnings`` may be fewer.
    """

    columns: dict[str, list[Any]]
    n: int
    warnings: tuple[Warned, ...] = ()
    unusual: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Validator:
    """Checks rows against one contract."""

    def __init__(self, contract: Contract) -> None:
        asked = contract.asked
        self._optional = {each.name: each.absent for each in asked if each.may_be_absent}
        self._names = tuple(each.name for each in asked)
        self._checks: tuple[tuple[str, Check], ...] = tuple((each.name, check_for(each)) for each in asked)
        self._known = frozenset((*(each.name for each in contract.inputs), *contract.ignored))
        self._unknown_policy = contract.unknown_fields
        self._positional = contract.frame.kind == "array"
        self._bare = contract.takes_bare_values and len(self._names) == 1
        self._suggestion = lru_cache(maxsize=256)(self._nearest)

    def check(self, rows: Rows | Table, *, positional: bool = False) -> Checked:
        """Turn rows into columns.

        Args:
            rows: the rows as sent.
            positional: take lists in the order of the fields also where the model's input is no array.

        Raises:
            Refusal: 422, with all problems.
        """
        if isinstance(rows, Table):
            findings = Findings(rows.problems)
            columns = self._of_table(rows, findings)
        else:
            findings = Findings()
            columns = self._columns(rows, positional, findings)
        return self.check_columns(columns, rows.n, self.place(rows), findings, text=rows.text)

    def check_columns(
        self, columns: Columns, n: int, pointer: Callable[[int, str], str], findings: Findings, *, text: bool = False
    ) -> Checked:
        """Check columns of the fields that are asked for, of ``n`` values each.

        ``pointer(row, name)`` says where a value was sent.
        """
        good: dict[str, list[Any]] = {}
        for name, check in self._checks:
            values = columns[name]
            if text:
                values = list(map(check.from_text, values))
            passed = check.passes(values)
            good[name] = _look(name, check, values, pointer, findings) if passed is None else passed
        if findings.total:
            raise findings.refusal()
        return Checked(good, n, tuple(findings.warnings), findings.unusual)

    def place(self, rows: Rows | Table) -> Callable[[int, str], str]:
        """Where a field's value of a row was sent: by name, by position, or as the row itself."""
        if isinstance(rows, Table):
            return rows.pointer

        def pointer(row: int, name: str) -> str:
            record = rows.records[row]
            if isinstance(record, list):
                return rows.pointer(row, self._names.index(name))
            return rows.pointer(row, name) if isinstance(record, dict) else rows.pointer(row)

        return pointer

    def _of_table(self, table: Table, findings: Findings) -> Columns:
        return self.complete(table.columns, table.n, table.heading, findings)

    def complete(self, sent: Columns, n: int, heading: Callable[[str], str], findings: Findings) -> Columns:
        """Columns of all fields that are asked for: those sent, what stands in for others, or a problem each.

        ``heading(name)`` says where a column was named, or should have been.
        """
        for name in sent:
            if name not in self._known:
                self._unknown(partial(heading, name), name, findings)
        columns: dict[str, Sequence[Any]] = {}
        for name in self._names:
            if name in sent:
                columns[name] = sent[name]
            elif name in self._optional:
                columns[name] = [self._optional[name]] * n
            else:
                findings.problem(partial(heading, name), "missing", _MISSING, name)
                columns[name] = [ABSENT] * n
        return columns

    def _columns(self, rows: Rows, positional: bool, findings: Findings) -> Columns:
        records = rows.records
        if self._positional or positional or self._bare:
            simple = self._from_lists(records, lists=self._positional or positional)
            if simple is not None:
                return simple
        try:
            columns = {name: [record[name] for record in records] for name in self._names}
        except (KeyError, TypeError, IndexError):
            return self._walk(rows, positional, findings)
        count = len(self._names)
        for record in records:
            if type(record) is not dict or (len(record) != count and not self._known.issuperset(record)):
                return self._walk(rows, positional, findings)
        return columns

    def _from_lists(self, records: Sequence[Any], *, lists: bool) -> Columns | None:
        kinds = set(map(type, records))
        if lists and kinds == {list} and set(map(len, records)) == {len(self._names)}:
            return dict(zip(self._names, map(list, zip(*records, strict=True)), strict=True))
        if self._bare and not kinds & {list, dict}:
            return {self._names[0]: records}
        return None

    def _walk(self, rows: Rows, positional: bool, findings: Findings) -> Columns:
        """Take the records apart one by one; what is missing stays :data:`ABSENT` and is reported here."""
        columns: dict[str, list[Any]] = {name: [ABSENT] * len(rows.records) for name in self._names}
        expected = "Expected a list or an object." if self._positional else "Expected an object."
        for row, record in enumerate(rows.records):
            if isinstance(record, dict):
                self._take_object(rows, row, record, columns, findings)
            elif isinstance(record, list) and (self._positional or positional):
                self._take_list(rows, row, record, columns, findings)
            elif self._bare and not isinstance(record, list):
                columns[self._names[0]][row] = record
            else:
                findings.problem(partial(rows.pointer, row), "type", expected, "")
        return columns

    def _take_object(
        self, rows: Rows, row: int, record: dict[str, Any], columns: dict[str, list[Any]], findings: Findings
    ) -> None:
        for name in self._names:
            if name in record:
                columns[name][row] = record[name]
            elif name in self._optional:
                columns[name][row] = self._optional[name]
            else:
                findings.problem(partial(rows.pointer, row, name), "missing", _MISSING, name)
        for name in record:
            if name not in self._known:
                self._unknown(partial(rows.pointer, row, name), name, findings)

    def _take_list(
        self, rows: Rows, row: int, record: list[Any], columns: dict[str, list[Any]], findings: Findings
    ) -> None:
        for position, name in enumerate(self._names):
            if position < len(record):
                columns[name][row] = record[position]
            else:
                findings.problem(partial(rows.pointer, row, position), "missing", _MISSING, name)
        for position in range(len(self._names), len(record)):
            detail = f"A row has {len(self._names)} values."
            findings.problem(partial(rows.pointer, row, position), "unknown_field", detail, OTHER_FIELD)

    def _unknown(self, place: Callable[[], str], name: str, findings: Findings) -> None:
        if self._unknown_policy == "refuse":
            hint = partial(self._suggestion, name) if findings.total < _HINTS else "Not a field of this model."
            findings.problem(place, "unknown_field", hint, OTHER_FIELD)
        elif self._unknown_policy == "flag":
            findings.warning(place, "unknown_field", OTHER_FIELD)

    def _nearest(self, name: str) -> str:
        # The search is quadratic in the name's length; a long one is no typo.
        close = difflib.get_close_matches(name, sorted(self._known), n=1) if len(name) <= 100 else []
        return "Not a field of this model" + (f"; did you mean `{close[0]}`?" if close else ".")


def _look(
    name: str, check: Check, values: Sequence[Any], pointer: Callable[[int, str], str], findings: Findings
) -> list[Any]:
    """Judge a column value by value."""
    judged = []
    for row, value in enumerate(values):
        if value is ABSENT:
            judged.append(value)
            continue
        verdict = check.look(value)
        judged.append(verdict.value)
        if verdict.code and verdict.refuse:
            findings.problem(partial(pointer, row, name), verdict.code, verdict.detail, name)
        elif verdict.code:
            findings.warning(partial(pointer, row, name), verdict.code, name)
    return judged
