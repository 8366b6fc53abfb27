"""Bodies to rows, by their content type."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from nbforge.runtime import nachlass
from nbforge.runtime.bodies import arrow
from nbforge.runtime.bodies.delimited import read_csv
from nbforge.runtime.bodies.json_bodies import JsonReader
from nbforge.runtime.bodies.limits import Limits
from nbforge.runtime.bodies.rows import Rows, Table
from nbforge.runtime.contract import Contract
from nbforge.runtime.problems import media_refusal

JSON = "application/json"
CSV = "text/csv"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
_BOM = b"\xef\xbb\xbf"
_UTF8 = ("", "utf-8", "utf8", "us-ascii")
_JSON_LIKE = re.compile(r"application/[^;]*\+json")

Reader = Callable[[bytes], Rows | Table]


class Decoder:
    """Reads bodies for one contract.

    Args:
        contract: what the rows will be held against.
        limits: what a body may hold.

    Raises:
        ContractError: the contract has a format that cannot be read here.
    """

    def __init__(self, contract: Contract, limits: Limits) -> None:
        self._contract, self._limits = contract, limits
        self._json = JsonReader(contract, self._limits)
        self._readers: dict[str, Reader] = {"": self._json.rows, JSON: self._json.rows}
        self._readers |= dict.fromkeys(NDJSON, self._json.lines)
        self._readers[CSV] = lambda body: read_csv(body, self._limits)
        self.accepted: tuple[str, ...] = (JSON, CSV, NDJSON[0])
        if arrow.NAME in contract.formats:
            table = arrow.ArrowReader(contract, self._limits).table
            self._readers |= {arrow.STREAM: table, arrow.FILE: table}
            self.accepted += (arrow.STREAM, arrow.FILE)

    def decode(self, body: bytes, content_type: str) -> Rows | Table:
        """Read a body by its content type; none is taken as JSON.

        Raises:
            Refusal: 400 for broken syntax, 413 for too many rows, 415 for a type that is not accepted, 422 where the
                JSON holds no rows.
        """
        kind, charset = parse_content_type(content_type)
        reader = self._readers.get(kind)
        if reader is None and _JSON_LIKE.fullmatch(kind):
            reader = self._json.rows
        if reader is None:
            raise media_refusal(f"Send {', '.join(self.accepted)}.", self.accepted)
        if charset not in _UTF8:
            detail = f"The character set must be UTF-8; accepted are {', '.join(self.accepted)}."
            raise media_refusal(detail, self.accepted)
        return reader(body.removeprefix(_BOM))

    def form(self, body: bytes, content_type: str) -> Rows:
        """Read a form as nachlass's clients send it.

        Raises:
            Refusal: 400, 413, 415, 422.
        """
        return nachlass.decode(body, content_type, self._contract, self._limits)


@lru_cache(maxsize=64)
def parse_content_type(text: str) -> tuple[str, str]:
    """``text/csv; charset=UTF-8`` as its type and character set, both in lower case."""
    kind, _, rest = text.partition(";")
    charset = ""
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return kind.strip().lower(), charset
