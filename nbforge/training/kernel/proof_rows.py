"""Which rows prove a service: every category, null, extreme and predicted class, and enough of the rest."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbforge.runtime.checks import check_for

from .facts import Facts

MINIMUM, USUAL, MAXIMUM = 50, 120, 1000


@dataclass(frozen=True, slots=True)
class Chosen:
    """``rows``: positions, ascending; ``coverage``: what they cover, as ``proof.json`` reports it."""

    rows: tuple[int, ...]
    coverage: dict[str, Any]


def choose(
    fields: Mapping[str, Facts],
    n: int,
    predictions: Sequence[Any] | None,
    limit: int = MAXIMUM,
    strict: Container[str] = (),
) -> Chosen:
    """Chooses rows.

    Args:
        fields: the required fields with their values, ``n`` each.
        n: how many rows there are.
        predictions: what is predicted for the rows, or ``None`` where asking for all of them takes too long.
        limit: most rows to choose.
        strict: the fields that the project has policies for.

    A row that no client may send (an infinite number, what the project's policies refuse) is never chosen.
    """
    allowed = _sendable(fields, n, strict)
    wanted: dict[int, None] = {}
    covered: dict[str, Any] = {"rows": n, "categories": 0, "nulls": 0, "extremes": 0, "classes": 0}
    for each in fields.values():
        for kind, row in _notable(each, allowed):
            wanted[row] = None
            covered[kind] += 1
    if predictions is not None:
        for row in _first_of_each([predictions[row] for row in allowed], allowed):
            wanted[row] = None
            covered["classes"] += 1
    complete = len(wanted) <= limit
    chosen = set(list(wanted)[:limit])
    room = min(limit, max(USUAL, len(chosen))) - len(chosen)
    others = [row for row in allowed if row not in chosen]
    if others and room > 0:
        step = max(1.0, len(others) / room)
        chosen.update(others[int(at * step)] for at in range(min(room, len(others))) if int(at * step) < len(others))
    rows = tuple(sorted(chosen))
    return Chosen(rows, {**covered, "chosen": len(rows), "complete": complete, "excluded": n - len(allowed)})


def _notable(each: Facts, allowed: Sequence[int]) -> list[tuple[str, int]]:
    values = [each.values[row] for row in allowed]
    found: list[tuple[str, int]] = []
    null = next((row for row, value in zip(allowed, values, strict=True) if value is None), None)
    if null is not None:
        found.append(("nulls", null))
    if each.field.categories is not None or each.field.dtype in ("bool", "category"):
        found += [("categories", row) for row in _first_of_each(values, allowed)]
    elif each.field.minimum is not None and not isinstance(each.field.minimum, str):
        present = [(value, row) for row, value in zip(allowed, values, strict=True) if value is not None]
        if present:
            found += [("extremes", min(present)[1]), ("extremes", max(present)[1])]
    elif each.field.dtype == "string":
        present = [(len(value), row) for row, value in zip(allowed, values, strict=True) if value is not None]
        if present:
            found += [("extremes", min(present)[1]), ("extremes", max(present)[1])]
    return found


def _first_of_each(values: Sequence[Any], rows: Sequence[int]) -> list[int]:
    """The first row of each label; numbers that are no labels have none."""
    first: dict[Any, int] = {}
    for row, value in zip(rows, values, strict=True):
        if isinstance(value, (str, bool, int)) and len(first) <= MAXIMUM:
            first.setdefault((type(value), value), row)
    return list(first.values()) if len(first) <= max(2, len(rows) // 2) else []


def _sendable(fields: Mapping[str, Facts], n: int, strict: Container[str]) -> list[int]:
    good = set(range(n))
    for name, each in fields.items():
        if name in strict:
            check = check_for(each.field)
            verdicts = [] if check.passes(each.values) is not None else map(check.look, each.values)
            good.difference_update(row for row, verdict in enumerate(verdicts) if verdict.code and verdict.refuse)
        else:
            good.difference_update(row for row, value in enumerate(each.values) if not _finite(value))
    return sorted(good)


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, list) or all(map(_finite, value))
