"""What the learned state says of single rows: texts of the training data that hardly two rows share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .alignment import is_pandas
from .errors import CaptureError
from .facts import MIN_ROWS, is_private

MOST_NESTED = 3
DATE = re.compile(r"\d{4}-\d\d-\d\d\b")
LEARNED = ("classes_", "categories_")
"""Attributes in which encoders keep the values that they were fitted on."""


def check(values: Mapping[str, Any], raw: Any, cell_of: Callable[[str], int | None]) -> list[str]:
    """Warnings about values of scoring that carry most texts of a column.

    Args:
        values: what scoring will be given, by name.
        raw: the raw frame; nothing is known of other containers' columns.
        cell_of: the cell that a name comes from.

    Raises:
        CaptureError: exit 3, where such a text is a mail address, a long number or a token.
    """
    carried = {name: found for name, value in values.items() if (found := set(_texts(value, 0)))}
    if not carried or not is_pandas(raw, "DataFrame"):
        return []
    warnings: list[str] = []
    for position, label in enumerate(raw.columns):
        own = {text for text in set(raw.iloc[:, position].dropna().tolist()) if isinstance(text, str)}
        for name, texts in carried.items():
            shared = own & texts
            if any(is_private(text) and not DATE.match(text) for text in shared):
                raise _private(name, label, cell_of(name))
            if len(raw) >= MIN_ROWS and len(shared) > max(2, len(raw) // 2):
                warnings.append(
                    f"`{name}` takes {len(shared)} different texts of `{label}` into the service, "
                    f"for {len(raw)} rows: use something that more rows share."
                )
    return warnings


def _texts(value: Any, depth: int) -> Iterator[str]:
    """The texts that a table, an index, a collection of such or a fitted encoder holds."""
    if isinstance(value, str):
        if depth:
            yield value
        return
    for item in _items(value) if depth <= MOST_NESTED else ():
        yield from _texts(item, depth + 1)


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (*value.keys(), *value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif is_pandas(value, "DataFrame"):
        yield from (value.index, *(value.iloc[:, at] for at in range(value.shape[1])))
    elif is_pandas(value, "Series"):
        yield from (*value.index, *(() if value.dtype.kind in "biufcmM" else value))
    elif is_pandas(value, "Index", "ExtensionArray") or (isinstance(value, np.ndarray) and value.dtype.kind in "OU"):
        yield from value.tolist()
    elif is_pandas(value, "CategoricalDtype"):
        yield value.categories
    else:
        yield from (vars(value)[name] for name in LEARNED if name in getattr(value, "__dict__", {}))


def _private(name: str, label: Any, cell: int | None) -> CaptureError:
    return CaptureError(
        exit=3,
        code="private-state",
        message=f"scoring needs `{name}`, which holds values of `{label}` that look like mail addresses, "
        "long numbers or tokens; a service must not carry them.",
        remedy=f"Leave `{label}` out of the features, or use a part of it that many rows share, "
        "such as the domain of a mail address.",
        cell=cell,
        name=name,
    )
