"""Requests as clients of nachlass (W. Benton, 2019) send them: a form whose field ``json_args`` holds what
``pandas.read_json`` read there.

That service did ``model.predict`` on the frame, squeezed, and answered the bare list. The same shapes are understood
here without pandas: columns of rows, records, rows of values, and a list of values where the model takes one value a
row.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from nbforge.runtime.bodies.json_text import read_json
from nbforge.runtime.bodies.limits import Limits
from nbforge.runtime.bodies.rows import Rows
from nbforge.runtime.contract import Contract
from nbforge.runtime.problems import Problem, contract_refusal, media_refusal, syntax_refusal

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
FIELD = "json_args"

_ACCEPTED = ("application/json", URLENCODED, MULTIPART)
_MOST_FIELDS = 20


def is_form(kind: str) -> bool:
    """Whether a content type, in lower case and without parameters, is a form's."""
    return kind in (URLENCODED, MULTIPART)


def decode(body: bytes, content_type: str, contract: Contract, limits: Limits) -> Rows:
    """The rows of a form.

    Raises:
        Refusal: 400 for a broken form or broken JSON, 413 for too many rows, 415 for a form without
        ``json_args`` or with a pickle, 422 for another shape.
    """
    kind = content_type.partition(";")[0].strip().lower()
    fields = _urlencoded(body) if kind == URLENCODED else _multipart(body, content_type)
    if "args" in fields:
        detail = "Pickled arguments run code when they are read, and are never accepted; send `json_args`."
        raise media_refusal(detail, _ACCEPTED)
    if FIELD not in fields:
        detail = "A form must have the field `json_args`; or send JSON as application/json."
        raise media_refusal(detail, _ACCEPTED)
    limits.check_json(fields[FIELD])
    return Rows(_records(read_json(fields[FIELD]), contract), text=True)


def _urlencoded(body: bytes) -> dict[str, bytes]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except (UnicodeError, ValueError):
        raise syntax_refusal("The form cannot be read.") from None
    return {name: value.encode("utf-8") for name, value in pairs}


def _multipart(body: bytes, content_type: str) -> dict[str, bytes]:
    from python_multipart import MultipartParser
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import parse_options_header

    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise syntax_refusal("The form's content type has no boundary.")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise syntax_refusal("The form cannot be read.") from None
    return parts.fields


class _Parts:
    """Collects the parts of a multipart body by name."""

    def __init__(self) -> None:
        self.fields: dict[str, bytes] = {}
        self._header = self._value = b""
        self._name = ""
        self._data: list[bytes] = []

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": lambda data, start, end: self._data.append(data[start:end]),
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._name, self._data = "", []

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        from python_multipart.multipart import parse_options_header

        if self._header.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"name", b"").decode("utf-8", "replace")
        self._header = self._value = b""

    def _end(self) -> None:
        if len(self.fields) < _MOST_FIELDS:
            self.fields[self._name] = b"".join(self._data)


def _records(value: Any, contract: Contract) -> list[Any]:
    names = [each.name for each in contract.asked]
    if isinstance(value, list):
        single = len(names) == 1
        return [{names[0]: each} if single and not isinstance(each, (list, dict)) else each for each in value]
    if not isinstance(value, dict):
        raise contract_refusal([Problem("", "type", "Expected what pandas.read_json reads as a frame.")])
    kinds = set(map(type, value.values()))
    if kinds and kinds <= {dict, list}:
        return _rows_of_columns(_renamed(value, names, contract))
    return [value]


def _renamed(columns: dict[str, Any], names: list[str], contract: Contract) -> dict[str, Any]:
    """The one column of a model that takes one value a row has no name that a client could know."""
    if len(columns) == len(names) == 1 and not columns.keys() & {*names, *contract.ignored}:
        return {names[0]: next(iter(columns.values()))}
    return columns


def _rows_of_columns(columns: dict[str, Any]) -> list[Any]:
    """Rows of a frame that was written column by column: ``{"a": {"0": 1, "1": 2}}`` or ``{"a": [1, 2]}``."""
    by_label = {
        name: column if isinstance(column, dict) else {str(row): value for row, value in enumerate(column)}
        for name, column in columns.items()
    }
    index = dict.fromkeys(label for column in by_label.values() for label in column)
    return [{name: column.get(label) for name, column in by_label.items()} for label in index]
