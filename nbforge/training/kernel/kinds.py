"""Which values can stand by themselves in a service, apart from the rows they came from."""

from __future__ import annotations

import numbers
from types import ModuleType
from typing import Any

import numpy as np

from .alignment import is_pandas, is_sparse


def is_state(value: Any) -> bool:
    """Whether a value that does not hold rows can stand by itself.

    Numbers, text, tables and fitted objects can, and so can containers of them.
    """
    if value is None or isinstance(value, str | bytes | bool | numbers.Number | np.generic | np.ndarray):
        return True
    if is_pandas(value, "DataFrame", "Series", "Index", "ExtensionArray", "Timestamp", "Timedelta", "ExtensionDtype"):
        return True
    if isinstance(value, list | tuple | set | frozenset):
        return all(is_state(item) for item in value)
    if isinstance(value, dict):
        return all(is_state(item) for item in value.values())
    return is_sparse(value) or is_fitted_object(value)


def is_fitted_object(value: Any) -> bool:
    """Whether a value transforms or predicts; not whether ``fit`` was called.

    A booster, or what ``fit`` of a statistical model returns, predicts and cannot be fitted again.
    """
    if isinstance(value, ModuleType):
        return False
    return has(value, "predict") or (has(value, "fit") and has(value, "transform"))


def has(value: Any, attribute: str) -> bool:
    """Whether a value has an attribute; not where looking it up raises, as what stands for a later value may."""
    try:
        return hasattr(value, attribute)
    except Exception:  # noqa: BLE001 - the lookup is somebody else's code
        return False
