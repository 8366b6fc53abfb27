"""CSV to columns of text: RFC 4180, in UTF-8, with a header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from nbforge.runtime.bodies.json_text import utf8
from nbforge.runtime.bodies.limits import Limits
from nbforge.runtime.bodies.rows import Table
from nbforge.runtime.problems import point, syntax_refusal

_SPARE = 1_000
"""Blank lines that are passed over; whoever sends more is up to something."""

# The body's own limit is the one that counts.
csv.field_size_limit(2**31 - 1)


def read_csv(body: bytes, limits: Limits) -> Table:
    """The columns of a CSV; a cell is text yet, and an empty one may mean null.

    Raises:
        Refusal: 400 for broken syntax, 413 for too many rows.
    """
    lines = _lines(utf8(body), limits)
    header = next(lines, None)
    if header is None:
        raise syntax_refusal("The CSV has no header line.")
    if len(set(header)) != len(header):
        raise syntax_refusal("The CSV's header names a column twice.")
    rows = []
    for row, line in enumerate(lines):
        if len(line) != len(header):
            raise syntax_refusal("A row has more or fewer cells than the header.", point(row))
        limits.check_rows(row + 1)
        rows.append(line)
    cells = map(list, zip(*rows, strict=True)) if rows else ([] for _ in header)
    return Table(dict(zip(header, cells, strict=True)), len(rows), text=True)


def _lines(text: str, limits: Limits) -> Iterator[list[str]]:
    blank = 0
    try:
        for line in csv.reader(io.StringIO(text, newline=""), strict=True):
            if line:
                yield line
            else:
                blank += 1
                limits.check_rows(blank - _SPARE)
    except csv.Error:
        raise syntax_refusal("The CSV cannot be read; quote cells by RFC 4180.") from None
