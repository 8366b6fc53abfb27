"""Values that read best as source: numbers, text, small collections of them, category dtypes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .alignment import is_pandas

LONGEST_TEXT = 1_000
MOST_ITEMS = 200


def source_of(value: Any) -> tuple[str, frozenset[str]] | None:
    """The expression that makes ``value`` again, and the packages it needs (``numpy``, ``pandas``).

    ``None`` where it is no literal, or one too long to read.
    """
    needs: set[str] = set()
    text = _text(value, needs)
    return (text, frozenset(needs)) if text is not None and len(text) <= LONGEST_TEXT else None


def _text(value: Any, needs: set[str]) -> str | None:
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, np.bool_ | np.integer | np.floating) and np.isfinite(value):
        needs.add("numpy")
        return f"np.{kind.__name__}({value.item()!r})"
    if kind in (list, tuple, set, frozenset, dict):
        return _collection(value, needs) if len(value) <= MOST_ITEMS else None
    if is_pandas(value, "CategoricalDtype"):
        return _category_type(value, needs)
    return _index(value, needs) if is_pandas(value, "Index") else None


def _index(value: Any, needs: set[str]) -> str | None:
    """An index of plain labels whose dtype pandas finds by itself."""
    import pandas as pd

    labels = value.tolist()
    if value.name is not None or not value.equals(again := pd.Index(labels)) or again.dtype != value.dtype:
        return None
    inner = _text(labels, needs)
    needs.add("pandas")
    return None if inner is None else f"pd.Index({inner})"


def _collection(value: Any, needs: set[str]) -> str | None:
    if isinstance(value, dict):
        pairs = [(_text(key, needs), _text(item, needs)) for key, item in value.items()]
        return _joined((None if k is None or v is None else f"{k}: {v}" for k, v in pairs), "{", "}")
    items = [_text(item, needs) for item in (sorted(value, key=repr) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, list):
        return _joined(items, "[", "]")
    if isinstance(value, tuple):
        return _joined(items, "(", ",)" if len(items) == 1 else ")")
    if not items:
        return f"{type(value).__name__}()"
    return _joined(items, "{", "}") if isinstance(value, set) else _joined(items, "frozenset({", "})")


def _joined(items: Iterable[str | None], opening: str, closing: str) -> str | None:
    parts = list(items)
    if any(part is None for part in parts):
        return None
    return f"{opening}{', '.join(part for part in parts if part is not None)}{closing}"


def _category_type(value: Any, needs: set[str]) -> str | None:
    inner = _text(list(value.categories), needs)
    if inner is None:
        return None
    needs.add("pandas")
    return f"pd.CategoricalDtype({inner}, ordered=True)" if value.ordered else f"pd.CategoricalDtype({inner})"
