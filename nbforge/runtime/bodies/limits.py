"""What a body may hold, found before it is taken apart: a parser makes thirty bytes of one."""

from __future__ import annotations

import re

from nbforge.runtime.contract import Contract
from nbforge.runtime.problems import Refusal, syntax_refusal

_SMALL = 64 * 1024
"""Bytes of a body that needs no look: whatever it holds fits into a few megabytes."""

_SPARE = 1_000
_LONGEST_VECTOR = 100_000
_UNKNOWN = 1_000
"""Values of a row that are no field's, where such are let through."""

_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class Limits:
    """Limits of rows, and of the values and brackets that so many rows can have.

    Args:
        contract: says how many values a row has at most.
        max_rows: most rows of a request.
    """

    def __init__(self, contract: Contract, max_rows: int) -> None:
        vectors = [each.length or _LONGEST_VECTOR for each in contract.inputs if each.dtype == "vector"]
        values = len(contract.inputs) + len(contract.ignored) + sum(vectors) + 1
        if contract.unknown_fields != "refuse":
            values += _UNKNOWN
        self.max_rows = max_rows
        self._most_values = max_rows * values + _SPARE
        self._most_brackets = max_rows * (1 + len(vectors)) + _SPARE

    def check_rows(self, n: int) -> None:
        """Refuse more rows than a request may have.

        Raises:
            Refusal: 413.
        """
        if n > self.max_rows:
            raise Refusal(413, f"A request may have at most {self.max_rows} rows.", reason="rows")

    def check_json(self, body: bytes, *, nested: bool = False) -> None:
        """Refuse a JSON text with more values or brackets than the rows of a good request have.

        ``nested``: every value may be in a list of its own, as in tensors of shape ``[rows, 1]``.

        Raises:
            Refusal: 400 where it is no JSON, 413.
        """
        most_brackets = self._most_values if nested else self._most_brackets
        if len(body) <= _SMALL or not self._is_too_much(body, most_brackets):
            return
        # Commas and brackets within texts do not count; to find these takes longer, so it comes second.
        bare = _TEXT.sub(b"", body)
        if self._is_too_much(bare, most_brackets):
            if bare.count(b"{") != bare.count(b"}") or bare.count(b"[") != bare.count(b"]"):
                raise syntax_refusal("The JSON's brackets do not match.")
            detail = f"The body holds more values than {self.max_rows} rows, the most of a request, can have."
            raise Refusal(413, detail, reason="rows")

    def _is_too_much(self, body: bytes, most_brackets: int) -> bool:
        brackets = body.count(b"{") + body.count(b"[")
        return brackets > most_brackets or body.count(b",") > self._most_values
