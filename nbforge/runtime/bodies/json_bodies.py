"""JSON and NDJSON to rows: records, a bare list, one record, split columns."""

from __future__ import annotations

import re
from typing import Any

from nbforge.runtime.bodies.json_text import read_json
from nbforge.runtime.bodies.limits import Limits
from nbforge.runtime.bodies.rows import Rows, Table
from nbforge.runtime.checks import ABSENT
from nbforge.runtime.contract import Contract
from nbforge.runtime.problems import OTHER_FIELD, Problem, Refusal, contract_refusal, point, syntax_refusal

_SPLIT = ("columns", "data")
_INDEX = "index"
"""What pandas writes beside the columns and the data; rows have no names here, so it is dropped."""

_LINE = re.compile(rb"\S[^\n]*")


class JsonReader:
    """Reads JSON for one contract."""

    def __init__(self, contract: Contract, limits: Limits) -> None:
        self._limits = limits
        self._bare = contract.takes_bare_values
        self._positional = contract.frame.kind == "array" and not self._bare
        self._fields = {*contract.ignored, *(each.name for each in contract.inputs)}

    def rows(self, body: bytes) -> Rows | Table:
        """The rows of a JSON body.

        Raises:
            Refusal: 400 for broken syntax, 413 for more values than any good request has, 422 where the JSON holds no
                rows.
        """
        self._limits.check_json(body)
        value = read_json(body)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            if self._positional and value and not any(isinstance(each, (list, dict)) for each in value):
                return Rows([value], single=True)
            return Rows(value)
        if isinstance(value, str) and self._bare:
            return Rows([value], single=True)
        raise contract_refusal([Problem("", "type", "Expected records: an object or a list.")])

    def lines(self, body: bytes) -> Rows:
        """The rows of an NDJSON body, a record a line; blank lines are passed over.

        Raises:
            Refusal: 400, 413.
        """
        self._limits.check_json(body)
        records: list[Any] = []
        for line in _LINE.finditer(body):
            self._limits.check_rows(len(records) + 1)
            try:
                records.append(read_json(line[0]))
            except Refusal as refusal:
                raise syntax_refusal(refusal.detail, point(len(records))) from None
        return Rows(records)

    def _object(self, value: dict[str, Any]) -> Rows | Table:
        if "records" in value and (isinstance(value["records"], list) or "records" not in self._fields):
            return self._wrapped(value)
        if self._is_split(value):
            return self._split(value)
        return Rows([value], single=True)

    def _is_split(self, value: dict[str, Any]) -> bool:
        """A record may have fields of these names too; then both must be lists, and lists are no such field's."""
        present = [name for name in _SPLIT if name in value]
        if not present or any(name not in (*_SPLIT, _INDEX) for name in value):
            return False
        return self._fields.isdisjoint(present)

    def _wrapped(self, value: dict[str, Any]) -> Rows:
        records = value["records"]
        problems = _beside(value, ("records",))
        if not isinstance(records, list):
            problems.append(Problem("/records", "type", "Expected a list of records."))
        if problems:
            raise contract_refusal(problems)
        return Rows(records, prefix="/records")

    def _split(self, value: dict[str, Any]) -> Table:
        problems = [Problem(point(each), "missing", "Required, and not sent.") for each in _SPLIT if each not in value]
        columns, data = value.get("columns", []), value.get("data", [])
        if not isinstance(columns, list) or not all(isinstance(each, str) for each in columns):
            problems.append(Problem("/columns", "type", "Expected a list of the columns' names."))
        if not isinstance(data, list):
            problems.append(Problem("/data", "type", "Expected a list of rows."))
        if problems:
            raise contract_refusal(problems)
        if len(set(columns)) != len(columns):
            raise syntax_refusal("A column is named twice.", "/columns")
        self._limits.check_rows(len(data))
        width = len(columns)
        if set(map(type, data)) <= {list} and set(map(len, data)) <= {width}:
            cells = map(list, zip(*data, strict=True)) if data else ([] for _ in columns)
            return Table(dict(zip(columns, cells, strict=True)), len(data), split=True)
        return _ragged(columns, data)


def _ragged(columns: list[str], data: list[Any]) -> Table:
    """Rows that are none, or too short or too long."""
    width = len(columns)
    problems: list[Problem] = []
    rows = []
    for row, sent in enumerate(data):
        values = sent if isinstance(sent, list) else []
        if values is not sent:
            problems.append(Problem(point("data", row), "type", "Expected a list, a value a column."))
        elif len(values) < width:
            problems.append(Problem(point("data", row), "missing", f"A row has {width} values."))
        elif len(values) > width:
            problems.append(
                Problem(point("data", row, width), "unknown_field", f"A row has {width} values.", OTHER_FIELD)
            )
        rows.append([*values[:width], *[ABSENT] * (width - len(values))])
    cells = map(list, zip(*rows, strict=True))
    return Table(dict(zip(columns, cells, strict=True)), len(data), split=True, problems=tuple(problems))


def _beside(value: dict[str, Any], known: tuple[str, ...]) -> list[Problem]:
    return [
        Problem(point(name), "unknown_field", f"Not known beside `{known[0]}`.", OTHER_FIELD)
        for name in value
        if name not in known
    ]
