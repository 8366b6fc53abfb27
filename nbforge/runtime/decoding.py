"""Bodies to rows: JSON, NDJSON and CSV, with nothing assumed about who sent them.

The fast decoder (msgspec) reads what is valid; what it does not take is read again by the strict one, which knows
why, and lets NaN, Infinity and numbers beyond a float through as such, so that validation can point at them.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from nbforge.runtime.contract import Contract
from nbforge.runtime.problems import Problem, Refusal, contract_refusal, point, syntax_refusal

JSON = "application/json"
CSV = "text/csv"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
ACCEPTED = (JSON, CSV, NDJSON[0])

_BOM = b"\xef\xbb\xbf"
_LONGEST_INTEGER = 400
"""Digits of the longest integer that is read exactly; a longer one is beyond any float anyway."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Records as sent, and how to point at them.

    ``records``: each an object, a list (positional), or a bare value where the model takes one value a row.
    ``prefix``: the pointer of the list that holds them; ``single``: the body is the one record itself. ``text``:
    values came as text (CSV, forms), so numbers in text are numbers.
    """

    records: Sequence[Any]
    prefix: str = ""
    single: bool = False
    text: bool = False

    def pointer(self, row: int, *parts: str | int) -> str:
        """RFC 6901 pointer of a value of one row, into the body as sent."""
        return self.prefix + (point(*parts) if self.single else point(row, *parts))


def decode(body: bytes, content_type: str, contract: Contract) -> Rows:
    """Read a body by its content type; none is taken as JSON.

    Raises:
        Refusal: 400 for broken syntax, 415 for a type that is not accepted, 422 where the JSON holds no records.
    """
    kind, charset = parse_content_type(content_type)
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise unsupported(f"The character set must be UTF-8; accepted are {', '.join(ACCEPTED)}.")
    body = body.removeprefix(_BOM)
    if kind in ("", JSON) or (kind.startswith("application/") and kind.endswith("+json")):
        return _json_rows(body, contract)
    if kind in NDJSON:
        return _ndjson_rows(body)
    if kind == CSV:
        return _csv_rows(body)
    raise unsupported(f"Send {', '.join(ACCEPTED)}.")


def parse_content_type(text: str) -> tuple[str, str]:
    """``text/csv; charset=UTF-8`` as its type and character set, both in lower case."""
    kind, _, rest = text.partition(";")
    charset = ""
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return kind.strip().lower(), charset


def unsupported(detail: str) -> Refusal:
    """415, which names what is accepted."""
    return Refusal(415, detail, headers=(("accept-post", ", ".join(ACCEPTED)),))


def read_json(body: bytes) -> Any:
    """Any JSON text as Python values; names that occur twice in an object are refused.

    Raises:
        Refusal: 400.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _strict(body)
    if _may_repeat_a_name(body, value):
        _strict(body)
    return value


def takes_bare_values(contract: Contract) -> bool:
    """Whether a row is one value, as with a series of text."""
    frame = contract.frame
    return frame.kind in ("series", "list") or (frame.kind == "array" and frame.dimensions == 1)


def _json_rows(body: bytes, contract: Contract) -> Rows:
    value = read_json(body)
    if isinstance(value, dict):
        if "records" in value and (isinstance(value["records"], list) or not _is_field(contract, "records")):
            return _wrapped(value)
        return Rows([value], single=True)
    if isinstance(value, list):
        positional = contract.frame.kind == "array" and not takes_bare_values(contract)
        if positional and value and not any(isinstance(each, (list, dict)) for each in value):
            return Rows([value], single=True)
        return Rows(value)
    if isinstance(value, str) and takes_bare_values(contract):
        return Rows([value], single=True)
    raise contract_refusal([Problem("", "type", "Expected records: an object or a list.")])


def _is_field(contract: Contract, name: str) -> bool:
    return name in contract.ignored or any(each.name == name for each in contract.inputs)


def _wrapped(value: dict[str, Any]) -> Rows:
    records = value["records"]
    problems = [
        Problem(point(name), "unknown_field", "Not known beside `records`.", "_other")
        for name in value
        if name != "records"
    ]
    if not isinstance(records, list):
        problems.append(Problem("/records", "type", "Expected a list of records."))
    if problems:
        raise contract_refusal(problems)
    return Rows(records, prefix="/records")


def _ndjson_rows(body: bytes) -> Rows:
    records = []
    for line in body.split(b"\n"):
        if not line.strip():
            continue
        try:
            records.append(read_json(line))
        except Refusal as refusal:
            raise syntax_refusal(refusal.detail, point(len(records))) from None
    return Rows(records)


def _csv_rows(body: bytes) -> Rows:
    text = _utf8(body)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise syntax_refusal("The CSV cannot be read; quote cells by RFC 4180.") from None
    lines = [line for line in lines if line]
    if not lines:
        raise syntax_refusal("The CSV has no header line.")
    header, *cells = lines
    if len(set(header)) != len(header):
        raise syntax_refusal("The CSV's header names a column twice.")
    for row, line in enumerate(cells):
        if len(line) != len(header):
            raise syntax_refusal("A row has more or fewer cells than the header.", point(row))
    return Rows([dict(zip(header, line, strict=True)) for line in cells], text=True)


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise syntax_refusal(f"The body is not UTF-8 (byte {error.start}).") from None


def _may_repeat_a_name(body: bytes, value: Any) -> bool:
    """Whether an object may have named a field twice. Each name has its colon: where the counts agree, none is
    repeated.
    """
    records = value if isinstance(value, list) else [value]
    names = 0
    if isinstance(value, dict) and isinstance(value.get("records"), list):
        names, records = len(value), value["records"]
    objects = [record for record in records if type(record) is dict]
    names += sum(map(len, objects))
    colons = body.count(b":")
    if colons == names and b"\\u" not in body:
        return False
    in_text = sum(record.count(":") for record in records if type(record) is str)
    for record in objects:
        in_text += sum(name.count(":") for name in record)
        in_text += sum(each.count(":") for each in record.values() if type(each) is str)
    return colons != names + in_text or b"\\u" in body


def _strict(body: bytes) -> Any:
    text = _utf8(body)
    if not text.strip():
        raise syntax_refusal("The body is empty.")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_int=_integer, parse_constant=_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise syntax_refusal(f"The JSON cannot be read: line {error.lineno}, column {error.colno}.") from None
    except UnicodeEncodeError:
        raise syntax_refusal("A text holds half of a surrogate pair, which is no character.") from None
    except RecursionError:
        raise syntax_refusal("The JSON is nested too deeply.") from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _repeated()
    return found


def _repeated() -> NoReturn:
    raise syntax_refusal("An object has the same name twice.")


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else math.copysign(math.inf, -1 if text[0] == "-" else 1)


_constant: Callable[[str], float] = float
