"""JSON text to Python values.

The fast decoder (msgspec) reads what is valid; what it does not take is read again by the strict one, which knows
why, and lets NaN, Infinity and numbers beyond a float through as such, so that validation can point at them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, NoReturn

import msgspec

from nbforge.runtime.problems import syntax_refusal

_LONGEST_INTEGER = 400
"""Digits of the longest integer that is read exactly; a longer one is beyond any float anyway."""


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


def utf8(body: bytes) -> str:
    """The body as text.

    Raises:
        Refusal: 400.
    """
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
    cells: Iterable[Any] = ()
    if isinstance(value, dict) and isinstance(value.get("records"), list):
        names, records = len(value), value["records"]
    objects = [record for record in records if type(record) is dict]
    names += sum(map(len, objects))
    colons = body.count(b":")
    if colons == names and b"\\u" not in body:
        return False
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        cells = chain.from_iterable(row for row in value["data"] if type(row) is list)
    in_text = _colons(records) + _colons(cells)
    for record in objects:
        in_text += _colons(record) + _colons(record.values())
    return colons != names + in_text or b"\\u" in body


def _colons(values: Iterable[Any]) -> int:
    return sum(each.count(":") for each in values if type(each) is str)


def _strict(body: bytes) -> Any:
    text = utf8(body)
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
